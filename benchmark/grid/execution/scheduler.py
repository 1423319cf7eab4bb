"""Runs jobs with an executor. A job that kills its worker fails alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from emobench.executor import Executor, WorkDied, WorkerDied
from emobench.grid.execution.expected_time import ExpectedTimes
from emobench.grid.execution.live_look import CourseReader, CourseRecord, Running, last_look
from emobench.grid.execution.outcome import Outcome
from emobench.grid.execution.time_left import work_kind
from emobench.grid.neighbour_runs import NeighbourRuns
from emobench.grid.plan.jobs import Job, with_cells
from emobench.isolation.limits import NO_LIMITS, SEPARATE, Limits
from emobench.isolation.warden import Guarded
from emobench.store.index import Index
from emobench.store.store import Store

DIED = "its worker process died (killed, out of memory, or a crash in native code)"
"""The reason on the page; stored, so it stays as it is."""


def remaining(jobs: Iterable[Job], index: Index, retry_failed: bool) -> list[Job]:
    """The jobs with cells that are not stored yet, each with these cells only.

    A training whose record is damaged is trained again, even if all of its cells are stored.
    """
    left = []
    for job in jobs:
        if index.training(job.key) == "failed" and not retry_failed:
            continue
        known = index.states(job.key, job.cells)
        ended = {key for key, done in known.items() if done or not retry_failed}
        cells = {key: cell for key, cell in job.cells.items() if key not in ended}
        if cells or index.is_damaged(job.key):
            left.append(with_cells(job, cells))
    return left


class Work(Protocol):
    """A piece of work for a worker."""

    @property
    def key(self) -> str:
        """Name of its training, under which the live look lies."""

    @property
    def label(self) -> str:
        """Name in messages."""

    @property
    def model(self) -> str:
        """Name of the model."""

    @property
    def size(self) -> int:
        """Number of things that it gives: cells, or one trial."""

    @property
    def is_strange(self) -> bool:
        """Whether its model is not emobench's own, and so gets a process of its own."""


W = TypeVar("W", bound=Work)
V = TypeVar("V", contravariant=True)


class Listener(Protocol[V]):
    """Hears what becomes of each piece of work."""

    def begin(self, job: V) -> None:
        """Hear that it is about to be handed out."""

    def follow(self, job: V, course: list[CourseRecord]) -> None:
        """Hear how its training has gone so far."""

    def end(self, job: V) -> None:
        """Hear that it has ended and is stored, well or not."""


class Execution(Generic[W]):
    """Runs jobs and reports the outcome of each.

    A worker that dies may break the whole pool. The jobs that were in flight are then tried again,
    one at a time, so that only the one that kills its worker is given up. Where each worker is
    isolated, only the deadly job itself is tried again so, after all others. A job that has a
    process of its own harms nobody: it is given up at a limit, and if it dies twice.

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
    work
        Does a job in a worker; it gets the job, the results folder and the device.
    give_up
        Stores that a job failed, and why.
    times
        Orders the jobs, the longest first, and learns from each outcome.
    listener
        Hears what becomes of each job, if anybody does.
    neighbours
        Other runs in the same folder, whose work is left to them; None: there are none.
    limits
        What a job may take.
    """

    def __init__(
        self,
        executor: Executor,
        root: Path,
        device: str,
        report: Callable[[Outcome], None],
        tick: Callable[[list[Running]], None],
        work: Callable[[W, Path, str], Outcome],
        give_up: Callable[[Store, W, str, str], None],
        times: ExpectedTimes[W],
        listener: Listener[W] | None = None,
        neighbours: NeighbourRuns[W] | None = None,
        limits: Limits = NO_LIMITS,
    ) -> None:
        self.limits = limits
        self.executor = executor
        self.root = root
        self.device = device
        self.report = report
        self.tick = tick
        self.work = work
        self.write_failure = give_up
        self.times = times
        self.listener = listener
        self.neighbours = neighbours
        self._flying: dict[Future[Outcome], W] = {}
        self._readers: dict[str, CourseReader] = {}
        self._began: dict[str, float] = {}
        self._ended: list[W] = []
        self._disorder = False
        self._again: list[W] = []
        self._died: set[str] = set()
        self._innocent: set[str] = set()

    def run(self, jobs: list[W], more: Callable[[W], list[W]] | None = None) -> None:
        """Run all `jobs` to their end, the longest first.

        `more` gets each job that has ended, well or not, and says what is to be run after it.
        """
        try:
            self._run(jobs, more)
        except BaseException:
            # Whoever called gives the claims back next: nothing may go on computing then.
            self.executor.kill()
            raise

    def _run(self, jobs: list[W], more: Callable[[W], list[W]] | None) -> None:
        waiting, suspects, alone = self.times.order(jobs), list[W](), False
        while waiting or suspects or self._flying or self._again or self._held_elsewhere():
            if not waiting:
                waiting, self._again = self._again, []
            waiting += self.neighbours.freed() if self.neighbours is not None else []
            if not self._flying:
                alone = bool(suspects) and not (waiting and self.executor.isolated)
                if alone:
                    suspects += self._start(suspects.pop(0))
            held = bool(suspects) and not self.executor.isolated
            while waiting and not alone and not held and self._is_free():
                suspects += self._start(waiting.pop(0))
            suspects += self._collect(alone)
            while self._ended:
                ended = self._ended.pop(0)
                waiting[:0] = more(ended) if more else []
            if self._disorder:
                waiting, self._disorder = self.times.order(waiting), False
            self.tick([self._running(job) for job in self._flying.values()])

    def _running(self, job: W) -> Running:
        look = last_look(self._follow(job))
        elapsed = time.monotonic() - self._began.get(job.key, time.monotonic())
        return Running(job.label, look, self._kind(job), elapsed)

    def _kind(self, job: W) -> str:
        known = self.times.kind(job)
        return work_kind(*known) if known is not None else work_kind(job.model, None)

    def _follow(self, job: W) -> list[CourseRecord]:
        if job.key not in self._readers:
            self._readers[job.key] = CourseReader(Store(self.root).look(job.key))
        course = self._readers[job.key].read()
        if self.listener is not None and course:
            self.listener.follow(job, course)
        return course

    def _held_elsewhere(self) -> bool:
        return self.neighbours is not None and bool(self.neighbours.held)

    def _is_free(self) -> bool:
        return len(self._flying) < self.executor.count

    def _start(self, job: W) -> list[W]:
        """Submit `job`; return it if the pool is broken because a worker has just died."""
        if self.neighbours is not None:
            left = self.neighbours.claim(job)
            if left is None:
                if not self.neighbours.holds(job):
                    self._found_ended(job, self.neighbours.failed(job))
                return []
            job = left
        # What a killed run has left is no look of this one.
        Store(self.root).look(job.key).unlink(missing_ok=True)
        self._readers.pop(job.key, None)
        if self.listener is not None:
            self.listener.begin(job)
        self._began[job.key] = time.monotonic()
        try:
            future = self.executor.submit(self._work_of(job), job, self.root, self.device)
        except WorkerDied:
            self.executor.renew()
            return [job]
        self._flying[future] = job
        return []

    def _found_ended(self, job: W, failed: int) -> None:
        """Report a job that another run has ended meanwhile, of which `failed` cells failed."""
        note = "it failed in another run" if failed else "another run computed it"
        done = job.size - failed
        self.report(Outcome(job.label, done, failed, 0.0, note, kind=self._kind(job)))
        if self.listener is not None:
            self.listener.end(job)
        self._ended.append(job)

    def _work_of(self, job: W) -> Callable[[W, Path, str], Outcome]:
        """What does `job`: with limits or a model of a stranger's in a process of its own."""
        can = SEPARATE and self.executor.separates
        wants = bool(self.limits) or job.is_strange
        return Guarded(self.work, self.limits) if can and wants else self.work

    def _collect(self, alone: bool) -> list[W]:
        """Report finished jobs; return the jobs that ran together when a worker died."""
        if not self._flying:
            if not self._ended and self._held_elsewhere():
                time.sleep(0.5)
            return []
        finished, _ = wait(self._flying, timeout=0.5, return_when=FIRST_COMPLETED)
        suspects: list[W] = []
        for future in finished:
            job = self._flying.pop(future)
            is_innocent = job.key in self._innocent
            self._innocent.discard(job.key)
            try:
                self._take(job, future.result())
            except WorkDied as died:
                self._bury(job, died)
            except WorkerDied:
                if is_innocent:
                    self._again.append(job)
                    continue
                if alone:
                    self._give_up(job, DIED, "")
                else:
                    suspects.append(job)
                if not self.executor.isolated:
                    self.executor.renew()
        return suspects

    def _take(self, job: W, outcome: Outcome) -> None:
        """Report what came of a job; a worker that it spoiled is thrown away."""
        self.report(outcome)
        if not outcome.failed:
            self._disorder |= self.times.learn(job, outcome.elapsed)
        self._end(job)
        if outcome.spoiled and not self.executor.isolated:
            self._innocent |= {other.key for other in self._flying.values()}
            self.executor.renew()

    def _bury(self, job: W, died: WorkDied) -> None:
        """Give up a job that died in its own process, unless it is worth a second try."""
        if died.is_final or job.key in self._died:
            self._give_up(job, died.reason, died.trace)
        else:
            self._died.add(job.key)
            self._again.append(job)

    def _give_up(self, job: W, reason: str, trace: str) -> None:
        reason += _way_on(Store(self.root), job, reason)
        self.write_failure(Store(self.root), job, reason, trace)
        self.report(Outcome(job.label, 0, job.size, 0.0, reason, kind=self._kind(job)))
        self._end(job)

    def _end(self, job: W) -> None:
        """Hear the rest of a job that has ended, and let what follows it start."""
        self._follow(job)
        Store(self.root).look(job.key).unlink(missing_ok=True)
        self._readers.pop(job.key, None)
        if self.neighbours is not None:
            self.neighbours.release(job)
        if self.listener is not None:
            self.listener.end(job)
        self._ended.append(job)


def _way_on(store: Store, job: Work, reason: str) -> str:
    """How to go on after a failure of a process, as the end of its reason."""
    if reason == DIED:
        return ""
    limit = next((word for word in ("--timeout", "--memory") if word in reason), "")
    more = f" and a larger {limit}" if limit else ""
    # A trial that failed begins anew.
    goes_on = not getattr(job, "is_trial", False) and store.unfinished(job.key).is_file()
    from_where = " from its last saved look" if goes_on else ""
    return f"; --retry-failed{more} tries it again{from_where}"
