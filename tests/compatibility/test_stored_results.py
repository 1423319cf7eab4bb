"""What 0.1.0 stored is read, rendered and continued as if nothing had happened.

The model is a plugin, whose file is part of what is hashed: the test stands as long as the
harness keeps its specs, whatever becomes of the built-in models.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emobench.leaderboard import render

from .conftest import REQUEST, Emobench


def csv(root: Path) -> bytes:
    return (root / "leaderboard" / "leaderboard.csv").read_bytes()


def cells(root: Path) -> dict[str, pd.DataFrame]:
    return {p.parent.name: pd.read_parquet(p) for p in root.glob("cells/[!.]*/*.parquet")}


def folders(root: Path) -> set[str]:
    return {str(p.relative_to(root)) for p in root.glob("*/*") if p.is_dir()}


def test_the_table_is_the_same_byte_for_byte(stored):
    before = csv(stored)
    (stored / "leaderboard" / "leaderboard.csv").unlink()
    render(stored)
    assert csv(stored) == before


def test_the_same_request_computes_nothing_and_gives_the_same_table(stored, emobench):
    before, there = csv(stored), folders(stored)
    said = emobench("run", *REQUEST, "--results", stored, status=1)  # four cells failed in 0.1.0
    assert "nothing to compute" in said
    assert csv(stored) == before
    assert folders(stored) == there


@pytest.mark.slow
def test_plugins_of_0_1_0_run_unchanged_to_the_same_specs_and_predictions(
    stored: Path, emobench: Emobench, tmp_path: Path
) -> None:
    emobench("run", *REQUEST, "--results", tmp_path / "new", status=1)
    assert folders(tmp_path / "new") == folders(stored)
    old, new = cells(stored), cells(tmp_path / "new")
    assert len(old) > 50
    assert old.keys() == new.keys()
    for name, table in old.items():
        assert list(table.columns) == list(new[name].columns)
        for column in table:
            ours, theirs = np.stack(new[name][column]), np.stack(table[column])
            if ours.dtype.kind == "f":
                np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3)
            else:
                assert (ours == theirs).all(), (name, column)
