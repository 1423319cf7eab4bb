"""Counts the done, skipped and failed cells of a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from emobench.grid.plan.estimate import Estimate
from emobench.grid.plan.plan import ModelGrid, Plan
from emobench.grid.results.grid_table import split_name
from emobench.store.index import Index


class GridSubject(NamedTuple):
    """A model under a protocol on a corpus, as records call them; `variants` are those it has."""

    model: str
    track: str
    dataset: str
    split: str
    protocol: str
    variants: frozenset[str]


class WorkLeft(NamedTuple):
    """What a run would do: trainings and cells, and how long that takes, if anything is left."""

    trainings: int
    cells: int
    estimate: Estimate | None


@dataclass(frozen=True)
class Totals:
    """Numbers of done, skipped and failed cells of a request.

    `skipped` counts by subject (a model on a corpus) and reason. `elsewhere` says that every
    training of the request falls into other shards, so that this run had nothing to show.
    `subjects` are the grids of the request. `left` is what a dry run found to do.
    """

    done: int
    skipped: Counter[tuple[str, str]]
    failed: int
    elsewhere: bool = False
    subjects: tuple[GridSubject, ...] = ()
    left: WorkLeft | None = None


def totals(plan: Plan, index: Index) -> Totals:
    """Count the rows of `plan` by their state in the store."""
    done, failed = 0, 0
    for job in plan.jobs.values():
        found = index.states(job.key, job.cells)
        finished = sum(found.values())
        done += finished
        broken = index.training(job.key) == "failed"
        failed += (len(job.cells) if broken else len(found)) - finished
    skipped = Counter(s for grid in plan.grids for s in _skips(grid))
    return Totals(done, skipped, failed, subjects=tuple(map(_subject, plan.grids)))


def _subject(grid: ModelGrid) -> GridSubject:
    candidate = grid.candidate
    return GridSubject(
        candidate.label,
        grid.track,
        grid.corpus.request.label,
        split_name(grid),
        grid.protocol.card.name,
        frozenset({candidate.variant} | {row.variant for row in grid.rows if row.variant}),
    )


def _skips(grid: ModelGrid) -> Iterator[tuple[str, str]]:
    """Subject and reason of each skipped row; the reason does not repeat the model's name."""
    candidate = grid.candidate
    variant = "" if candidate.variant == "corrected" else f" ({candidate.variant})"
    for row in grid.rows:
        if row.skipped:
            yield f"{candidate.label}{variant} on {grid.corpus.request.label}", row.skipped.text
