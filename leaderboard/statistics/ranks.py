"""Ranks that hold for all models at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr

from emobench.leaderboard.statistics.bootstrap import LEVEL
from emobench.leaderboard.statistics.components import PairErrors
from emobench.leaderboard.statistics.metrics import Floats

ROUNDING: Final = 1e-12
"""No more than this is no error but that of rounding: models that decide alike."""


@dataclass(frozen=True)
class RankSet:
    """The places that p models can hold.

    Parameters
    ----------
    better
        ``[p, p]`` bool: whether the model of the row is shown to be better than that of the column.
    alpha
        The level, two-sided, at which the first step tests each pair: what is left of 1 − `LEVEL`
        for one pair when all of them are tested. It says how large a difference has to be.
    """

    better: NDArray[np.bool_]
    alpha: float

    @property
    def first(self) -> NDArray[np.int64]:
        """1 + the number of models that are shown to be better, ``[p]``."""
        found: NDArray[np.int64] = 1 + self.better.sum(axis=0)
        return found

    @property
    def last(self) -> NDArray[np.int64]:
        """The number of models less those that are shown to be worse, ``[p]``."""
        found: NDArray[np.int64] = len(self.better) - self.better.sum(axis=1)
        return found


def normal_scores(gaps: Floats, errors: Floats, degrees: Floats) -> NDArray[np.float64]:
    """Turn differences into normal scores with the same tail as their t.

    Parameters
    ----------
    gaps, errors, degrees
        Differences, their standard errors and degrees of freedom, of any equal shape. An error of
        0 means a difference of 0 and gives 0, and so does an error that is not known (NaN).

    Returns
    -------
    NDArray
        Of the same shape: normally distributed where the true difference is 0, whatever the
        degrees of freedom, so that pairs with few and with many can share a critical value.
    """
    known = np.isfinite(errors) & (errors > ROUNDING) & (degrees > 0)
    ratio = np.divide(gaps, errors, out=np.zeros(np.shape(gaps)), where=known)
    tail = stdtr(np.where(known, degrees, 1.0), -np.abs(ratio))
    scores: NDArray[np.float64] = np.where(known, -np.sign(ratio) * ndtri(tail), 0.0)
    return scores


def simultaneous_ranks(pairs: PairErrors, replicates: Floats) -> RankSet:
    """Find which models are better than which others, all pairs at one family-wise level.

    Parameters
    ----------
    pairs
        All differences of the p models.
    replicates
        ``[p, R]`` bootstrap replicates of the scores, all models on the same draws.

    Returns
    -------
    RankSet
        With probability `LEVEL` no model in it is called better than another wrongly, and then
        every model's true rank lies between its `first` and `last`.

    Notes
    -----
    Mogstad, Romano, Shaikh and Wilhelm, "Inference for Ranks with Applications to Mobility across
    Neighborhoods and Academic Achievement across Countries", *Review of Economic Studies* 91
    (2024), in the form of the authors' R package csranks (two-sided, simultaneous, stepdown): a
    bootstrap of the largest studentised difference, and the stepwise improvement. The hypotheses
    are one-sided, one for each ordered pair ("this model is no better than that one"), so a step
    that drops those already refuted cannot call the wrong one of two models the better. At first,
    every pair is among them in both directions: the largest signed difference is the largest
    absolute one.

    Two changes for few units. Each difference is compared with Student's t instead of the normal
    distribution (`normal_scores`), since its error is itself estimated. And the bootstrap is
    standardised by its own spread, so that it says how pairs hang together and not how wide each
    one is: with few units, it draws too narrowly.
    """
    p = len(pairs.gaps)
    better = np.zeros((p, p), dtype=bool)
    if p < 2:
        return RankSet(better, 1 - LEVEL)
    scores = normal_scores(pairs.gaps, pairs.errors, pairs.degrees)
    left, right = np.triu_indices(p, 1)
    drawn = replicates[left] - replicates[right]  # [pairs, R]
    centred = drawn - drawn.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, ddof=1, keepdims=True)
    has_spread = spread > ROUNDING
    null = np.divide(centred, spread, out=np.zeros_like(centred), where=has_spread)
    # Both directions of each pair; a refuted one is dropped, its opposite stays.
    observed = np.concatenate([scores[left, right], scores[right, left]])
    signed = np.concatenate([null, -null])
    kept = np.ones(len(observed), dtype=bool)
    first_bound = bound = _bound(signed)
    while (refuted := kept & (observed > bound)).any():
        kept &= ~refuted
        bound = _bound(signed[kept])
    better[left, right] = ~kept[: len(left)]
    better[right, left] = ~kept[len(left) :]
    return RankSet(better, min(float(2 * ndtr(-first_bound)), 1 - LEVEL))


def _bound(null: Floats) -> float:
    """What the largest of ``[hypotheses, R]`` normal scores exceeds with 1 − `LEVEL` at most.

    Never less than for one hypothesis alone.
    """
    return max(float(np.quantile(null.max(axis=0), LEVEL)), float(ndtri(LEVEL)))
