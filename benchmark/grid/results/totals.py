"""Counts the done, skipped and failed cells of a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from emobench.grid.plan.plan import ModelGrid, Plan
from emobench.store.store import Store


@dataclass(frozen=True)
class Totals:
    """Numbers of done, skipped and failed cells of a request.

    `skipped` counts by subject (a model on a corpus) and reason.
    """

    done: int
    skipped: Counter[tuple[str, str]]
    failed: int


def totals(plan: Plan, store: Store) -> Totals:
    """Count the rows of `plan` by their state in the store."""
    done, failed = 0, 0
    for job in plan.jobs.values():
        broken = store.failure(store.training(job.spec.key())) is not None
        for key in job.cells:
            finished = store.done(store.cell(key))
            done += finished
            failed += not finished and (broken or store.failure(store.cell(key)) is not None)
    return Totals(done, Counter(s for grid in plan.grids for s in _skips(grid)), failed)


def _skips(grid: ModelGrid) -> Iterator[tuple[str, str]]:
    """Subject and reason of each skipped row; the reason does not repeat the model's name."""
    candidate = grid.candidate
    variant = "" if candidate.variant == "corrected" else f" ({candidate.variant})"
    for row in grid.rows:
        if row.skipped:
            yield f"{candidate.label}{variant} on {grid.corpus.request.label}", row.skipped.text
