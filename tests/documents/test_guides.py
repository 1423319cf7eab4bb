"""The tutorial and the guides: everything in them works as it stands, from the first line on."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GUIDES = sorted((DOCS / "guides").glob("*.md"))

pytestmark = pytest.mark.slow


def rows_of(reader) -> pd.DataFrame:
    return pd.read_csv(reader.folder / "results" / "leaderboard" / "leaderboard.csv")


@pytest.mark.parametrize("path", [DOCS / "tutorial.md", *GUIDES], ids=lambda p: p.stem)
def test_a_guide_works_as_it_stands_and_nothing_of_it_fails(path, reader):
    reader.follow(path)
    assert set(rows_of(reader)["status"]) <= {"done", "skipped"}
