"""A page is rendered again where anything that it shows has changed, and not where nothing has."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard import render, render_run
from emobench.leaderboard.report import freshness

LONG_AGO = "2000-01-01T00:00:00+00:00"


@pytest.fixture
def root(writer: Callable[..., Any], made: Any) -> Path:
    results = writer(subsets=(), rates=(), seeds=1)
    results.grid(made("net", skill={"text": 1.0}))
    found: Path = results.root
    return found


def rendered_again(root: Path) -> bool:
    page = root / "leaderboard" / "index.html"
    before = page.stat().st_mtime_ns
    assert render_run(root, LONG_AGO)[0] == page
    return page.stat().st_mtime_ns != before


def test_a_page_is_left_as_it_is_until_something_changes(root: Path) -> None:
    page, searches, outdated = render_run(root, LONG_AGO)
    assert page.is_file()
    assert (searches, outdated) == ([], [])
    assert not rendered_again(root)
    for pattern in ("grids/*.json", "corpora/*.json", "trainings/*/*.json", "cells/*/*.parquet"):
        path = sorted(root.glob(pattern))[0]
        os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
        assert rendered_again(root), pattern
        assert not rendered_again(root)
    (root / "trainings" / "another").mkdir()
    assert rendered_again(root)


def test_a_page_that_was_changed_or_lost_or_made_by_other_code_is_made_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, *_ = render_run(root, LONG_AGO)
    page.write_text("something else")
    assert rendered_again(root)
    (page.parent / "leaderboard.csv").unlink()
    assert rendered_again(root)
    (page.parent / freshness.MADE).write_text("{broken")
    assert rendered_again(root)
    assert not rendered_again(root)
    monkeypatch.setattr(freshness, "_code", lambda: "another version")
    assert rendered_again(root)


def test_some_sections_alone_have_a_folder_of_their_own(
    writer: Callable[..., Any], made: Any
) -> None:
    results = writer(subsets=(), rates=(), seeds=1)
    results.grid(made("net", skill={"text": 1.0}))
    whole = render(results.root)
    before = whole.read_bytes()
    grid = next((results.root / "grids").glob("*.json"))
    words = freshness.json.loads(grid.read_text())
    alone = render(results.root, words["dataset"], words["protocol"])
    assert alone.parent.parent == whole.parent
    assert alone.read_text().count("<section") == before.decode().count("<section")
    assert whole.read_bytes() == before
