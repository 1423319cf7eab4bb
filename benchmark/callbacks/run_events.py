"""Tells callbacks that a run begins and ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from emobench.callbacks.audience import Audience
from emobench.callbacks.records import RunEnd, RunStart


class RunEvents:
    """A context: entered, the run begins; left, it has ended, however.

    Parameters
    ----------
    audience
        Whom to tell; None: nobody.
    results
        The results folder.
    study
        What was asked for, as a file.
    say
        Prints a line before and after the run's display is there.
    """

    def __init__(
        self,
        audience: Audience | None,
        results: Path,
        study: str,
        say: Callable[[str], None] = print,
    ) -> None:
        self.say = say
        self.audience, self.results, self.study = audience, results.absolute(), study
        self._began = time.perf_counter()
        self._end = RunEnd(self.results, None, 0, 0, 0, 0.0)

    def finish(self, page: Path | None, done: int, failed: int, skipped: int) -> None:
        """Note what the run came to."""
        self._end = RunEnd(self.results, page, done, failed, skipped, 0.0)

    def __enter__(self) -> Self:
        from emobench import __version__

        if self.audience is not None:
            self.audience.say = self.say
            self.audience.tell("on_run_start", RunStart(self.results, self.study, __version__))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.audience is None:
            return
        one, seconds = self._end, time.perf_counter() - self._began
        stopped = kind.__name__ if kind is not None else ""
        end = RunEnd(one.results, one.page, one.done, one.failed, one.skipped, seconds, stopped)
        self.audience.say = self.say
        self.audience.tell("on_run_end", end)
        self.audience.sum_up()
