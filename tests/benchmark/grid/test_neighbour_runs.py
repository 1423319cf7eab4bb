"""Two runs in one results folder: what one is computing is left to it."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emobench.disk.claim import Claims
from emobench.grid import neighbour_runs
from emobench.grid.execution.expected_time import ExpectedTimes
from emobench.grid.execution.outcome import Outcome
from emobench.grid.execution.scheduler import Execution
from emobench.grid.neighbour_runs import NeighbourRuns


@dataclass
class Piece:
    key: str
    size: int = 1
    model: str = "m"
    is_strange: bool = False

    @property
    def label(self) -> str:
        return self.key


class Here:
    """Does work at once; `meanwhile` is called before each piece."""

    count, isolated, separates = 1, False, False

    def __init__(self, meanwhile: Any) -> None:
        self.meanwhile = meanwhile
        self.killed = False

    def kill(self) -> None:
        self.killed = True

    def submit(self, work: Any, job: Piece, *_: Any) -> Future[Outcome]:
        self.meanwhile(job)
        future: Future[Outcome] = Future()
        future.set_result(Outcome(job.label, 1, 0, 0.0, "computed", 0.0, "m"))
        return future


def execute(
    root: Path,
    claims: Claims,
    done: set[str],
    meanwhile: Any,
    said: list[str],
    failed: Collection[str] = (),
) -> dict[str, str]:
    notes: dict[str, str] = {}
    execution = execution_of(Here(meanwhile), root, claims, done, notes, said, failed)
    execution.run([Piece(key) for key in "abc"])
    return notes


def execution_of(
    executor: Here,
    root: Path,
    claims: Claims,
    done: Collection[str] = (),
    notes: dict[str, str] | None = None,
    said: list[str] | None = None,
    failed: Collection[str] = (),
) -> Any:
    def left(job: Piece) -> Piece | None:
        return None if job.key in done else job

    def note(outcome: Outcome) -> None:
        (notes if notes is not None else {})[outcome.label] = outcome.note

    neighbours = NeighbourRuns(
        claims, left, lambda job: job.key in failed, (said if said is not None else []).append
    )
    here: Any = executor
    return Execution(
        here, root, "cpu", note, lambda _: None, lambda *_: None, lambda *_: None,
        ExpectedTimes(lambda job: None), None, neighbours,
    )  # fmt: skip


@pytest.mark.parametrize("finishes", [True, False])
def test_what_another_run_holds_waits_for_it(
    finishes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbour_runs, "EVERY", 0.0)
    place, done, said = tmp_path / "claims", set[str](), list[str]()
    with Claims(place) as mine, Claims(place) as other:
        assert other.take("a") is None

        def meanwhile(job: Piece) -> None:
            assert mine.holder(job.key) == mine.me, "claimed before it is computed"
            if job.key == "c":
                if finishes:
                    done.add("a")
                other.release("a")

        notes = execute(tmp_path, mine, done, meanwhile, said)
        assert notes == {
            "b": "computed", "c": "computed",
            "a": "another run computed it" if finishes else "computed",
        }  # fmt: skip
        assert len(said) == 1
        assert "another run (process" in said[0]
        assert all(mine.holder(key) is None for key in "abc"), "every claim is given back"


def test_what_was_done_between_plan_and_claim_is_not_computed_again(tmp_path: Path) -> None:
    with Claims(tmp_path / "claims") as claims:
        notes = execute(tmp_path, claims, {"b"}, lambda job: None, [])
    assert notes == {"a": "computed", "b": "another run computed it", "c": "computed"}


def test_an_interrupted_run_kills_its_workers_before_it_gives_claims_back(tmp_path: Path) -> None:
    def interrupted(job: Piece) -> None:
        raise KeyboardInterrupt

    with Claims(tmp_path / "claims") as claims:
        executor = Here(interrupted)
        execution = execution_of(executor, tmp_path, claims)
        with pytest.raises(KeyboardInterrupt):
            execution.run([Piece("a")])
        assert executor.killed
        assert claims.holder("a") == claims.me


def test_what_failed_in_another_run_is_not_shown_as_done(tmp_path: Path) -> None:
    with Claims(tmp_path / "claims") as claims:
        notes = execute(tmp_path, claims, {"a", "b"}, lambda job: None, [], {"b"})
    assert notes["a"] == "another run computed it"
    assert notes["b"] == "it failed in another run"
