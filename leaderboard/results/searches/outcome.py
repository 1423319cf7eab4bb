"""What the searches of one model found: the best on dev, and what is left of it on test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.results.cells import cell_state, complete_seeds, pooled_seeds
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.predictions import UnreadableError
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import Score, score_seeds
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.measures import RANKING
from emobench.leaderboard.statistics.variance import Sampled, combined
from emobench.store.records import SearchResult, Slot, TrainingReport


@dataclass(frozen=True)
class Outcome:
    """The searches of one model in one regime, for the split of its main condition.

    Parameters
    ----------
    results
        One per fold, in the order of the folds.
    best_on_dev
        Dev macro-F1 of the chosen trials, mean over folds; None unless each has a score. Of a model
        with nothing to search, that of its preset's own trainings, mean over folds and seeds.
    optimism
        Mean over folds of what the chosen trial scored on dev less what its configuration scores
        on the fold's test part, mean over seeds. None unless every fold is done.
    """

    results: tuple[SearchResult, ...]
    best_on_dev: float | None = None
    optimism: Estimate | None = None

    @property
    def asked(self) -> int:
        """Trials over all folds."""
        return sum(len(result.trials) for result in self.results)

    @property
    def stopped(self) -> int:
        """Trials that successive halving stopped early, over all folds."""
        return sum(trial.stopped for result in self.results for trial in result.trials)

    @property
    def failed(self) -> int:
        """Trials without a score, over all folds."""
        return sum(trial.score is None for result in self.results for trial in result.trials)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why trials failed, each reason once."""
        found = (trial.failed for result in self.results for trial in result.trials)
        return tuple(dict.fromkeys(filter(None, found)))

    @property
    def kept_preset(self) -> int:
        """Folds for which the preset was chosen."""
        return sum(result.chosen == 0 for result in self.results)


def search_outcomes(results: Results, entry: ModelEntry, classes: int) -> dict[str, Outcome]:
    """Return regime to what the searches of `entry` found.

    Parameters
    ----------
    results
        Where the cells lie.
    entry
        A model with a search.
    classes
        Number of classes of the corpus; 0 takes it from the predictions.
    """
    if entry.search is None:
        return {}
    condition = entry.main_condition
    found = {}
    for regime in entry.regimes:
        slots = [s for s in entry.slots if (s.regime, s.condition) == (regime.name, condition)]
        split = slots[0].split if slots else ""
        mine = tuple(r for r in entry.search.results if (r.regime, r.split) == (regime.name, split))
        if mine:
            best = best_scores(mine)
            owner = "/".join((entry.default_model, *entry.newest.subject[1:5], regime.name))
            left = _optimism(best, _test_scores(results, entry, slots, owner, classes))
            mean = float(np.mean([*best.values()])) if len(best) == len(mine) else None
            found[regime.name] = Outcome(mine, mean, left)
        elif not entry.search.space:
            found[regime.name] = Outcome((), _preset_on_dev(results, slots))
    return found


def _preset_on_dev(results: Results, slots: Sequence[Slot]) -> float | None:
    """Dev macro-F1 of the trainings of some cells, mean over seeds and then folds.

    None unless each of them has its score: those of older folders can lack it.
    """
    by_fold: dict[int, list[float]] = {}
    for slot in slots:
        report = results.training(slot.training) if slot.training else None
        if not isinstance(report, TrainingReport) or report.dev_macro_f1 is None:
            return None
        by_fold.setdefault(slot.fold, []).append(report.dev_macro_f1)
    means = [float(np.mean(scores)) for scores in by_fold.values()]
    return float(np.mean(means)) if means else None


def best_scores(results: Sequence[SearchResult]) -> dict[int, float]:
    """Return fold to the dev score of its chosen trial, where it has one."""
    return {
        result.fold: trial.score
        for result in results
        for trial in result.trials
        if trial.trial == result.chosen and trial.score is not None
    }


def _test_scores(
    results: Results, entry: ModelEntry, slots: Sequence[Slot], owner: str, classes: int
) -> dict[int, Score]:
    """Fold to the score of its own test part over the complete seeds; empty without any.

    Folds are scored apart because each has a choice of its own: pooled, the best on dev of one
    fold would be compared with the test part of another.
    """
    seeds = complete_seeds({slot: cell_state(results, slot) for slot in slots})
    if not seeds:
        return {}
    owner, units = f"{owner}/{','.join(map(str, seeds))}", results.units(entry.newest)
    found = {}
    for fold in sorted({slot.fold for slot in slots}):
        mine = {seed: [s for s in cells if s.fold == fold] for seed, cells in seeds.items()}
        try:
            pooled = [*pooled_seeds(results, mine).values()]
            found[fold] = score_seeds(pooled, owner, classes, units)
        except UnreadableError:
            return {}
    return found


def _optimism(best: dict[int, float], tested: dict[int, Score]) -> Estimate | None:
    """Mean over folds of best on dev less test, for other test units and other trainings.

    The best on dev is taken as it is: what another dev part would have promised is not in the
    interval. Where a fold tests on one unit alone, the folds themselves are the units.
    """
    if not tested or set(best) != set(tested):
        return None
    folds = sorted(best)
    value = float(np.mean([best[fold] - tested[fold].values[RANKING] for fold in folds]))
    if len(folds) > 1 and any(score.n_units < 2 for score in tested.values()):
        gaps = np.stack([best[fold] - _by_seed(tested[fold]) for fold in folds], axis=1)  # [S, F]
        owner = tested[folds[0]].owner
        return Sampled(value, {(owner, "folds"): gaps - value}).interval(-1.0, 1.0)
    terms = [(-1 / len(folds), tested[fold].sampled[RANKING]) for fold in folds]
    return combined(value, terms).interval(-1.0, 1.0)


def _by_seed(score: Score) -> NDArray[np.float64]:
    """The ranking measure of each seed, ``[S]``."""
    measure = next(m for m in measures.counting() if m.name == RANKING)
    return np.asarray(measure.of(score.counts.total, score.counts.multilabel), np.float64)
