"""What a reader takes away from the page of the made-up results."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shelves(stored: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder ``take-away/`` of a page: read it, do not change it."""
    from emobench.leaderboard import render

    root = tmp_path_factory.mktemp("taken") / "results"
    shutil.copytree(stored, root)
    return render(root, take_away=True).with_name("take-away")
