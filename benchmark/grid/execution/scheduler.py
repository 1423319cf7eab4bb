"""Runs jobs with an executor. A job that kills its worker fails alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from pathlib import Path

from emobench.executor import Executor, WorkerDied
from emobench.grid.execution.live_look import Running, read_look
from emobench.grid.execution.outcome import Outcome
from emobench.grid.execution.worker import run_job, write_job_failure
from emobench.grid.plan.jobs import Job
from emobench.store.store import Store

DIED = "its worker process died (killed, out of memory, or a crash in native code)"
"""The reason on the page; stored, so it stays as it is."""


def remaining(jobs: Iterable[Job], store: Store, retry_failed: bool) -> list[Job]:
    """The jobs with cells that are not stored yet, each with these cells only."""
    left = []
    for job in jobs:
        training = store.training(job.spec.key())
        if store.failure(training) is not None and not retry_failed:
            continue
        cells = {}
        for key, cell in job.cells.items():
            folder = store.cell(key)
            if store.done(folder) or (store.failure(folder) is not None and not retry_failed):
                continue
            cells[key] = cell
        if cells:
            left.append(replace(job, cells=cells))
    return left


class Execution:
    """Runs jobs and reports the outcome of each.

    A worker that dies may break the whole pool. The jobs that were in flight are then tried again,
    one at a time, so that only the one that kills its worker is given up.

    Parameters
    ----------
    executor
        Runs the jobs.
    root
        The results folder.
    device
        ``auto`` or a torch device.
    report
        Called with each outcome.
    tick
        Called about twice a second with the jobs that are running.
    """

    def __init__(
        self,
        executor: Executor,
        root: Path,
        device: str,
        report: Callable[[Outcome], None],
        tick: Callable[[list[Running]], None],
    ) -> None:
        self.executor = executor
        self.root = root
        self.device = device
        self.report = report
        self.tick = tick
        self._flying: dict[Future[Outcome], Job] = {}

    def run(self, jobs: list[Job]) -> None:
        """Run all `jobs` to their end."""
        waiting, suspects, alone = list(jobs), list[Job](), False
        while waiting or suspects or self._flying:
            if not self._flying:
                alone = bool(suspects)
                if alone:
                    suspects += self._start(suspects.pop(0))
            while waiting and not alone and not suspects and self._is_free():
                suspects += self._start(waiting.pop(0))
            suspects += self._collect(alone)
            self.tick([self._running(job) for job in self._flying.values()])

    def _running(self, job: Job) -> Running:
        return Running(job.label, read_look(Store(self.root).look(job.spec.key())))

    def _is_free(self) -> bool:
        return len(self._flying) < self.executor.count

    def _start(self, job: Job) -> list[Job]:
        """Submit `job`; return it if the pool is broken because a worker has just died."""
        # What a killed run has left is no look of this one.
        Store(self.root).look(job.spec.key()).unlink(missing_ok=True)
        try:
            self._flying[self.executor.submit(run_job, job, self.root, self.device)] = job
        except WorkerDied:
            self.executor.kill()
            return [job]
        return []

    def _collect(self, alone: bool) -> list[Job]:
        """Report finished jobs; return the jobs that ran together when a worker died."""
        finished, _ = wait(self._flying, timeout=0.5, return_when=FIRST_COMPLETED)
        suspects: list[Job] = []
        for future in finished:
            job = self._flying.pop(future)
            try:
                self.report(future.result())
            except WorkerDied:
                if alone:
                    self._give_up(job)
                else:
                    suspects.append(job)
                self.executor.kill()
        return suspects

    def _give_up(self, job: Job) -> None:
        write_job_failure(Store(self.root), job, DIED, "")
        self.report(Outcome(job.label, 0, len(job.cells), 0.0, DIED, model=job.spec.model))
