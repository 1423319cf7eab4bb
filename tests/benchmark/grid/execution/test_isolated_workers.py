"""Where each worker is alone, one that dies disturbs nobody; the deadly job is given up."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emobench.executor import WorkDied, WorkerDied
from emobench.grid.execution.expected_time import ExpectedTimes
from emobench.grid.execution.outcome import Outcome
from emobench.grid.execution.scheduler import DIED, Execution
from emobench.isolation.limits import NO_LIMITS, Limits
from emobench.isolation.warden import Guarded
from emobench.store.store import Store


@dataclass(frozen=True)
class Piece:
    """A job of which a number of attempts are deadly."""

    key: str
    deaths: int = 0
    model: str = "m"
    size: int = 1
    is_strange: bool = False
    error: WorkerDied | None = None
    spoiled: bool = False

    @property
    def label(self) -> str:
        return self.key


class Cluster:
    """Answers at once; a piece dies as often as it says."""

    def __init__(self, count: int, isolated: bool, separates: bool = True) -> None:
        self.count, self.isolated, self.separates = count, isolated, separates
        self.begun: list[str] = []
        self.works: dict[str, Any] = {}
        self.kills = 0

    def submit(self, work: Any, piece: Piece, *_: Any) -> Future[Outcome]:
        self.begun.append(piece.key)
        future: Future[Outcome] = Future()
        self.works[piece.key] = work
        if self.begun.count(piece.key) <= piece.deaths:
            future.set_exception(piece.error or WorkerDied())
        else:
            outcome = Outcome(piece.key, 1, 0, 0.0, "", 0.0, "m", spoiled=piece.spoiled)
            future.set_result(outcome)
        return future

    def renew(self) -> None:
        self.kills += 1


def run(
    cluster: Cluster, pieces: list[Piece], root: Path, limits: Limits = NO_LIMITS
) -> tuple[dict[str, str], list[str]]:
    """Outcomes by key, and who was given up."""
    found: dict[str, str] = {}
    given_up: list[str] = []

    def report(outcome: Outcome) -> None:
        assert outcome.label not in found
        found[outcome.label] = outcome.note

    def give_up(store: Store, piece: Piece, reason: str, trace: str) -> None:
        given_up.append(piece.key)

    store = Store(root)
    store.open()
    execution = Execution[Piece](
        cluster,  # type: ignore[arg-type]
        root, "cpu", report, lambda _: None, lambda *_: Outcome("", 0, 0, 0.0, ""), give_up,
        ExpectedTimes(lambda _: None), limits=limits,
    )  # fmt: skip
    execution.run(pieces)
    return found, given_up


@pytest.mark.parametrize("count", [1, 2, 8])
def test_a_death_disturbs_nobody_and_the_suspect_comes_last(count: int, tmp_path: Path) -> None:
    cluster = Cluster(count, isolated=True)
    pieces = [Piece("a"), Piece("deadly", 9), Piece("unlucky", 1), Piece("b"), Piece("c")]
    found, given_up = run(cluster, pieces, tmp_path)
    assert given_up == ["deadly"]
    assert found == {"a": "", "deadly": DIED, "unlucky": "", "b": "", "c": ""}
    assert cluster.kills == 0
    # Everybody has begun once before anybody is tried again.
    assert sorted(cluster.begun[:5]) == sorted(piece.key for piece in pieces)
    assert sorted(cluster.begun[5:]) == ["deadly", "unlucky"]


def test_a_broken_pool_is_started_anew(tmp_path: Path) -> None:
    cluster = Cluster(2, isolated=False)
    found, given_up = run(cluster, [Piece("a"), Piece("deadly", 9), Piece("b")], tmp_path)
    assert given_up == ["deadly"]
    assert set(found) == {"a", "deadly", "b"}
    assert cluster.kills == 2


LATE = WorkDied("it took longer than 2h, the limit of --timeout (m.py:7)", "where", is_final=True)
CRASH = WorkDied("its process was ended by SIGSEGV, a crash in native code")


def test_a_job_that_passed_a_limit_is_not_tried_again_and_harms_nobody(tmp_path: Path) -> None:
    cluster = Cluster(2, isolated=False)
    pieces = [Piece("a"), Piece("late", 9, error=LATE), Piece("b")]
    found, given_up = run(cluster, pieces, tmp_path)
    assert given_up == ["late"]
    assert cluster.begun.count("late") == 1
    assert cluster.kills == 0
    assert found["late"] == (
        "it took longer than 2h, the limit of --timeout (m.py:7); --retry-failed and a larger "
        "--timeout tries it again"
    )


def test_a_saved_state_is_spoken_of(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.open()
    store.unfinished("late").touch()
    found, _ = run(Cluster(1, isolated=False), [Piece("late", 9, error=LATE)], tmp_path)
    assert found["late"].endswith("tries it again from its last saved look")


def test_a_crash_in_a_process_of_its_own_is_tried_once_more_after_all_others(
    tmp_path: Path,
) -> None:
    cluster = Cluster(1, isolated=False)
    pieces = [Piece("unlucky", 1, error=CRASH), Piece("deadly", 9, error=CRASH), Piece("a")]
    found, given_up = run(cluster, pieces, tmp_path)
    assert cluster.begun == ["unlucky", "deadly", "a", "unlucky", "deadly"]
    assert given_up == ["deadly"]
    assert (found["unlucky"], found["a"]) == ("", "")
    assert "SIGSEGV" in found["deadly"]
    assert cluster.kills == 0


def test_a_spoiled_worker_is_thrown_away_and_the_job_counts(tmp_path: Path) -> None:
    cluster = Cluster(1, isolated=False)
    found, given_up = run(cluster, [Piece("a", spoiled=True), Piece("b")], tmp_path)
    assert (found, given_up, cluster.kills) == ({"a": "", "b": ""}, [], 1)


@pytest.mark.parametrize(
    ("strange", "limits", "separates", "guarded"),
    [
        (False, NO_LIMITS, True, False),
        (True, NO_LIMITS, True, True),
        (False, Limits(seconds=5), True, True),
        (True, NO_LIMITS, False, False),
    ],
)
def test_who_gets_a_process_of_its_own(
    strange: bool, limits: Limits, separates: bool, guarded: bool, tmp_path: Path
) -> None:
    cluster = Cluster(1, isolated=False, separates=separates)
    run(cluster, [Piece("a", is_strange=strange)], tmp_path, limits)
    work = cluster.works["a"]
    assert isinstance(work, Guarded) is guarded
    assert not guarded or work.limits == limits
