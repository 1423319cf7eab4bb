"""What a run came to: its folder, its cells and its page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emobench.grid.results.totals import Totals


@dataclass(frozen=True)
class RunEnd:
    """What a run came to.

    Parameters
    ----------
    results
        The results folder.
    totals
        The cells of each grid.
    page
        The page; None if none was made.
    """

    results: Path
    totals: tuple[Totals, ...]
    page: Path | None

    @property
    def status(self) -> int:
        """The exit status: 1 if cells failed."""
        return 1 if any(one.failed for one in self.totals) else 0

    @property
    def counts(self) -> tuple[int, int, int]:
        """Numbers of cells over all grids: those that are there, failed, and skipped."""
        every = self.totals
        skipped = sum(one.skipped.total() for one in every)
        return sum(one.done for one in every), sum(one.failed for one in every), skipped


def plain(end: RunEnd) -> dict[str, Any]:
    """What a run came to as a program gets it; the keys are documented, and stay."""
    grids: list[dict[str, Any]] = []
    for one in end.totals:
        skips = [
            {"row": who, "reason": reason, "cells": count}
            for (who, reason), count in one.skipped.items()
        ]
        found: dict[str, Any] = {
            "done": one.done,
            "failed": one.failed,
            "skipped": one.skipped.total(),
        }
        grids.append(found | {"elsewhere": one.elsewhere, "skips": skips, "left": _left(one)})
    return {"results": end.results, "page": end.page, "grids": grids}


def _left(one: Totals) -> dict[str, Any] | None:
    """What a dry run found to do."""
    if one.left is None:
        return None
    expected = one.left.estimate
    seconds = None
    if expected is not None:
        seconds = {"low": expected.low, "high": expected.high, "workers": expected.workers}
    return {"trainings": one.left.trainings, "cells": one.left.cells, "seconds": seconds}
