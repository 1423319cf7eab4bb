"""Which modalities a test utterance shows under a condition.

A mask is a pure function of (mask seed, utterance id, condition), the same for every model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emobench.conditions.mask_set import MaskSet
from emobench.interface.protocol import Condition
from emobench.missingness import Mask, random_mask
from emobench.randomness import MASK_SEED, uniforms


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
