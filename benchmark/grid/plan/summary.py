"""What a plan costs: how many trainings, how many of them shared, and about how long."""

from __future__ import annotations

from collections.abc import Sequence

from emobench.grid.plan.jobs import Job
from emobench.grid.plan.plan import Plan


def account(plan: Plan, left: Sequence[Job], trainings: int) -> list[str]:
    """Say in a line or two what was asked for, what it shares and what is left to do.

    Parameters
    ----------
    plan
        All that was asked for.
    left
        The jobs with something to do.
    trainings
        Trainings to do.
    """
    asked = [len(keys) for grid in plan.grids if (keys := plan.trainings_of(grid))]
    protocols = dict.fromkeys(grid.protocol.card.name for grid in plan.grids)
    lines = [
        f"planned: {_count(len(plan.jobs), 'distinct training')}, {_count(plan.cells, 'cell')}"
    ]
    if len(protocols) > 1:
        shared = sum(asked) - len(plan.jobs)
        lines[0] += (
            f"; the {len(protocols)} protocols need {sum(asked)} trainings one by one, "
            f"{shared} of them shared"
        )
    cells = sum(len(job.cells) for job in left)
    if cells < plan.cells:
        stored = len(plan.jobs) - trainings
        lines.append(
            f"stored already: {_count(stored, 'training')}, {_count(plan.cells - cells, 'cell')}; "
            f"to do: {_count(trainings, 'training')}, {_count(cells, 'cell')}"
        )
    return lines


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
