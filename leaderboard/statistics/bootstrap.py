"""The paired hierarchical bootstrap: seeds and test utterances, both with replacement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.metrics import Floats, Ints
from emobench.randomness import resampling_stream

REPLICATES: Final = 1_000
"""Bootstrap replicates behind every interval."""

LEVEL: Final = 0.95
"""Confidence level of every interval."""


@dataclass(frozen=True)
class Estimate:
    """A number and its percentile interval."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


def estimate(value: float, replicates: Floats) -> Estimate:
    """Put the percentile interval of `replicates` ``[R]`` around `value`."""
    low, high = np.quantile(replicates, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(value), float(low), float(high))


@lru_cache(maxsize=8)
def utterance_weights(test: str, n: int) -> NDArray[np.float32]:
    """How often each replicate draws each utterance, ``[N, R]``.

    Parameters
    ----------
    test
        Digest of the test set: it seeds the draw, so every model on this test set gets the
        same resamples and differences between models are paired.
    n
        Number of utterances N.
    """
    generator = resampling_stream(test, n)
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


def bootstrap(
    truth: Ints, predicted: Ints, classes: int, test: str, owner: str
) -> dict[str, NDArray[np.float64]]:
    """Replicates of every counting measure.

    Parameters
    ----------
    truth
        ``[N]`` class indices, or ``[N, C]`` of zeros and ones.
    predicted
        ``[S, N]`` or ``[S, N, C]``, one row per seed.
    classes
        Number of classes C.
    test, owner
        What seeds the draws; see `utterance_weights` and `seed_weights`.

    Returns
    -------
    dict
        Measure to ``[R]``. Each replicate draws N utterances (the same for every seed) and S
        seeds with replacement and averages the seeds' scores.

    Notes
    -----
    Percentile intervals after Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993.
    With few seeds the spread between seeds is known badly and underestimated, by about
    (S - 1) / S in variance.
    """
    n_seeds, n = predicted.shape[:2]
    shape: tuple[int, ...]
    if multilabel := truth.ndim == 2:  # a matrix of no and yes per class
        shape = (n_seeds, truth.shape[1], 2, 2)
        cells = np.arange(truth.shape[1]) * 4 + truth * 2 + predicted
    else:
        shape = (n_seeds, classes, classes)
        cells = (truth * classes + predicted)[..., None]
    height = int(np.prod(shape[1:]))
    codes = np.arange(n_seeds)[:, None, None] * height + cells
    columns = np.broadcast_to(np.arange(n)[:, None], codes.shape)
    ones = np.ones(codes.size, dtype=np.float32)
    onehot = sparse.csr_matrix(
        (ones, (codes.ravel(), columns.ravel())), shape=(n_seeds * height, n)
    )
    counts = np.asarray(onehot @ utterance_weights(test, n))
    confusions = counts.T.reshape(REPLICATES, *shape)
    shares = seed_weights(owner, n_seeds)
    return {
        m.name: np.asarray((m.of(confusions, multilabel) * shares).sum(axis=1), np.float64)
        for m in measures.counting()
    }
