"""Where each worker is alone, one that dies disturbs nobody; the deadly job is given up."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emobench.executor import WorkerDied
from emobench.grid.execution.expected_time import ExpectedTimes
from emobench.grid.execution.outcome import Outcome
from emobench.grid.execution.scheduler import DIED, Execution
from emobench.store.store import Store


@dataclass(frozen=True)
class Piece:
    """A job of which a number of attempts are deadly."""

    key: str
    deaths: int = 0
    model: str = "m"
    size: int = 1

    @property
    def label(self) -> str:
        return self.key


class Cluster:
    """Answers at once; a piece dies as often as it says."""

    def __init__(self, count: int, isolated: bool) -> None:
        self.count, self.isolated = count, isolated
        self.begun: list[str] = []
        self.kills = 0

    def submit(self, work: Any, piece: Piece, *_: Any) -> Future[Outcome]:
        self.begun.append(piece.key)
        future: Future[Outcome] = Future()
        if self.begun.count(piece.key) <= piece.deaths:
            future.set_exception(WorkerDied())
        else:
            future.set_result(Outcome(piece.key, 1, 0, 0.0, "", 0.0, "m"))
        return future

    def kill(self) -> None:
        self.kills += 1


def run(cluster: Cluster, pieces: list[Piece], root: Path) -> tuple[dict[str, str], list[str]]:
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
        ExpectedTimes(lambda _: None),
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
