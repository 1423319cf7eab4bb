"""Progress of a run: a live display on a terminal, plain lines in a log."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from emobench.cli.terminal.voice import ALOUD, Voice
from emobench.grid.execution.live_look import LiveLook, Running
from emobench.grid.execution.outcome import Outcome
from emobench.grid.execution.time_left import TimeLeft
from emobench.grid.screen import Screen, SilentScreen
from emobench.wording import counted

Known = Mapping[str, Sequence[float]] | None
"""Seconds of stored trainings, by kind."""

Workers = int | Callable[[], int | None]
"""How many jobs run at the same time, or what says how many do now; None: nobody knows."""


class _Counts:
    """Counts of finished cells and trainings, and an estimate of the time left."""

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self.cells = self.done = self.failed = 0
        self.unit = "cell"
        self.time = TimeLeft()
        self.running: list[Running] = []

    def begin(self, cells: int, jobs: Counter[str], unit: str, known: Known = None) -> None:
        self.cells, self.unit = cells, unit
        self.done = self.failed = 0
        self.time.learn(known or {})
        self.time.begin(jobs)

    def expect(self, left: Counter[str]) -> None:
        self.cells = self.done + self.failed + left.total()
        self.time.expect(left)

    def add(self, outcome: Outcome) -> None:
        self.done += outcome.done
        self.failed += outcome.failed
        self.time.ended(outcome.kind, outcome.elapsed)
        self.running = [job for job in self.running if job.label != outcome.label]

    def look(self, running: list[Running]) -> None:
        """See what runs now: the estimate goes on with it."""
        self.running = running
        self.left()

    def left(self) -> str:
        """The time left in words; "" where nothing is left, or too little is known."""
        if not self.time.jobs:
            return ""
        workers = self.parallel()
        if workers is None:
            return "time left unknown"
        seconds = self.time.seconds(workers, self.running, time.monotonic())
        return f"about {_duration(seconds)} left" if seconds is not None else ""

    def parallel(self) -> int | None:
        return self.workers if isinstance(self.workers, int) else self.workers()

    def line(self, handed_in: int) -> str:
        parts = [f"{self.done}/{counted(self.cells, self.unit)} done", self._running(handed_in)]
        parts.append(f"{self.failed} failed")
        if left := self.left():
            parts.append(left)
        return ", ".join(parts)

    def _running(self, handed_in: int) -> str:
        """Jobs that run, and those that wait in a queue."""
        workers = self.parallel()
        if workers is None:
            return f"{handed_in} handed in"
        queued = handed_in - workers
        return f"{workers} running, {queued} queued" if queued > 0 else f"{handed_in} running"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _sentence(outcome: Outcome) -> str:
    if outcome.failed:
        return f"FAILED {outcome.label}: {outcome.note}"
    what = f"trained in {_duration(outcome.seconds)}, " if outcome.seconds else ""
    return f"{outcome.label}: {what}{outcome.note}, {counted(outcome.done, outcome.unit)}"


class Pace:
    """Speed of one preparation in utterances per second, and the time left."""

    def __init__(self, done: int, now: float) -> None:
        self.first, self.began = done, now
        self.said = now

    def words(self, done: int, total: int, now: float) -> str:
        """Return speed and time left in words; "" while too little is known."""
        elapsed, made = now - self.began, done - self.first
        if elapsed < 1 or not made:
            return ""
        rate = made / elapsed
        speed = f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"
        left = f", about {_duration((total - done) / rate)} left" if done < total else ""
        return f"{speed} per second{left}"


EVERY = 10.0
"""Seconds between two lines of one preparation in a log."""


class PlainScreen:
    """One line per event, for logs."""

    def __init__(self, workers: Workers, watch: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._counts = _Counts(workers)
        self._paces: dict[str, Pace] = {}
        self._watch = watch
        self._said: dict[str, LiveLook] = {}

    def say(self, text: str) -> None:
        """Print `text` with the time."""
        print(f"{time.strftime('%H:%M:%S')} {text}", file=self._stream, flush=True)

    def prepare(self, what: str, done: int, total: int) -> None:
        """Print the progress of a preparation: start, end, and every ten seconds between."""
        now = time.monotonic()
        begins = what not in self._paces
        pace = self._paces.setdefault(what, Pace(done, now))
        if begins or done >= total or now - pace.said >= EVERY:
            words = pace.words(done, total, now)
            self.say(f"{what}: {done} of {total}{f' ({words})' if words else ''}")
            pace.said = now

    def start(
        self,
        cells: int,
        trainings: int,
        jobs: Counter[str],
        unit: str = "cell",
        known: Known = None,
    ) -> None:
        """Print how many trainings and cells are to do."""
        self._counts.begin(cells, jobs, unit, known)
        self.say(_opening(cells, trainings, unit))

    def expect(self, left: Counter[str]) -> None:
        """Correct the work to do."""
        self._counts.expect(left)

    def outcome(self, outcome: Outcome) -> None:
        """Print the outcome of a job."""
        self._counts.add(outcome)
        left = self._counts.left()
        tail = f"; {left}" if left else ""
        cells = f"{self._counts.done}/{counted(self._counts.cells, self._counts.unit)}"
        counts = f"{cells}, {self._counts.failed} failed"
        self.say(f"[{counts}{tail}] {_sentence(outcome)}")

    def tick(self, running: list[Running]) -> None:
        """Print the looks at dev that are new, if they are watched."""
        self._counts.look(running)
        for job in running if self._watch else ():
            if job.look is not None and self._said.get(job.label) != job.look:
                self._said[job.label] = job.look
                self.say(f"  {job.label}: {job.look}")


class LiveScreen:
    """Bars that move, for a terminal."""

    def __init__(self, progress: Progress, workers: Workers) -> None:
        self._counts = _Counts(workers)
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._paces: dict[str, Pace] = {}
        self._grid: TaskID | None = None
        self._trainings: dict[str, TaskID] = {}

    def say(self, text: str) -> None:
        """Print `text` above the bars."""
        self._progress.console.print(text, markup=False, highlight=False)

    def prepare(self, what: str, done: int, total: int) -> None:
        """Move the bar of a preparation."""
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        now = time.monotonic()
        words = self._paces.setdefault(what, Pace(done, now)).words(done, total, now)
        text = f"{what}{f', {words}' if words else ''}"
        self._progress.update(self._tasks[what], completed=done, total=total, description=text)

    def start(
        self,
        cells: int,
        trainings: int,
        jobs: Counter[str],
        unit: str = "cell",
        known: Known = None,
    ) -> None:
        """Add the bar of the cells."""
        self._counts.begin(cells, jobs, unit, known)
        self.say(_opening(cells, trainings, unit))
        if self._grid is not None:
            self._progress.remove_task(self._grid)
            self._grid = None
        if cells:
            self._grid = self._progress.add_task(f"{unit}s", total=cells)

    def expect(self, left: Counter[str]) -> None:
        """Correct the work to do, and the length of the bar."""
        self._counts.expect(left)
        if self._grid is not None:
            self._progress.update(self._grid, total=self._counts.cells)

    def outcome(self, outcome: Outcome) -> None:
        """Print the outcome of a job, and move the bar."""
        self._counts.add(outcome)
        self.say(_sentence(outcome))

    def tick(self, running: list[Running]) -> None:
        """Refresh the numbers, and the bar of each running training."""
        self._counts.look(running)
        for job in running:
            if job.look is not None:
                task = self._trainings.get(job.label)
                if task is None:
                    task = self._progress.add_task(job.label)
                    self._trainings[job.label] = task
                self._progress.update(
                    task,
                    completed=job.look.number,
                    total=job.look.planned,
                    description=f"{job.label}: {job.look}",
                )
        labels = {job.label for job in running}
        for label in [label for label in self._trainings if label not in labels]:
            self._progress.remove_task(self._trainings.pop(label))
        if self._grid is not None:
            ended = self._counts.done + self._counts.failed
            line = self._counts.line(len(running))
            self._progress.update(self._grid, completed=ended, description=line)


def _opening(cells: int, trainings: int, unit: str) -> str:
    if unit != "cell":
        return f"{counted(cells, unit)} to do"
    if not cells:
        return "nothing to compute: what can be run is in the results already"
    return f"{counted(trainings, 'training')} and {counted(cells, 'cell')} to do"


class FailureScreen(SilentScreen):
    """Shows nothing but what failed."""

    def outcome(self, outcome: Outcome) -> None:
        """Print what failed, to standard error."""
        if outcome.failed:
            print(_sentence(outcome), file=sys.stderr, flush=True)


@contextlib.contextmanager
def screen(workers: Workers, watch: bool = False, voice: Voice = ALOUD) -> Iterator[Screen]:
    """A live display if the output is a terminal, else plain lines.

    Bars that move need a terminal that can move its cursor: ``TERM=dumb`` cannot, and a file to
    which ``FORCE_COLOR`` brings colours is none.

    Parameters
    ----------
    workers
        How many jobs run at the same time, or what says how many do now.
    watch
        Whether each look at dev has a line.
    voice
        Whether words go to standard output, to standard error, or nowhere.
    """
    if voice.quiet:
        yield FailureScreen()
        return
    console = Console(stderr=voice.as_json)
    stream = sys.stderr if voice.as_json else sys.stdout
    moves = console.is_terminal and not console.is_dumb_terminal
    if not (moves and stream is not None and stream.isatty()):
        yield PlainScreen(workers, watch, stream)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as progress:
        yield LiveScreen(progress, workers)
