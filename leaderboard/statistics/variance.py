"""Intervals for a new unit and a new training: crossed variance components and Student's t.

A score is the mean over S trainings of a function of the counts of U units. Leaving out one unit at
a time gives each seed a pseudo-value per unit, and from the table of seeds by units the analysis of
variance takes what units contribute to the score's variance, what seeds do, and what is the two
together. Radiology does the same with readers and cases.

References
----------
.. [1] B. Efron, R. J. Tibshirani. An Introduction to the Bootstrap. Chapman and Hall, 1993.
   Equation 11.5: the jackknife's standard error; section 11.5: pseudo-values.
.. [2] D. D. Dorfman, K. S. Berbaum, C. E. Metz. Receiver operating characteristic rating analysis:
   generalization to the population of readers and patients with the jackknife method.
   Investigative Radiology 27(9), 723-731, 1992.
.. [3] S. L. Hillis, K. S. Berbaum, C. E. Metz. Recent developments in the Dorfman-Berbaum-Metz
   procedure for multireader ROC study analysis. Academic Radiology 15(5), 647-661, 2008.
.. [4] F. E. Satterthwaite. An approximate distribution of estimates of variance components.
   Biometrics Bulletin 2(6), 110-114, 1946.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.bootstrap import LEVEL, Estimate
from emobench.leaderboard.statistics.metrics import Floats
from emobench.leaderboard.statistics.units import UnitCounts

Effects = Mapping[tuple[str, str], NDArray[np.float64]]
"""Owner of the trainings and key of the units, to the effects ``[S, B]`` of seed and unit."""


@dataclass(frozen=True)
class Sampled:
    """A number that would be another one for other units and other trainings.

    Parameters
    ----------
    value
        The number.
    effects
        By how much each seed and unit moves it: ``[S, B]`` by owner of the trainings and key of the
        units, whose mean over both is the number's error to first order. Models on the same units
        share a key, conditions of one training an owner; so differences are paired.
    """

    value: float
    effects: Effects

    @cached_property
    def _parts(self) -> tuple[float, float]:
        return _variance(self.effects)

    @property
    def error(self) -> float:
        """Standard error; infinite where there is one unit alone."""
        return float(np.sqrt(self._parts[0]))

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the standard error, after Satterthwaite [4]_."""
        return self._parts[1]

    @property
    def p_value(self) -> float:
        """Two-sided p that it is zero: below 0.05 just where the interval leaves zero out."""
        if self.error == 0:
            return 1.0 if self.value == 0 else 0.0
        return float(2 * stdtr(self.freedom, -abs(self.value) / self.error))

    def interval(
        self, low: float = -np.inf, high: float = np.inf, level: float = LEVEL
    ) -> Estimate:
        """Return the number with its interval, cut off at the least and the most it can be."""
        quantile = float(stdtrit(self.freedom, (1 + level) / 2)) if self.error else 0.0
        half = quantile * self.error
        return Estimate(self.value, max(self.value - half, low), min(self.value + half, high))


def sampled(counts: UnitCounts, owner: str) -> dict[str, Sampled]:
    """Return every counting measure with the effects of its seeds and units.

    Parameters
    ----------
    counts
        Confusion counts by seed and unit.
    owner
        Whose trainings the seeds are: one owner's conditions share them, two owners' do not.

    Notes
    -----
    The effect of a block is its pseudo-value less the score: (B - 1) (score - score without it).
    """
    whole, rest = counts.total, counts.left_out()
    found = {}
    for measure in measures.counting():
        score = measure.of(whole, counts.multilabel)
        without = measure.of(rest, counts.multilabel) if len(rest) > 1 else score[None]
        # Without its only utterances nothing may be left to score: then there is no telling.
        pseudo = len(rest) * score - (len(rest) - 1) * without
        effects = (pseudo - score.mean()).T
        found[measure.name] = Sampled(float(score.mean()), {(owner, counts.units.key): effects})
    return found


def combined(value: float, terms: Iterable[tuple[float, Sampled]]) -> Sampled:
    """Return a number that depends on others, with their effects.

    Parameters
    ----------
    value
        The number.
    terms
        Its derivative by each of the others, and the other: 1 and -1 for a difference.
    """
    effects: dict[tuple[str, str], NDArray[np.float64]] = {}
    for factor, one in terms:
        for key, effect in one.effects.items():
            effects[key] = effects.get(key, np.zeros_like(effect)) + factor * effect
    return Sampled(value, effects)


def difference_of(first: Sampled, second: Sampled) -> Sampled:
    """Return `first` minus `second`, paired in whatever units and trainings they share."""
    return combined(first.value - second.value, [(1.0, first), (-1.0, second)])


def _variance(effects: Effects) -> tuple[float, float]:
    """Variance of the number and its degrees of freedom.

    The variance of the units' means holds the interaction of units and seeds in full, and so does
    that of the seeds' means: it is taken out of the latter, which never becomes negative [3]_.
    """
    by_units: dict[str, NDArray[np.float64]] = {}
    seeds: dict[str, NDArray[np.float64]] = {}
    both: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for (owner, key), effect in effects.items():
        by_units[key] = by_units.get(key, np.zeros(effect.shape[1])) + effect.mean(axis=0)
        if len(effect) > 1:
            means = effect.mean(axis=1)
            seeds[owner] = seeds.get(owner, np.zeros(len(means))) + means
            both[owner].append(_interaction(effect))
    parts = [_mean_square(means) for means in by_units.values()]
    for owner, means in seeds.items():
        variance, freedom = _mean_square(means)
        if variance > sum(v for v, _ in both[owner]):
            parts += [(variance, freedom), *((-v, f) for v, f in both[owner])]
    total = sum(v for v, _ in parts)
    spread = sum(v * v / f for v, f in parts if v)
    if not np.isfinite(total):
        return np.inf, 1.0
    return total, satterthwaite(total, spread, parts)


def satterthwaite(total: float, spread: float, parts: Iterable[tuple[float, float]]) -> float:
    """Return the degrees of freedom of a sum of variances [4]_.

    Parameters
    ----------
    total
        The sum.
    spread
        Sum of the squared parts, each over its degrees of freedom; infinitely many where it is 0.
    parts
        The variances with their degrees of freedom; those that are taken off are below zero.

    Notes
    -----
    Where a part is taken off, the sum can be small beside the parts, and the formula falls below
    what the least known part has, even below 1, where an interval has no end. A sum is known at
    least as well as the least known of its parts.
    """
    if spread <= 0:
        return np.inf
    return max(total * total / spread, min(f for v, f in parts if v > 0))


def _mean_square(means: NDArray[np.float64]) -> tuple[float, float]:
    """Variance of the mean of n values, and its degrees of freedom."""
    n = len(means)
    return (float(means.var(ddof=1) / n), n - 1.0) if n > 1 else (np.inf, 1.0)


def _interaction(effect: NDArray[np.float64]) -> tuple[float, float]:
    """Variance of the mean of ``[S, B]`` values that neither seeds nor units explain."""
    freedom = (len(effect) - 1.0) * (effect.shape[1] - 1.0)
    if freedom == 0:
        return 0.0, 1.0
    return float(interaction(effect) / effect.size), freedom


def interaction(effects: Floats) -> NDArray[np.float64]:
    """Return the mean square of effects that neither seeds nor units explain.

    Parameters
    ----------
    effects
        ``[..., S, B]`` of S > 1 seeds and B > 1 units.

    Returns
    -------
    NDArray
        ``[...]``: the residual's sum of squares over its (S - 1)(B - 1) degrees of freedom.
    """
    size, n = effects.shape[-2:]
    units, seeds = effects.mean(axis=-2, keepdims=True), effects.mean(axis=-1, keepdims=True)
    rest = effects - units - seeds + effects.mean(axis=(-2, -1), keepdims=True)
    return np.asarray((rest**2).sum(axis=(-2, -1)) / ((size - 1) * (n - 1)), np.float64)
