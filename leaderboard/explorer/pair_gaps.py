"""Differences of many pairs at once, each with its interval as if it were looked at alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from emobench.leaderboard.statistics.bootstrap import LEVEL
from emobench.leaderboard.statistics.metrics import Floats
from emobench.leaderboard.statistics.variance import Sampled, difference_of, interaction

Pairs = Sequence[tuple[int, int]]
"""Positions of the first and the second number of each difference."""


@dataclass(frozen=True)
class Gaps:
    """Differences ``[P]`` with the ends of their intervals, in the units of the scores."""

    values: NDArray[np.float64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]


@dataclass(frozen=True)
class _Side:
    """What one number brings into its differences.

    ``means`` ``[B]`` are its effects of units; ``variance`` and ``spread`` are what its seeds add
    to the variance, and to the sum of squared variances over their degrees of freedom, of which
    ``least`` are the fewest.
    """

    value: float
    owner: str
    key: str
    means: Floats
    variance: float
    spread: float
    least: float


def gaps(some: Sequence[Sampled], pairs: Pairs) -> Gaps:
    """Return differences of scores, first less second.

    Parameters
    ----------
    some
        The scores, all on the same test utterances.
    pairs
        Which to compare.

    Returns
    -------
    Gaps
        In the order of `pairs`: what ``difference_of(first, second).interval(-1, 1)`` says of each.

    Notes
    -----
    The two-way analysis of variance of `emobench.leaderboard.statistics.variance`. A pair of two
    trainings' owners on the same units shares its units alone, so all but one part of its variance
    is known from each side, and many pairs cost as much as a few.
    """
    sides = _sides(some)
    found = np.full((3, len(pairs)), np.nan)
    quick: dict[str, list[int]] = defaultdict(list)
    for place, (i, j) in enumerate(pairs):
        a, b = sides[i], sides[j]
        if a is not None and b is not None and a.key == b.key and a.owner != b.owner:
            quick[a.key].append(place)
            continue
        one = difference_of(some[i], some[j]).interval(-1.0, 1.0)
        found[:, place] = one.value, one.low, one.high
    for some_places in quick.values():
        listed = np.array([pairs[place] for place in some_places])
        known = {int(i): side for i in np.unique(listed) if (side := sides[i]) is not None}
        found[:, some_places] = _paired(known, listed)
    return Gaps(*found)


def _sides(some: Sequence[Sampled]) -> list[_Side | None]:
    """Each number's part; None for one that rests on several sets of trainings or units."""
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for place, one in enumerate(some):
        if len(one.effects) == 1:
            groups[next(iter(one.effects.values())).shape].append(place)
    found: list[_Side | None] = [None] * len(some)
    for alike in groups.values():
        effects = np.stack([next(iter(some[place].effects.values())) for place in alike])
        variances, spreads = _of_seeds(effects)
        means = effects.mean(axis=1)
        for row, place in enumerate(alike):
            owner, key = next(iter(some[place].effects))
            least = effects.shape[1] - 1.0 if spreads[row] else np.inf
            parts = (means[row], float(variances[row]), float(spreads[row]), least)
            found[place] = _Side(some[place].value, owner, key, *parts)
    return found


def _of_seeds(effects: Floats) -> tuple[Floats, Floats]:
    """What seeds add to the variance and to its spread, ``[P]`` each, from ``[P, S, B]``."""
    n, size, blocks = effects.shape
    if size < 2 or blocks < 2:
        return np.zeros(n), np.zeros(n)
    between = effects.mean(axis=2).var(axis=1, ddof=1) / size
    both = interaction(effects) / (size * blocks)
    freedom = (size - 1) * (blocks - 1)
    # What seeds and units do together is in the units' part already.
    is_more = between > both
    spread = between**2 / (size - 1) + both**2 / freedom
    return np.where(is_more, between - both, 0.0), np.where(is_more, spread, 0.0)


def _paired(sides: dict[int, _Side], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Differences, lower and upper ends ``[3, P]`` of pairs on the same units."""
    place = {i: row for row, i in enumerate(sides)}
    left, right = ([place[int(i)] for i in column] for column in pairs.T)
    listed = list(sides.values())

    def numbers(name: str) -> NDArray[np.float64]:
        return np.array([getattr(one, name) for one in listed], np.float64)

    values, variance, spread, least = map(numbers, ("value", "variance", "spread", "least"))
    gap = values[left] - values[right]
    means = np.array([one.means for one in listed])
    n = means.shape[1]
    if n < 2:
        return np.array([gap, np.full(len(gap), -1.0), np.full(len(gap), 1.0)])
    units = (means[left] - means[right]).var(axis=1, ddof=1) / n
    total = units + variance[left] + variance[right]
    over = units**2 / (n - 1) + spread[left] + spread[right]
    freedom = np.divide(total**2, over, out=np.full(len(gap), np.inf), where=over > 0)
    # As `satterthwaite` does: no fewer than the least known part has.
    fewest = np.minimum(least[left], least[right])
    freedom = np.maximum(freedom, np.where(units > 0, np.minimum(fewest, n - 1.0), fewest))
    reach = np.zeros(len(gap))
    moved = total > 0
    quantiles = stdtrit(freedom[moved], (1 + LEVEL) / 2)
    reach[moved] = quantiles * np.sqrt(total[moved])
    return np.array([gap, np.maximum(gap - reach, -1.0), np.minimum(gap + reach, 1.0)])
