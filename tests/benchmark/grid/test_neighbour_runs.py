"""Two runs in one results folder: what one is computing is left to it."""

from __future__ import annotations

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

    def submit(self, work: Any, job: Piece, *_: Any) -> Future[Outcome]:
        self.meanwhile(job)
        future: Future[Outcome] = Future()
        future.set_result(Outcome(job.label, 1, 0, 0.0, "computed", 0.0, "m"))
        return future


def execute(
    root: Path, claims: Claims, done: set[str], meanwhile: Any, said: list[str]
) -> dict[str, str]:
    notes: dict[str, str] = {}

    def left(job: Piece) -> Piece | None:
        return None if job.key in done else job

    execution: Any = Execution(
        Here(meanwhile), root, "cpu", lambda o: notes.update({o.label: o.note}), lambda _: None,
        lambda *_: None, lambda *_: None, ExpectedTimes(lambda job: None), None,
        NeighbourRuns(claims, left, said.append),
    )  # fmt: skip
    execution.run([Piece(key) for key in "abc"])
    return notes


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
