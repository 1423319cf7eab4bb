"""How large a difference has to be to be found, and how much more data would find a smaller one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.special import nctdtr, nctdtrinc, stdtrit

from emobench.leaderboard.statistics.bootstrap import LEVEL
from emobench.leaderboard.statistics.components import Components

POWER: Final = 0.8
"""How surely a difference has to be found."""

MOST_UNITS: Final = 1_000_000
MOST_SEEDS: Final = 10_000
"""Beyond these numbers nothing is proposed."""


def power_of(gap: float, error: float, degrees: float, alpha: float = 1 - LEVEL) -> float:
    """Return the probability that a true difference is found, in its true direction.

    Parameters
    ----------
    gap
        The true difference; its sign does not matter.
    error, degrees
        Standard error of the estimated difference and its degrees of freedom.
    alpha
        Two-sided level of the test.

    Returns
    -------
    float
        From the noncentral t distribution. NaN where the error is 0, not known or infinite: then
        nothing is known of what another sample would give.
    """
    if not np.isfinite(error) or error <= 0 or degrees <= 0:
        return float("nan")
    bound = stdtrit(degrees, 1 - alpha / 2)
    return float(1 - nctdtr(degrees, abs(gap) / error, bound))


def detectable(
    error: float, degrees: float, alpha: float = 1 - LEVEL, power: float = POWER
) -> float:
    """Return the smallest true difference that is found with probability `power`; see `power_of`.

    NaN where `power_of` is.
    """
    if not np.isfinite(error) or error <= 0 or degrees <= 0:
        return float("nan")
    return float(error * nctdtrinc(degrees, 1 - power, stdtrit(degrees, 1 - alpha / 2)))


def units_needed(
    found: Components, gap: float, power: float = POWER, n_seeds: int | None = None
) -> int | None:
    """Return the least number of units of the same kind that find `gap`.

    With as many seeds as there are, or with `n_seeds` of each model. None where no number does,
    since the seeds alone are too uncertain, or nothing is known.
    """

    def chance(n: int) -> float:
        return power_of(gap, found.error(n, n_seeds), found.degrees(n, n_seeds))

    return _least(chance, power, MOST_UNITS)


def seeds_needed(found: Components, gap: float, power: float = POWER) -> int | None:
    """Return the least number of seeds of each model, on these units, that find `gap`.

    None where no number does, since the units alone are too uncertain, or nothing is known: with
    one seed nobody knows what more of them would change.
    """
    if found.one_seed:
        return None

    def chance(n: int) -> float:
        return power_of(gap, found.error(n_seeds=n), found.degrees(n_seeds=n))

    return _least(chance, power, MOST_SEEDS)


def _least(chance: Callable[[int], float], power: float, most: int) -> int | None:
    """Least n of at least 2 with ``chance(n) >= power``, which grows with n."""
    high = 2
    while not chance(high) >= power:
        if high >= most:
            return None
        high = min(2 * high, most)
    low = high // 2 if high > 2 else 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(middle) >= power else (middle, high)
    return high
