"""Random missingness: which modalities of an utterance a draw erases at a given rate.

All rates share a uniform number per (utterance, modality). So a modality that is missing at a low
rate is missing at every higher rate too, and a robustness curve compares like with like.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def drop_probability(rate: float, count: int) -> float:
    """Probability of dropping each of `count` modalities that leads to a missing rate of `rate`.

    One modality is always kept, so independent drops with probability p erase a share of
    p - p**count / count; this inverts it. The rate is 1 - sum|u_i| / (N * count), CyIN
    (NeurIPS 2025), appendix E. It can reach (count - 1) / count at most; beyond, p is 1.
    """
    if count < 2 or rate <= 0:
        return 0.0
    if rate >= (count - 1) / count:
        return 1.0
    return float(brentq(lambda p: p - p**count / count - rate, 0.0, 1.0))


def keep(values: Array, available: Mask, drop: Array | float) -> Mask:
    """Keep-mask ``[N, M]``: drop values below the probability, but never the largest available."""
    kept = values >= drop
    best = np.where(available, values, -1.0).argmax(axis=1)
    kept[np.arange(len(values)), best] = True
    return kept & available


def random_mask(values: Array, available: Mask, rate: float) -> Mask:
    """Keep-mask ``[N, M]`` for a missing rate, from uniforms ``[N, M]``."""
    by_count = np.array([drop_probability(rate, k) for k in range(available.shape[1] + 1)])
    return keep(values, available, by_count[available.sum(axis=1)][:, None])


def missing_rate(mask: Mask, available: Mask) -> float:
    """Share of the available (utterance, modality) pairs that `mask` erases."""
    total = int(available.sum())
    return 1.0 - float((mask & available).sum()) / total if total else 0.0
