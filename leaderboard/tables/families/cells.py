"""Cells whose numbers hold for all rows of a table at once: ranks and planned contrasts."""

from __future__ import annotations

from dataclasses import replace

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.comparison import Rank
from emobench.leaderboard.results.comparisons.families import PlannedContrast
from emobench.leaderboard.tables.score_table import TableCell, difference_cell


def rank_cell(rank: Rank | None, place: str) -> TableCell:
    """Print a rank; of the ceiling and the floor, which have none, their `place`."""
    if rank:
        tied = ("≈ best",) if rank.is_contested_best else ()
        places = (float(rank.first), float(rank.last))
        return TableCell(str(rank), value=rank.first, details=tied, bounds=places)
    return TableCell(details=(place,) if place in ("ceiling", "floor") else ())


def contrast_cell(planned: PlannedContrast | None) -> TableCell:
    """Print a planned contrast with its adjusted p; without one the cell stays empty.

    It stands out where it is shown among all planned contrasts, not by its own interval.
    """
    if planned is None:
        return TableCell()
    cell = difference_cell(planned.gap, more=numbers.p_value(planned.p_value))
    kind = ("up" if planned.gap.value > 0 else "down") if planned.is_shown else ""
    return replace(cell, kind=kind, p_value=planned.p_value)
