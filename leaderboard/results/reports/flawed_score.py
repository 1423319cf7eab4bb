"""Scores of stored predictions that are summed up with a flaw.

Each replicate of a flawed score resamples the same utterances and draws the same seeds as the
replicate of the honest score, so that the interval of their difference is paired.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from emobench.leaderboard.results.cells import cell_state, complete_seeds, pooled_seeds
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.predictions import Predictions, UnreadableError
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import Score, ScoreRow, owner_of, score_seeds
from emobench.leaderboard.statistics.bootstrap import seed_weights
from emobench.leaderboard.statistics.measures import RANKING, counting
from emobench.leaderboard.statistics.metrics import Floats
from emobench.store.records import Slot

ONE_SEED = "it needs two or more seeds, of which the best is reported: --seeds 2 or more"
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
        return replace(row, status="skipped", reason=ONE_SEED, score=None)
    assert row.score is not None
    score = REPORTS[report](row.score, pooled, owner_of(entry, row.regime), classes)
    return replace(row, score=score, without_copies=None, members={}, report=report)


def _best_of_seeds(honest: Score, pooled: Sequence[Predictions], owner: str, classes: int) -> Score:
    """The best seed for each measure, in each replicate the best of the seeds that it draws.

    Two or three seeds are drawn as one seed alone too often for the interval of maximum less mean
    to exclude 0, from four on it can: (1/4)^3 is below 2.5%.
    """
    seeds = [score_seeds([one], owner, classes) for one in pooled]
    drawn = seed_weights(owner, len(seeds)) > 0
    best = max(range(len(seeds)), key=lambda s: seeds[s].values[RANKING])
    chosen = seeds[best]
    values = {**chosen.values, **_over_seeds(seeds, max)}
    replicates = {
        m.name: np.where(drawn, _stacked(seeds, m.name), -np.inf).max(axis=1) for m in counting()
    }
    return replace(
        honest, values=values, replicates=replicates, confusion=chosen.confusion,
        weights=chosen.weights, right=chosen.right,
    )  # fmt: skip


def _f1_arguments_swapped(
    honest: Score, pooled: Sequence[Predictions], owner: str, classes: int
) -> Score:
    """Truth and prediction exchanged, averaged over seeds like the honest score."""
    seeds = [score_seeds([one.exchanged()], owner, classes) for one in pooled]
    shares = seed_weights(owner, len(seeds))
    replicates = {m.name: (_stacked(seeds, m.name) * shares).sum(axis=1) for m in counting()}
    values = {**honest.values, **_over_seeds(seeds, lambda x: float(np.mean(x)))}
    confusion = np.swapaxes(honest.confusion, -1, -2)
    return replace(honest, values=values, replicates=replicates, confusion=confusion)


REPORTS: Mapping[str, Callable[[Score, Sequence[Predictions], str, int], Score]] = {
    "best_of_seeds": _best_of_seeds,
    "f1_arguments_swapped": _f1_arguments_swapped,
}
"""Flaw of a report to the score that it gives; the names are those of `emobench.REPORTS`."""

MEASURE_OF: Mapping[str, str] = {"f1_arguments_swapped": "weighted_f1"}
"""Flaw of a report to the measure that it changes, where that is not the one that ranks."""


def _over_seeds(seeds: Sequence[Score], reduce: Callable[[list[float]], float]) -> dict[str, float]:
    return {m.name: reduce([one.values[m.name] for one in seeds]) for m in counting()}


def _stacked(seeds: Sequence[Score], measure: str) -> Floats:
    """Replicates of every seed ``[R, S]``."""
    return np.stack([one.replicates[measure] for one in seeds], axis=1)


def _at_best_looks(
    results: Results, entry: ModelEntry, row: ScoreRow, slots: list[Slot], classes: int
) -> ScoreRow:
    """Score each measure at its own look; `row` itself where no looks were kept."""
    assert row.score is not None
    states = {slot: cell_state(results, slot) for slot in slots}
    seeds = complete_seeds(states)
    values, replicates = dict(row.score.values), dict(row.score.replicates)
    looks = []
    for measure in (m.name for m in counting()):
        pooled = list(pooled_seeds(results, seeds, look=measure).values())
        if not pooled or any(one.look != measure for one in pooled):
            return row
        score = score_seeds(pooled, owner_of(entry, row.regime), classes)
        values[measure], replicates[measure] = score.values[measure], score.replicates[measure]
        looks.append(measure)
    score = replace(row.score, values=values, replicates=replicates)
    return replace(row, score=score, without_copies=None, looks=tuple(looks))
