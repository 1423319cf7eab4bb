"""Which modalities a test utterance shows: deterministic, per utterance, the same for every model.

A mask is a pure function of (mask seed, utterance id, condition). Rates share one uniform number
per (utterance, modality), so what is missing at a low rate is missing at a higher one too, and
a robustness curve compares like with like.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from emobench.interface.protocol import Condition
from emobench.mask_set import MaskSet

MASK_SEED = 20260101
"""Seed of every published mask; changing it would change every number."""

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def digits(text: str) -> int:
    """A number in [0, 2**56) that is a pure function of `text`."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")


def uniforms(ids: Sequence[str], modalities: Sequence[str], seed: int = MASK_SEED) -> Array:
    """One number in [0, 1) per (utterance, modality), from a hash: ``[N, M]``."""
    values = np.empty((len(ids), len(modalities)))
    for i, utterance in enumerate(ids):
        for j, modality in enumerate(modalities):
            values[i, j] = digits(f"{seed}|{utterance}|{modality}") / 2**56
    return values


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
    """Keep-mask ``[N, M]``: drop what lies below the probability, never the largest available."""
    kept = values >= drop
    best = np.where(available, values, -1.0).argmax(axis=1)
    kept[np.arange(len(values)), best] = True
    return kept & available


def random_mask(values: Array, available: Mask, rate: float) -> Mask:
    """Keep-mask ``[N, M]`` for a missing rate, from uniforms ``[N, M]``."""
    by_count = np.array([drop_probability(rate, k) for k in range(available.shape[1] + 1)])
    return keep(values, available, by_count[available.sum(axis=1)][:, None])


def condition_mask(
    condition: Condition,
    ids: Sequence[str],
    modalities: Sequence[str],
    available: Mask,
    masks: MaskSet | None = None,
    seed: int = MASK_SEED,
) -> Mask:
    """Keep-mask ``[N, M]`` of `condition`; rows can be all false when a subset excludes them.

    Parameters
    ----------
    condition
        What the test inputs look like.
    ids
        Utterance ids, N of them.
    modalities
        The corpus's modalities, M of them.
    available
        ``[N, M]`` bool, which modalities each utterance really has.
    masks
        Imported masks, which take the place of our draw for the conditions that they have.
    seed
        Mask seed.
    """
    if condition.present is not None:
        subset = np.array([m in condition.present for m in modalities])
        return available & subset[None, :]
    if masks is not None and condition.drawn in masks.kept:
        return available & masks.of(condition.drawn, ids, modalities)
    if condition.rate <= 0:
        return available.copy()
    return random_mask(uniforms(ids, modalities, seed), available, condition.rate)


def missing_rate(mask: Mask, available: Mask) -> float:
    """Share of the available (utterance, modality) pairs that `mask` erases."""
    total = int(available.sum())
    return 1.0 - float((mask & available).sum()) / total if total else 0.0
