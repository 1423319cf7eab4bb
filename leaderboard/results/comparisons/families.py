"""All rows of a table as one family: ranks, planned contrasts, what differences are found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from emobench.leaderboard.results.scoring import Score
from emobench.leaderboard.statistics.bootstrap import LEVEL, Estimate
from emobench.leaderboard.statistics.components import PairErrors, pair_errors
from emobench.leaderboard.statistics.holm import adjusted
from emobench.leaderboard.statistics.measures import RANKING
from emobench.leaderboard.statistics.power import detectable
from emobench.leaderboard.statistics.ranks import RankSet, simultaneous_ranks
from emobench.leaderboard.statistics.variance import difference_of


@dataclass(frozen=True)
class PlannedContrast:
    """A model less a reference, with a p-value for all planned contrasts of the table.

    Parameters
    ----------
    gap
        The difference with its interval, for this contrast alone.
    p_value
        Adjusted after Holm: below 0.05 where the difference is shown. NaN with one unit.
    """

    gap: Estimate
    p_value: float

    @property
    def is_shown(self) -> bool:
        """Whether the difference holds among all planned contrasts."""
        return self.p_value < 1 - LEVEL


@dataclass(frozen=True)
class Resolution:
    """The least true differences that are found with 80% power; medians over pairs of models.

    Parameters
    ----------
    alone
        By the comparison of two models that were chosen beforehand.
    low, high
        The smallest and the largest of these over the pairs.
    ranked
        By the ranks, where all pairs are tested at once; None with one pair.
    n_pairs
        Number of pairs, those of models that decide alike not counted.
    n_units, unit
        Number of test units, and what one is.
    seeds
        Least and greatest number of seeds of a model that seeds change; zeros if there is none.
    """

    alone: float
    low: float
    high: float
    ranked: float | None
    n_pairs: int
    n_units: int
    unit: str
    seeds: tuple[int, int]


class Family:
    """Rows that were tested on the same utterances, and all differences between them.

    Parameters
    ----------
    scores
        Label to score, complete rows only. Those that were tested on other utterances than most,
        or whose units are others, are left out: no paired difference exists. So are means over
        trainings with different numbers of seeds, which have no common effect of a seed.
    measure
        What to compare.
    fixed
        Labels of the models that are the same under every seed.
    """

    def __init__(
        self,
        scores: Mapping[str, Score],
        measure: str = RANKING,
        fixed: Collection[str] = frozenset(),
    ) -> None:
        tests = [score.test for score in scores.values()]
        usual = max(sorted(set(tests)), key=tests.count, default="")
        self.scores = {
            label: one
            for label, one in scores.items()
            if one.test == usual and _are_joint(one, measure)
        }
        self.measure = measure
        self.fixed = fixed
        self._place = {label: i for i, label in enumerate(self.scores)}
        self._rank_sets: dict[tuple[str, ...], RankSet] = {}

    @cached_property
    def pairs(self) -> PairErrors:
        """All differences, in the order of `scores`."""
        values = [score.values[self.measure] for score in self.scores.values()]
        effects = [effects_of(score, self.measure) for score in self.scores.values()]
        return pair_errors(values, effects, [label in self.fixed for label in self.scores])

    def _only(self, labels: Collection[str]) -> tuple[tuple[str, ...], PairErrors]:
        """The known ones of `labels` and the differences between them."""
        names = tuple(label for label in labels if label in self._place)
        rows = np.ix_(*[[self._place[label] for label in names]] * 2)
        pairs = self.pairs
        return names, PairErrors(pairs.gaps[rows], pairs.errors[rows], pairs.degrees[rows])

    def rank_set(self, labels: Collection[str]) -> tuple[tuple[str, ...], RankSet]:
        """Return which of the models `labels` are shown to be better than which others.

        Returns
        -------
        tuple
            The models of `labels` that are in the family, and their ranks in this order.
        """
        names, pairs = self._only(labels)
        if names not in self._rank_sets:
            some = [self.scores[name] for name in names]
            drawn = [one.drawn(self.measure) for one in some]
            self._rank_sets[names] = simultaneous_ranks(pairs, np.array(drawn))
        return names, self._rank_sets[names]

    def resolution(self, labels: Collection[str], is_ranked: bool = True) -> Resolution | None:
        """Return what differences between the models `labels` are found.

        Parameters
        ----------
        labels
            The models.
        is_ranked
            Whether the table ranks them.

        Returns
        -------
        Resolution or None
            None with fewer than two models, or where nothing is known of another sample: one unit,
            or models that all decide alike.
        """
        names, pairs = self._only(labels)
        alpha = self.rank_set(labels)[1].alpha
        left, right = np.triu_indices(len(names), 1)
        both = [*zip(pairs.errors[left, right], pairs.degrees[left, right], strict=True)]
        known = [(e, d) for e, d in both if np.isfinite(e) and e > 0]
        if not known:
            return None
        alone = [detectable(e, d) for e, d in known]
        ranked = [detectable(e, d, alpha) for e, d in known] if is_ranked and len(both) > 1 else []
        first = self.scores[names[0]]
        seeds = [self.scores[name].n_seeds for name in names if name not in self.fixed] or [0]
        return Resolution(
            float(np.median(alone)), min(alone), max(alone),
            float(np.median(ranked)) if ranked else None, len(known),
            first.n_units, first.unit or "utterance", (min(seeds), max(seeds)),
        )  # fmt: skip

    def contrasts(
        self, labels: Collection[str], references: Mapping[str, Sequence[str]]
    ) -> dict[tuple[str, str], PlannedContrast]:
        """Compare every model with every reference, all of them under Holm's correction.

        Parameters
        ----------
        labels
            The models.
        references
            Name of a contrast to the rows that stand for it: one row, or several of which the best
            counts, whichever it may be.

        Returns
        -------
        dict
            (label, name of the contrast) to the difference.

        Notes
        -----
        A contrast's own p and those of the pooled errors of `pair_errors` have to agree: the larger
        one counts, so that no difference is shown whose own interval has zero in it.
        """
        here = {
            name: [row for row in rows if row in self.scores] for name, rows in references.items()
        }
        keys = [
            (label, name)
            for label in labels
            if label in self.scores
            for name, rows in here.items()
            if rows and label not in rows
        ]
        gaps = {key: self._against_best(key[0], here[key[1]]) for key in keys}
        holm = adjusted(np.array([self._pooled_p(label, here[name]) for label, name in keys]))
        return {
            key: PlannedContrast(gaps[key][0], float(max(gaps[key][1], p)))
            for key, p in zip(keys, holm, strict=True)
        }

    def _against_best(self, label: str, rows: Sequence[str]) -> tuple[Estimate, float]:
        """A model less the best of `rows`, whichever is truly the best, with interval and p."""
        mine = self.scores[label].sampled[self.measure]
        found = [difference_of(mine, self.scores[row].sampled[self.measure]) for row in rows]
        pairs = [(one.value, one.error, one.freedom) for one in found]
        low = min(v - _reach(e, d, 1) for v, e, d in pairs)
        high = min(v + _reach(e, d, len(pairs)) for v, e, d in pairs)
        gap = Estimate(min(v for v, _, _ in pairs), max(low, -1.0), min(high, 1.0))
        return gap, best_of_p(pairs)

    def _pooled_p(self, label: str, rows: Sequence[str]) -> float:
        mine, others = self._place[label], [self._place[row] for row in rows]
        pairs = self.pairs
        return best_of_p(
            [(pairs.gaps[mine, i], pairs.errors[mine, i], pairs.degrees[mine, i]) for i in others]
        )


def effects_of(score: Score, measure: str) -> NDArray[np.float64]:
    """Return how each seed and block of units moves a score, ``[S, B]``.

    A mean over conditions with trainings of their own is moved by the sum of what moves its parts:
    their units are the same, and their seeds are independent, whichever of them are added.
    """
    parts = list(score.sampled[measure].effects.values())
    return np.sum(parts, axis=0) if len(parts) > 1 else parts[0]


def _are_joint(score: Score, measure: str) -> bool:
    """Whether all parts of a score have the same units and as many seeds."""
    effects = score.sampled[measure].effects
    return len({(units, part.shape) for (_, units), part in effects.items()}) == 1


def decides_alike(first: Score, second: Score, measure: str) -> bool:
    """Whether no unit under any seed makes a difference between two models."""
    same = np.array_equal(effects_of(first, measure), effects_of(second, measure))
    return same and first.values[measure] == second.values[measure]


def best_of_p(pairs: Sequence[tuple[float, float, float]]) -> float:
    """Return the two-sided p that a model scores as the best of some references does.

    Parameters
    ----------
    pairs
        Difference to each reference, its standard error and degrees of freedom.

    Notes
    -----
    Nobody has to know which reference is the best; none is chosen by its score on the test part.
    A model is better than the best only if it is better than each: all one-sided tests have to
    reject, at full level (Berger, "Multiparameter hypothesis testing and acceptance sampling",
    *Technometrics* 24, 1982). It is worse than the best if it is worse than any: the smallest p
    counts as often as there are references (Bonferroni). The interval is made likewise: its lower
    end is the lowest of all at full level, its upper end the lowest at a level divided among them.
    """
    above = max(_one_sided(v, e, d) for v, e, d in pairs)
    below = min(_one_sided(-v, e, d) for v, e, d in pairs)
    return min(1.0, 2 * min(above, len(pairs) * below))


def _one_sided(gap: float, error: float, degrees: float) -> float:
    if error == 0:
        return 0.0 if gap > 0 else 1.0
    if not np.isfinite(error):
        return 1.0
    return float(stdtr(degrees, -gap / error))


def _reach(error: float, degrees: float, shared: int) -> float:
    """Half an interval at `LEVEL`, whose one side is shared by so many tests."""
    if error == 0 or not np.isfinite(error):
        return error
    return error * float(stdtrit(degrees, 1 - (1 - LEVEL) / 2 / shared))
