"""How many cells of a plan are done, skipped and failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from emobench.grid.plan.plan import ModelGrid, Plan
from emobench.store.store import Store


@dataclass(frozen=True)
class Totals:
    """How many cells of a request there are, by what became of them.

    `skipped` counts by who is skipped (a model on a corpus) and why.
    """

    done: int
    skipped: Counter[tuple[str, str]]
    failed: int


def totals(plan: Plan, store: Store) -> Totals:
    """Count the rows of `plan` by what the store has of them."""
    done, failed = 0, 0
    for job in plan.jobs.values():
        broken = store.failure(store.training(job.spec.key())) is not None
        for key in job.cells:
            finished = store.done(store.cell(key))
            done += finished
            failed += not finished and (broken or store.failure(store.cell(key)) is not None)
    return Totals(done, Counter(s for grid in plan.grids for s in _skipped(grid)), failed)


def _skipped(grid: ModelGrid) -> Iterator[tuple[str, str]]:
    """Who is skipped and why, for each skipped row; the model is named once."""
    candidate = grid.candidate
    variant = "" if candidate.variant == "corrected" else f" ({candidate.variant})"
    for row in grid.rows:
        if row.skipped:
            yield f"{candidate.label}{variant} on {grid.corpus.request.label}", row.skipped.text
