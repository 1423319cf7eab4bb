"""Where a run says what it does."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from emobench.grid.execution.outcome import Outcome


class Screen(Protocol):
    """Shows the course of a run."""

    def say(self, text: str) -> None:
        """Print one line."""

    def prepare(self, what: str, done: int, total: int) -> None:
        """Show how far a preparation is."""

    def start(self, cells: int, trainings: int, jobs: Counter[str]) -> None:
        """Show how much is to do: cells, trainings, and jobs by model."""

    def outcome(self, outcome: Outcome) -> None:
        """Show that a job ended."""

    def tick(self, running: list[str]) -> None:
        """Refresh, with the labels of what is running."""
