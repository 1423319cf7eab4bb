"""The display of a run's progress."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from emobench.grid.execution.live_look import Running
from emobench.grid.execution.outcome import Outcome


class Screen(Protocol):
    """Shows the progress of a run."""

    def say(self, text: str) -> None:
        """Print one line."""

    def prepare(self, what: str, done: int, total: int) -> None:
        """Show the progress of a preparation."""

    def start(self, cells: int, trainings: int, jobs: Counter[str], unit: str = "cell") -> None:
        """Show the work to do: cells (or another `unit`), trainings, and jobs by model."""

    def expect(self, left: Counter[str]) -> None:
        """Correct the work to do: what is left of it, by model, the next outcome included."""

    def outcome(self, outcome: Outcome) -> None:
        """Show the outcome of a job."""

    def tick(self, running: list[Running]) -> None:
        """Refresh the display, with the running jobs."""
