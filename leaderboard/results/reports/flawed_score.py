"""Scores of stored predictions that are summed up with a flaw.

A flawed score has the effects of the same units and trainings as the honest one, so that the
interval of their difference is paired.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from emobench.leaderboard.results.cells import cell_state, complete_seeds, pooled_seeds
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.predictions import Predictions, UnreadableError
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import Score, ScoreRow, score_seeds
from emobench.leaderboard.statistics.measures import RANKING, counting
from emobench.leaderboard.statistics.variance import Sampled, sampled
from emobench.store.records import Slot

NEEDS_SEEDS = "it needs two or more seeds, of which the best is reported: --seeds 2 or more"
UNKNOWN = "this emobench does not know how that report sums up predictions"

Rows = dict[tuple[str, str], ScoreRow]


def with_flawed_reports(results: Results, entry: ModelEntry, rows: Rows, classes: int) -> Rows:
    """Return `rows` of `entry` with those summed up anew whose report has a flaw."""
    found = dict(rows)
    for place, row in rows.items():
        slots = [s for s in entry.slots if (s.regime, s.condition) == place]
        if row.status == "skipped" or not any(s.report for s in slots) or row.score is None:
            continue
        try:
            found[place] = _reported(results, entry, row, slots, classes)
        except UnreadableError as error:
            found[place] = replace(row, status="failed", reason=str(error), score=None)
    return found


def with_best_looks(results: Results, entry: ModelEntry, rows: Rows, classes: int) -> Rows:
    """Return `rows` of `entry` with each measure from its own look, where looks were kept."""
    found = dict(rows)
    for place, row in rows.items():
        slots = [s for s in entry.slots if (s.regime, s.condition) == place]
        if row.flaw and row.score is not None:
            found[place] = _at_best_looks(results, entry, row, slots, classes)
    return found


def _reported(
    results: Results, entry: ModelEntry, row: ScoreRow, slots: list[Slot], classes: int
) -> ScoreRow:
    report = slots[0].report
    if report not in REPORTS:
        return replace(row, status="skipped", reason=UNKNOWN, score=None)
    states = {slot: cell_state(results, slot) for slot in slots}
    pooled = list(pooled_seeds(results, complete_seeds(states)).values())
    if report == "best_of_seeds" and len(pooled) < 2:
        return replace(row, status="skipped", reason=NEEDS_SEEDS, score=None)
    assert row.score is not None
    score = REPORTS[report](row.score, pooled, classes)
    return replace(row, score=score, without_copies=None, members={}, report=report)


def _best_of_seeds(honest: Score, pooled: Sequence[Predictions], classes: int) -> Score:
    """The best seed for each measure, as it would be reported.

    The maximum is taken as it is: its own interval is over units alone. In its difference to the
    honest mean the error of that mean over trainings counts in full. Two or three seeds are too few
    for the interval of such a difference to exclude 0.
    """
    by_seed = {m.name: m.of(honest.counts.total, honest.counts.multilabel) for m in counting()}
    alone = [sampled(honest.counts.of_seed(s), honest.owner) for s in range(honest.n_seeds)]
    best = {name: int(np.argmax(scores)) for name, scores in by_seed.items()}
    chosen = score_seeds([pooled[best[RANKING]]], honest.owner, classes)
    found = {name: _for_every_seed(alone[s][name], honest.n_seeds) for name, s in best.items()}
    values = {**chosen.values, **{name: one.value for name, one in found.items()}}
    return replace(
        honest, values=values, sampled=found, counts=honest.counts.of_seed(best[RANKING]),
        confusion=chosen.confusion, weights=chosen.weights, right=chosen.right,
    )  # fmt: skip


def _for_every_seed(one: Sampled, seeds: int) -> Sampled:
    """The same number, with the effects of its units ``[1, B]`` repeated for every seed."""
    return Sampled(one.value, {k: np.repeat(e, seeds, axis=0) for k, e in one.effects.items()})


def _f1_arguments_swapped(honest: Score, pooled: Sequence[Predictions], classes: int) -> Score:
    """Truth and prediction exchanged in the weighted F1, all else as it is.

    The unweighted mean of F1 over the classes of both is the same either way round.
    """
    measure = MEASURE_OF["f1_arguments_swapped"]
    one = sampled(honest.counts.exchanged(), honest.owner)[measure]
    values = {**honest.values, measure: one.value}
    return replace(honest, values=values, sampled={**honest.sampled, measure: one})


REPORTS: Mapping[str, Callable[[Score, Sequence[Predictions], int], Score]] = {
    "best_of_seeds": _best_of_seeds,
    "f1_arguments_swapped": _f1_arguments_swapped,
}
"""Flaw of a report to the score that it gives; the names are those of `emobench.REPORTS`."""

MEASURE_OF: Mapping[str, str] = {"f1_arguments_swapped": "weighted_f1"}
"""Flaw of a report to the measure that it changes, where that is not the one that ranks."""


def _at_best_looks(
    results: Results, entry: ModelEntry, row: ScoreRow, slots: list[Slot], classes: int
) -> ScoreRow:
    """Score each measure at its own look; `row` itself where no looks were kept."""
    assert row.score is not None
    states = {slot: cell_state(results, slot) for slot in slots}
    seeds, units = complete_seeds(states), results.units(entry.newest, None)
    values, found = dict(row.score.values), dict(row.score.sampled)
    looks = []
    for measure in (m.name for m in counting()):
        pooled = list(pooled_seeds(results, seeds, look=measure).values())
        if not pooled or any(one.look != measure for one in pooled):
            return row
        score = score_seeds(pooled, row.score.owner, classes, units)
        values[measure], found[measure] = score.values[measure], score.sampled[measure]
        looks.append(measure)
    score = replace(row.score, values=values, sampled=found)
    return replace(row, score=score, without_copies=None, looks=tuple(looks))
