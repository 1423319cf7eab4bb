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

    Notes
    -----
    A smoothed bootstrap: to every drawn trial noise of the trials' own shape is added (Silverman
    and Young, "The bootstrap: to smooth or not to smooth?", Biometrika 1987). Without it no
    replicate holds a better trial than the best that was seen, and the intervals of the best of
    all trials contain the truth about half of the time; Tang et al. 2020 found the same.
    """
    scores = np.asarray(drawn, np.float64)
    count = scores.shape[-1]
    generator = resampling_stream(owner, count)
    places = generator.integers(0, max(count, 1), (REPLICATES, count))
    shape = _smoothing(scores)  # [F, K]
    noise = generator.standard_normal((REPLICATES, count, shape.shape[1])) @ shape.T
    resampled = np.clip(scores.T[places] + noise, 0.0, 1.0)  # [R, M, F]
    start = np.broadcast_to(preset, (REPLICATES, len(preset)))
    return expected_best(start, np.moveaxis(resampled, 1, 2)).mean(axis=1)


def _smoothing(scores: Array) -> Array:
    """Return ``[F, K]``: what makes K standard normals noise that is spread as the trials are.

    Its scale is Silverman's rule of thumb for a kernel (*Density Estimation*, 1986, equation
    3.31), its correlation between folds that of the trials.
    """
    count = scores.shape[-1]
    if count < 2:
        return np.zeros((len(scores), 1))
    spread = scores.std(axis=-1, ddof=1)
    low, high = np.quantile(scores, [0.25, 0.75], axis=-1)
    middle = (high - low) / 1.34
    # Half of the trials can have one score: then the quartiles say nothing.
    least = np.where(middle > 0, np.minimum(spread, middle), spread)
    share = np.divide(least, spread, out=np.zeros_like(spread), where=spread > 0)
    centred = scores - scores.mean(axis=-1, keepdims=True)
    left, sizes, _ = np.linalg.svd(centred / np.sqrt(count - 1), full_matrices=False)
    found: Array = 0.9 * count**-0.2 * share[:, None] * left * sizes
    return found


def best_curve(preset: Floats, drawn: Floats, replicates: Array) -> list[Estimate]:
    """Return the expected best for every number of trials from 1 on, mean over folds.

    Parameters
    ----------
    preset, drawn
        ``[F]`` and ``[F, M]``.
    replicates
        ``[R, M + 1]`` of `best_replicates`; their percentiles are the intervals.
    """
    values = expected_best(preset, drawn).mean(axis=0)
    low, high = np.quantile(replicates, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return [Estimate(*map(float, one)) for one in zip(values, low, high, strict=True)]
