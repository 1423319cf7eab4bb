"""Each record of a course is told once and in its order, however its file is seen."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import Callback, Regime
from emobench.callbacks.audience import Audience
from emobench.callbacks.records import Training
from emobench.grid.execution.broadcast import Broadcast, TrainingBroadcast
from emobench.grid.execution.live_look import CourseRecord, LiveLook
from emobench.store.records import Epoch, TrainingReport
from emobench.store.store import Store


class Recorder(Callback):
    def __init__(self) -> None:
        self.heard: list[Any] = []

    def on_epoch(self, epoch: Any) -> None:
        self.heard.append(epoch)


class Plain(Broadcast[str]):
    """Of jobs that are their keys."""

    def key(self, job: str) -> str:
        return job

    def training(self, job: str) -> Training:
        root = self.store.training(job)
        return Training(
            job, job, job, job, "corrected", "c", "s", "controlled", "full", 0, 0, {}, root
        )


def record(number: int) -> CourseRecord:
    look = LiveLook("", number, 9, 0.5, number / 10, 10.0, 1.0)
    return CourseRecord({"epoch": number, "dev_macro_f1": number / 10}, look, "cpu")


@given(
    st.integers(0, 8),
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 8)), max_size=12),
    st.sets(st.sampled_from("ab")),
)
@settings(max_examples=25)
def test_each_look_comes_once_and_in_order(total, seen, ended):
    """Workers that begin again write shorter files, and some files are never seen here."""
    recorder = Recorder()
    broadcast = Plain(Audience([recorder]), Store(Path("results")))
    longest = {"a": 0, "b": 0}
    for job, length in seen:
        length = min(length, total)
        longest[job] = max(longest[job], length)
        broadcast.follow(job, [record(n) for n in range(1, length + 1)])
    report = TrainingReport(
        epochs=tuple(Epoch(epoch=n, dev_macro_f1=n / 10) for n in range(1, total + 1)), device="cpu"
    )
    for job in ended:
        broadcast.finish(job, report)
    for job in "ab":
        told = [one for one in recorder.heard if one.training.key == job]
        expected = total if job in ended else longest[job]
        assert [one.number for one in told] == list(range(1, expected + 1))
        assert [one.dev_macro_f1 for one in told] == [n / 10 for n in range(1, expected + 1)]
        live = [n < longest[job] for n in range(expected)]
        assert [one.planned is not None for one in told] == live
        assert all(one.device == "cpu" for one in told)


class Shelf:
    """A store that holds one training, whose report is as long as it was trained."""

    def __init__(self) -> None:
        self.root = Path("results")
        self.looks = 2

    def training(self, key: str) -> Path:
        return self.root / "trainings" / key

    def training_done(self, key: str) -> bool:
        return True

    def training_failure(self, key: str) -> str | None:
        return None

    def training_report(self, key: str) -> TrainingReport:
        epochs = (Epoch(epoch=n, dev_macro_f1=n / 10) for n in range(1, self.looks + 1))
        return TrainingReport(epochs=tuple(epochs), device="cpu", params=5)


class Ends(Recorder):
    def on_training(self, training: Any) -> None:
        self.heard.append(training)


SPEC = SimpleNamespace(
    model="mlp", variant="corrected", dataset="c", split="s", track="controlled", fold=0, seed=1,
    config={"hidden": 3},
)  # fmt: skip


def test_a_stored_training_that_is_trained_again_is_told_as_a_new_one():
    """Its weights can be damaged, which its worker alone finds out."""
    job: Any = SimpleNamespace(
        key="a", cells={}, spec=SPEC, label="mlp on c, full", regime=Regime("full", "")
    )
    for live in (0, 1):
        heard, shelf = Ends(), Shelf()
        broadcast = TrainingBroadcast(Audience([heard]), shelf)  # type: ignore[arg-type]
        broadcast.begin(job)
        broadcast.follow(job, [record(n) for n in range(1, live + 1)])
        broadcast.end(job)
        *looks, end = heard.heard
        assert [one.number for one in looks] == ([1, 2] if live else [])
        assert end.is_stored == (not live)
        assert (end.training.row, end.training.config, end.params) == ("mlp", {"hidden": 3}, 5)
