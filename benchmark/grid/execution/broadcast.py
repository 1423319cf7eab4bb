"""Tells callbacks what becomes of the trainings of a run, each look and each end once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from emobench.callbacks.audience import Audience
from emobench.callbacks.records import CellEnd, Epoch, Training, TrainingEnd
from emobench.grid.execution.live_look import CourseRecord
from emobench.grid.plan.jobs import Job, PlannedCell, regime_label
from emobench.leaderboard.results.predictions import UnreadableError
from emobench.leaderboard.submission.stored_cell import cell_rows
from emobench.store.cell_reader import CellReader, StoredCell
from emobench.store.pack import BROKEN
from emobench.store.records import CellReport, TrainingReport
from emobench.store.store import Store

W = TypeVar("W")


class Broadcast(Generic[W]):
    """Tells of the courses of trainings; what their end is, is for derived classes.

    Every record of a course is told once and in its order: while it is trained, as far as its
    worker's file can be seen here, and the rest at its end from what is stored.

    Parameters
    ----------
    audience
        Whom to tell.
    store
        Holds the trainings.
    """

    def __init__(self, audience: Audience, store: Store) -> None:
        self.audience, self.store = audience, store
        self._heard: dict[str, int] = {}
        self._fresh: dict[str, bool] = {}

    def key(self, job: W) -> str:
        """Return the key of the job's training."""
        raise NotImplementedError

    def training(self, job: W) -> Training:
        """Return what callbacks are told of a job's training."""
        raise NotImplementedError

    def is_trained(self, job: W) -> bool:
        """Whether the training was there before."""
        raise NotImplementedError

    def begin(self, job: W) -> None:
        """Note whether the job will train; a job that is tried again did not train before."""
        self._fresh.setdefault(self.key(job), not self.is_trained(job))

    def follow(self, job: W, course: list[CourseRecord]) -> None:
        """Tell what is new of a course.

        Whoever looks at dev is trained, also a training that was stored and is damaged.
        """
        if any(not record.is_earlier for record in course):
            self._fresh[self.key(job)] = True
        if self.audience.hears("on_epoch"):
            for number, record in self._new(self.key(job), course):
                self.audience.tell("on_epoch", _epoch(self.training(job), number, record))

    def finish(self, job: W, report: TrainingReport) -> None:
        """Tell the rest of a course from what is stored of it."""
        self.follow(job, [_kept(record, report.device) for record in _contents(report)])

    def _new(self, key: str, course: list[CourseRecord]) -> Iterator[tuple[int, CourseRecord]]:
        for number in range(self._heard.get(key, 0) + 1, len(course) + 1):
            self._heard[key] = number
            yield number, course[number - 1]


class TrainingBroadcast(Broadcast[Job]):
    """Tells of trainings and of their cells.

    Parameters
    ----------
    audience, store
        As in `Broadcast`.
    """

    def key(self, job: Job) -> str:
        """Return the key of the training."""
        return job.key

    def training(self, job: Job) -> Training:
        """Return what callbacks are told of the training."""
        return training_of(job, job.key, self.store.training(job.key))

    def is_trained(self, job: Job) -> bool:
        """Whether the training is stored."""
        return self.store.training_done(job.key)

    def end(self, job: Job) -> None:
        """Tell the rest of a course that was trained here, the new cells, and then the end."""
        report = self.store.training_report(job.key)
        is_fresh = self._fresh.get(job.key, False) and job.key not in self.audience.told
        if is_fresh and report is not None:
            self.finish(job, report)
        self._end_cells(job)
        self._end_training(job, report, is_stored=not is_fresh)

    def recall(self, jobs: Iterable[Job], left: Collection[str], retry: bool) -> None:
        """Tell those who want to know what is stored of `jobs` already, and was not told yet.

        Parameters
        ----------
        jobs
            The jobs of a plan.
        left
            Keys of those of them that are about to be run, and whose end is told then.
        retry
            Whether what failed is about to be run again, and is told then.
        """
        if not any(one.wants_stored for one in self.audience.callbacks):
            return
        for job in jobs:
            is_told = job.key in self.audience.told
            report = self.store.training_report(job.key)
            if report is not None and not is_told:
                self._recall_course(job, report)
            told = report is not None and self._end_cells(job, stored=True, retry=retry)
            is_there = report is not None or self.store.training_failure(job.key) is not None
            if job.key not in left and (told or (is_there and not is_told)):
                self._end_training(job, report, is_stored=True, stored=True)

    def _end_training(
        self, job: Job, report: TrainingReport | None, is_stored: bool, stored: bool = False
    ) -> None:
        self.audience.told.add(job.key)
        reason = self.store.training_failure(job.key)
        ended = ending(self.training(job), report, reason, is_stored=is_stored)
        self.audience.tell("on_training", ended, stored)

    def _recall_course(self, job: Job, report: TrainingReport) -> None:
        if self.audience.hears("on_epoch", stored=True):
            for number, content in enumerate(_contents(report), start=1):
                record = _kept(content, report.device, is_earlier=True)
                epoch = _epoch(self.training(job), number, record)
                self.audience.tell("on_epoch", epoch, stored=True)

    def _end_cells(self, job: Job, stored: bool = False, retry: bool = False) -> bool:
        """Tell the cells of a job that were not told yet; whether there were any."""
        if not self.audience.hears("on_cell", stored):
            return False
        any_new = False
        reader = CellReader(self.store.root)
        for key in job.cells:
            found = None if key in self.audience.told else reader.cell(job.key, key)
            if found is None or (retry and found.report is None):
                continue
            self.audience.told.add(key)
            told = _cell(self.training(job), job.cells[key], found, reader, stored)
            self.audience.tell("on_cell", told, stored)
            any_new = True
        return any_new


def training_of(
    job: Job,
    key: str,
    place: Path,
    is_trial: bool = False,
    inner: tuple[int, int] | None = None,
) -> Training:
    """Return what callbacks are told of a job's training.

    Parameters
    ----------
    job
        The job.
    key, place
        What it is stored as, and where.
    is_trial, inner
        Whether it is a trial, and its inner fold.
    """
    spec = job.spec
    return Training(
        key=key,
        label=job.label,
        row=job.label.partition(" on ")[0],
        model=spec.model,
        variant=spec.variant,
        corpus=spec.dataset,
        split=spec.split,
        track=spec.track,
        regime=regime_label(job.regime),
        fold=spec.fold,
        seed=spec.seed,
        config=dict(spec.config),
        folder=place.absolute(),
        is_trial=is_trial,
        inner=inner,
    )


def ending(
    training: Training,
    report: TrainingReport | None,
    reason: str | None,
    is_paused: bool = False,
    is_stored: bool = False,
) -> TrainingEnd:
    """Return what callbacks are told of a training that has ended.

    Parameters
    ----------
    training
        The training.
    report, reason
        What is stored of it; without a report it failed.
    is_paused, is_stored
        Whether it is a trial that stopped on its way; whether it ended before this run.
    """
    if report is None:
        why = reason or "nothing is stored of it"
        return TrainingEnd(training, "failed", reason=why, is_stored=is_stored)
    return TrainingEnd(
        training,
        "paused" if is_paused else "done",
        best_epoch=report.best_epoch,
        dev_macro_f1=report.dev_macro_f1,
        params=report.params,
        seconds=report.train_seconds,
        device=report.device,
        is_stored=is_stored,
    )


def _contents(report: TrainingReport) -> list[dict[str, Any]]:
    return [epoch.model_dump() for epoch in report.epochs]


def _kept(content: dict[str, Any], device: str, is_earlier: bool = False) -> CourseRecord:
    return CourseRecord(content, device=device, is_earlier=is_earlier)


FIELDS = (
    "stage", "train_loss", "dev_macro_f1", "dev_loss", "dev_accuracy", "learning_rate", "updates",
    "passes", "seconds",
)  # fmt: skip
"""What a callback is told of a record as it is."""


def _epoch(training: Training, number: int, record: CourseRecord) -> Epoch:
    content, look = record.content, record.look
    losses = content.get("losses") or {}
    return Epoch(
        training,
        number,
        **{name: content[name] for name in FIELDS if name in content},
        losses={name: value for name, value in losses.items() if value is not None},
        parts=dict(content.get("parts") or {}),
        planned=look.planned if look else None,
        batches_per_second=look.batches_per_second if look else None,
        gigabytes=look.gigabytes if look else None,
        device=record.device,
        is_stored=record.is_earlier,
    )


def _cell(
    training: Training, planned: PlannedCell, found: StoredCell, reader: CellReader, stored: bool
) -> CellEnd:
    target = planned.target
    end = CellEnd(
        training,
        found.key,
        condition=planned.condition.name,
        description=planned.condition.description,
        tested_on=target.request.label if target is not None else training.corpus,
        status="failed",
        is_stored=stored,
    )
    if found.report is None:
        reason = str((found.failure or {}).get("reason", ""))
        return replace(end, reason=reason)
    report = CellReport.model_validate(found.report)
    try:
        table = reader.table(found)
        scores = cell_rows(table, ())[0].scores() if table is not None else {}
    except (*BROKEN, UnreadableError) as error:
        return replace(end, reason=f"its predictions cannot be read: {error}")
    return replace(
        end,
        status="done",
        scores=scores,
        n=report.n,
        missing_rate=report.missing_rate,
        seconds=report.predict_seconds,
        path=found.path.absolute(),
    )
