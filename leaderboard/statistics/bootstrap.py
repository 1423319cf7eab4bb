"""The paired bootstrap over units and seeds, both with replacement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.units import UnitCounts
from emobench.randomness import resampling_stream

REPLICATES: Final = 1_000
"""Bootstrap replicates behind every comparison of many models."""

LEVEL: Final = 0.95
"""Confidence level of every interval."""


@dataclass(frozen=True)
class Estimate:
    """A number and its interval."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


@lru_cache(maxsize=8)
def unit_weights(key: str, n: int) -> NDArray[np.float32]:
    """How often each replicate draws each unit, ``[U, R]``.

    Parameters
    ----------
    key
        Digest of the units: it seeds the draw, so every model on these units gets the same
        resamples and differences between models are paired.
    n
        Number of units U.
    """
    generator = resampling_stream(key, n)
    drawn = generator.multinomial(n, np.full(n, 1 / n), size=REPLICATES)
    return np.ascontiguousarray(drawn.T, dtype=np.float32)


def seed_weights(owner: str, n_seeds: int) -> NDArray[np.float64]:
    """Share of each seed in each replicate, ``[R, S]``, rows summing to 1.

    Parameters
    ----------
    owner
        Whose trainings these are. Seeds of different trainings have nothing in common, so
        each owner draws its own; one owner draws the same for all its conditions.
    n_seeds
        Number of seeds S.
    """
    generator = resampling_stream(owner, n_seeds)
    share = np.full(n_seeds, 1 / n_seeds)
    drawn: NDArray[np.float64] = generator.multinomial(n_seeds, share, size=REPLICATES) / n_seeds
    return drawn


def bootstrap(counts: UnitCounts, owner: str, only: str = "") -> dict[str, NDArray[np.float64]]:
    """Replicates of every counting measure.

    Parameters
    ----------
    counts
        Confusion counts by seed and unit.
    owner
        Whose trainings these are; see `seed_weights`.
    only
        One measure; empty for all of them.

    Returns
    -------
    dict
        Measure to ``[R]``. Each replicate draws U units (the same for every seed and model) and S
        seeds with replacement and averages the seeds' scores.

    Notes
    -----
    Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, chapters 6 and 8; units and
    seeds are crossed and each resampled whole (Owen 2007, section 3: the pigeonhole bootstrap).
    The spread of few seeds is too small in it, by (S - 1) / S in variance; intervals therefore
    come from `emobench.leaderboard.statistics.variance`.
    """
    weights = unit_weights(counts.units.key, len(counts.units))
    confusions = counts.weighted(weights)
    shares = seed_weights(owner, counts.shape[0])
    return {
        m.name: np.asarray((m.of(confusions, counts.multilabel) * shares).sum(axis=1), np.float64)
        for m in measures.counting()
        if only in ("", m.name)
    }
