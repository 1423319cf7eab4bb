"""What every test may use: fresh folders, and real recordings where there are any."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from emobench import Folders

# The same examples on every machine, whose speed is no part of what is tested.
settings.register_profile("emobench", deadline=None, derandomize=True, database=None)
settings.load_profile("emobench")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real recordings and transcripts (`ravdess/`, `meld/`, …), or a skip."""
    named = os.environ.get("EMOBENCH_TEST_DATA")
    root = Path(__file__).resolve().parents[1]
    places = [Path(named)] if named else [p / "shared" / "data" for p in root.parents]
    for place in places:
        if place.is_dir():
            return place
    pytest.skip(
        f"EMOBENCH_TEST_DATA names {named}, which is no folder"
        if named
        else "no real recordings: set EMOBENCH_TEST_DATA, or lay them in ../shared/data"
    )


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """An empty data folder, and a cache that does not exist yet."""
    (tmp_path / "data").mkdir()
    return Folders(data=tmp_path / "data", cache=tmp_path / "cache")
