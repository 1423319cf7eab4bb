"""The display of a run's progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from emobench.grid.execution.live_look import Running
from emobench.grid.execution.outcome import Outcome


class Screen(Protocol):
    """Shows the progress of a run."""

    def say(self, text: str) -> None:
        """Print one line."""

    def prepare(self, what: str, done: int, total: int) -> None:
        """Show the progress of a preparation."""

    def start(
        self,
        cells: int,
        trainings: int,
        jobs: Counter[str],
        unit: str = "cell",
        known: Mapping[str, Sequence[float]] | None = None,
    ) -> None:
        """Show the work to do: cells (or another `unit`), trainings, and jobs by their kind.

        `known`: seconds of what is stored, by kind.
        """

    def expect(self, left: Counter[str]) -> None:
        """Correct the work to do: what is left of it, by kind, the next outcome included."""

    def outcome(self, outcome: Outcome) -> None:
        """Show the outcome of a job."""

    def tick(self, running: list[Running]) -> None:
        """Refresh the display, with the running jobs."""


class SilentScreen:
    """Shows no progress.

    Parameters
    ----------
    say
        Prints a line; without it nothing is said either.
    """

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self._say = say

    def say(self, text: str) -> None:
        """Print one line, if that is wanted."""
        if self._say is not None:
            self._say(text)

    def prepare(self, what: str, done: int, total: int) -> None:
        """Show no progress."""

    def start(
        self,
        cells: int,
        trainings: int,
        jobs: Counter[str],
        unit: str = "cell",
        known: Mapping[str, Sequence[float]] | None = None,
    ) -> None:
        """Show no work to do."""

    def expect(self, left: Counter[str]) -> None:
        """Show no work to do."""

    def outcome(self, outcome: Outcome) -> None:
        """Show no outcome."""

    def tick(self, running: list[Running]) -> None:
        """Refresh nothing."""
