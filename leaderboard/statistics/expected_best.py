"""The expected best dev score of a search as a function of its number of trials.

Dodge, Gururangan, Card, Schwartz and Smith, "Show Your Work: Improved Reporting of Experimental
Results", EMNLP 2019, propose to report it. Their estimator draws the trials with replacement and
is biased downwards (Tang, Lee, Xin, Liu, Yu and Lin, "Showing Your Work Doesn't Always Work", ACL
2020). Here trials are drawn without replacement, which is the unbiased estimator of Tang et al.;
the mean over all subsets has a closed form, so nothing is simulated.

Trial 0 of a search is the model's preset. It is no draw from the search space, and every search
has it: a budget of n trials is the preset and n - 1 random trials.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from emobench.leaderboard.statistics.bootstrap import LEVEL, Estimate
from emobench.leaderboard.statistics.metrics import Floats
from emobench.randomness import resampling_stream

REPLICATES: Final = 1_000
"""Bootstrap replicates of the drawn trials."""

Array = NDArray[np.float64]


def expected_best(preset: Floats, drawn: Floats) -> Array:
    """Return the expected best score of the preset and n - 1 random trials, for every n.

    Parameters
    ----------
    preset
        ``[...]`` scores of the preset.
    drawn
        ``[..., M]`` scores of the random trials.

    Returns
    -------
    NDArray
        ``[..., M + 1]``, the mean over all subsets of n - 1 of the M random trials of the best of
        preset and subset; the first is the preset, the last the best of all.

    Notes
    -----
    Of all subsets of k trials, the share whose best is the i-th smallest of M is
    C(i - 1, k - 1) / C(M, k).
    """
    count = drawn.shape[-1]
    start = np.asarray(preset, np.float64)[..., None]
    # The preset takes part in the maximum only, so scores below it count as the preset's.
    best = np.maximum(np.sort(drawn, axis=-1), start)
    return np.concatenate([start, best @ subset_shares(count)], axis=-1)


def subset_shares(count: int) -> Array:
    """Return ``[M, M]``: share of the subsets of k trials (column) whose best is the i-th (row)."""
    i, k = np.arange(1, count + 1)[:, None], np.arange(1, count + 1)[None, :]
    logs = _log_choose(i - 1, k - 1) - _log_choose(np.full_like(k, count), k)
    return np.where(i >= k, np.exp(logs), 0.0)


def _log_choose(n: Any, k: Any) -> Array:
    found: Array = gammaln(n + 1) - gammaln(k + 1) - gammaln(np.maximum(n - k, 0) + 1)
    return found


def best_replicates(preset: Floats, drawn: Floats, owner: str) -> Array:
    """Return bootstrap replicates of the expected best, mean over folds.

    Parameters
    ----------
    preset
        ``[F]`` scores of the preset in every fold.
    drawn
        ``[F, M]`` scores of the random trials. A trial has the same settings in every fold, so
        each replicate draws the same trials for all of them.
    owner
        Whose search it is; seeds the draws.

    Returns
    -------
    NDArray
        ``[R, M + 1]``.
    """
    count = drawn.shape[-1]
    places = resampling_stream(owner, count).integers(0, max(count, 1), (REPLICATES, count))
    resampled = np.moveaxis(np.asarray(drawn)[:, places], 0, 1)  # [R, F, M]
    start = np.broadcast_to(preset, (REPLICATES, len(preset)))
    return expected_best(start, resampled).mean(axis=1)


def best_curve(preset: Floats, drawn: Floats, replicates: Array) -> list[Estimate]:
    """Return the expected best for every number of trials from 1 on, mean over folds.

    Parameters
    ----------
    preset, drawn
        ``[F]`` and ``[F, M]``.
    replicates
        ``[R, M + 1]`` of `best_replicates`.

    Notes
    -----
    Percentile intervals over resampled trials. No resample holds a better trial than the best that
    was seen, so near the end of the curve they are too narrow at the top (Tang et al. 2020,
    section 3): they say how much luck there was in the draw, and not what a longer search finds.
    """
    values = expected_best(preset, drawn).mean(axis=0)
    low, high = np.quantile(replicates, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return [Estimate(*map(float, one)) for one in zip(values, low, high, strict=True)]
