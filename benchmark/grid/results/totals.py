"""Counts the done, skipped and failed cells of a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from emobench.grid.plan.plan import ModelGrid, Plan
from emobench.store.index import Index


@dataclass(frozen=True)
class Totals:
    """Numbers of done, skipped and failed cells of a request.

    `skipped` counts by subject (a model on a corpus) and reason. `elsewhere` says that every
    training of the request falls into other shards, so that this run had nothing to show.
    """

    done: int
    skipped: Counter[tuple[str, str]]
    failed: int
    elsewhere: bool = False


def totals(plan: Plan, index: Index) -> Totals:
    """Count the rows of `plan` by their state in the store."""
    done, failed = 0, 0
    for job in plan.jobs.values():
        found = index.states(job.key, job.cells)
        finished = sum(found.values())
        done += finished
        broken = index.training(job.key) == "failed"
        failed += (len(job.cells) if broken else len(found)) - finished
    return Totals(done, Counter(s for grid in plan.grids for s in _skips(grid)), failed)


def _skips(grid: ModelGrid) -> Iterator[tuple[str, str]]:
    """Subject and reason of each skipped row; the reason does not repeat the model's name."""
    candidate = grid.candidate
    variant = "" if candidate.variant == "corrected" else f" ({candidate.variant})"
    for row in grid.rows:
        if row.skipped:
            yield f"{candidate.label}{variant} on {grid.corpus.request.label}", row.skipped.text
