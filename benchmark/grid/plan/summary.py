"""Summary of a plan: its trainings and cells, which are shared, and which are left to do."""

from __future__ import annotations

from collections.abc import Sequence

from emobench.grid.plan.jobs import Job
from emobench.grid.plan.plan import Plan
from emobench.grid.plan.shard import WHOLE, Shard
from emobench.wording import counted


def account(plan: Plan, left: Sequence[Job], trainings: int, shard: Shard = WHOLE) -> list[str]:
    """Say in a line or two what was requested, what is shared and what is left to do.

    Parameters
    ----------
    plan
        The plan of the whole request.
    left
        The jobs that have cells to do.
    trainings
        Trainings to do.
    shard
        The part of the plan that is computed here.
    """
    asked = [len(keys) for grid in plan.grids if (keys := grid.trainings)]
    protocols = dict.fromkeys(grid.protocol.card.name for grid in plan.grids)
    lines = [
        f"planned: {counted(len(plan.jobs), 'distinct training')}, {counted(plan.cells, 'cell')}"
    ]
    if len(protocols) > 1:
        shared = sum(asked) - len(plan.jobs)
        lines[0] += (
            f"; the {len(protocols)} protocols need {sum(asked)} trainings one by one, "
            f"{shared} of them shared"
        )
    mine = shard.of(plan.jobs)
    all_cells = sum(len(job.cells) for job in mine.values())
    if shard != WHOLE:
        part = f"{counted(len(mine), 'training')}, {counted(all_cells, 'cell')}"
        if plan.jobs and not mine:
            part = "no training falls into this part"
        lines.append(f"shard {shard} of it: {part}")
    cells = sum(len(job.cells) for job in left)
    if cells < all_cells:
        stored = len(mine) - trainings
        there = f"{counted(stored, 'training')}, {counted(all_cells - cells, 'cell')}"
        to_do = f"{counted(trainings, 'training')}, {counted(cells, 'cell')}"
        lines.append(f"stored already: {there}; to do: {to_do}")
    return lines
