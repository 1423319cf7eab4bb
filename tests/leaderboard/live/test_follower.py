"""The page in memory follows the folder, and nothing that is written there can break it."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard import render_run
from emobench.leaderboard.live import follower as module
from emobench.leaderboard.live.follower import Follower
from emobench.leaderboard.report.freshness import lines_of_fresh_page
from emobench.leaderboard.results.selections.selection import Selection

from ..conftest import REGIMES

LONG_AGO = "2000-01-01T00:00:00+00:00"


@pytest.fixture
def results(writer: Callable[..., Any]) -> Any:
    return writer(subsets=(), rates=(), seeds=1, n=30, regimes=REGIMES[:1])


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[Selection]:
    """Every composition of a page."""
    found: list[Selection] = []
    compose = module.compose

    def counted(root: Path, selection: Selection) -> Any:
        found.append(selection)
        return compose(root, selection)

    monkeypatch.setattr(module, "compose", counted)
    return found


def html(follower: Follower) -> str:
    return follower.shown.texts["index.html"]


def test_it_waits_for_results_and_shows_them(
    results: Any, made: Any, said: list[str], composed: list[Selection]
) -> None:
    follower = Follower(results.root, Selection(), said.append)
    assert "The page is being made." in html(follower)
    assert follower.look()
    assert f"Nothing is stored in {results.root} yet." in html(follower)
    assert not results.root.exists()
    assert not follower.look()
    results.grid(made("net", skill={"text": 1.0}))
    assert follower.look()
    assert "<section" in html(follower)
    assert html(follower) == follower.page.read_text()
    assert set(follower.shown.texts) == {"index.html", "leaderboard.md", "leaderboard.csv"}
    # Nothing is done twice, and a run that ends now finds its page made.
    n = len(composed)
    assert not follower.look()
    assert len(composed) == n
    assert lines_of_fresh_page(results.root) == []
    results.grid(made("other_net", skill={"text": 1.0}))
    assert follower.look()
    assert "other_net" in html(follower)
    assert [line[9:] for line in said] == [
        f"Nothing is stored in {results.root} yet.",
        "the page shows the newest results",
        "the page shows the newest results",
    ]


def test_a_page_that_is_fresh_on_the_disk_is_shown_at_once(
    results: Any, made: Any, said: list[str], composed: list[Selection]
) -> None:
    results.grid(made("net", skill={"text": 1.0}))
    page, *_ = render_run(results.root, LONG_AGO)
    follower = Follower(results.root, Selection(), said.append)
    assert follower.look()
    assert html(follower) == page.read_text()
    assert composed == []


def test_what_is_half_written_leaves_the_last_page(
    results: Any, made: Any, said: list[str]
) -> None:
    results.grid(made("net", skill={"text": 1.0}))
    follower = Follower(results.root, Selection(), said.append)
    follower.look()
    shown = follower.shown
    results.grid(made("other_net", skill={"text": 1.0}))
    for pattern in ("grids/*.json", "corpora/*.json", "trainings/*/report.json"):
        path = max(results.root.glob(pattern), key=lambda p: p.stat().st_mtime_ns)
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        assert not follower.look(), pattern
        assert follower.shown.texts == shown.texts
        assert follower.shown.version == shown.version
        assert "the last page stays" in follower.shown.said
        assert str(path.parent) in follower.shown.said
        path.write_bytes(whole)
    assert follower.look()
    assert follower.shown.said == ""
    assert "other_net" in html(follower)
    assert said[-1].endswith("the page shows the newest results")
    shutil.rmtree(results.root)
    assert not follower.look()
    assert "Nothing stored" in follower.shown.said


def test_a_torn_table_of_predictions_is_a_row_with_its_reason(
    results: Any, made: Any, said: list[str]
) -> None:
    results.grid(made("net", skill={"text": 1.0}))
    for path in results.root.glob("cells/*/predictions.parquet"):
        path.write_bytes(path.read_bytes()[:100])
    follower = Follower(results.root, Selection(), said.append)
    follower.look()
    assert follower.shown.said == ""
    assert "predictions unreadable" in html(follower)


@pytest.mark.parametrize("error", [RuntimeError("what?"), MemoryError(), FileNotFoundError("gone")])
def test_no_error_ends_it(
    results: Any, made: Any, said: list[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    results.grid(made("net", skill={"text": 1.0}))
    follower = Follower(results.root, Selection(), said.append)
    calls = [0.0]

    def failing(*_: object) -> None:
        calls[0] += 1
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(module, "compose", failing)
        follower.look()
        assert type(error).__name__ in html(follower)
        # It is not tried at each look, but now and then.
        follower.look()
        assert calls == [1]
        follower._failed -= 1 + module.AGAIN
        follower.look()
        assert calls == [2]
    follower._failed -= 1 + module.AGAIN
    assert follower.look()
    assert "<section" in html(follower)


def test_a_folder_that_takes_nothing_is_followed_all_the_same(
    results: Any, made: Any, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    results.grid(made("net", skill={"text": 1.0}))

    def refused(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(results.root))

    monkeypatch.setattr(module, "write", refused)
    follower = Follower(results.root, Selection(), said.append)
    assert follower.look()
    assert "<section" in html(follower)
    results.grid(made("other_net", skill={"text": 1.0}))
    assert follower.look()
    told = [line for line in said if "not written" in line]
    assert told == [f"the page is served, and not written to {follower.page.parent}: no permission"]


def test_a_part_has_its_own_folder_and_may_still_come(
    results: Any, made: Any, said: list[str]
) -> None:
    results.grid(made("net", skill={"text": 1.0}))
    follower = Follower(results.root, Selection.of(models="late_net"), said.append)
    follower.look()
    assert "Unknown stored model &#39;late_net&#39;" in html(follower)
    results.grid(made("late_net", skill={"text": 1.0}))
    assert follower.look()
    assert "Left out" in html(follower)
    assert follower.page.parent.parent == results.root / "leaderboard"
    assert html(follower) == follower.page.read_text()
    assert lines_of_fresh_page(results.root) is None


def test_it_leaves_the_machine_to_the_run(
    results: Any, made: Any, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = Follower(results.root, Selection(), said.append)
    clock = iter([0.0, 10.0, 100.0, 100.1])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock, 200.0))
    monkeypatch.setattr(module, "state", lambda _: "")
    follower.look()
    assert follower.pause == 40.0
    follower.look()
    assert follower.pause == module.PAUSE
