"""Sequences without information: the train mean, and zeros before standardisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from emobench.discovery.representations import is_discrete
from emobench.errors import ModelError
from emobench.interface.batch import Sequence

if TYPE_CHECKING:
    from emobench.corpus.preparation.fit import Feature
    from emobench.corpus.view import FoldView

Array = NDArray[np.float32]
UNKNOWN = 1
"""Id of every symbol that does not occur in train."""


def mean_sequence(view: FoldView, modality: str, n: int) -> dict[str, Sequence]:
    """The train split's mean at every step, `usual_length` steps, for `n` utterances.

    Symbols (words, characters) have no mean and become the unknown symbol.

    Parameters
    ----------
    view
        One fold. Only its train part is looked at.
    modality
        Modality of the representations.
    n
        Number of utterances.

    Returns
    -------
    Representation to `Sequence` ``[n, T, D]``.
    """
    return _constant(view, modality, n, lambda one: _mean(one, _rows_with(view, modality)))


def zero_sequence(view: FoldView, modality: str, n: int) -> dict[str, Sequence]:
    """Standardised zeros at every step, `usual_length` steps, for `n` utterances.

    Symbols become the unknown symbol, as in `mean_sequence`.
    """
    return _constant(view, modality, n, _zero)


def usual_length(view: FoldView, modality: str) -> int:
    """Median number of steps of the train utterances that have `modality`; of symbols alone 1."""
    features = view.features[modality]
    if all(is_discrete(name) for name in features):
        return 1
    rows = _rows_with(view, modality)
    if not len(rows):
        return 1
    lengths = next(iter(features.values())).table.lengths[rows]
    return max(1, int(np.median(lengths)))


def _rows_with(view: FoldView, modality: str) -> NDArray[np.int64]:
    """Row numbers in the corpus of the train utterances that have `modality`."""
    train = view.parts.train
    column = view.modalities.index(modality)
    there: NDArray[np.int64] = view.source_rows[train[view.available[train, column]]]
    return there


def _constant(
    view: FoldView, modality: str, n: int, vector: Callable[[Feature], Array]
) -> dict[str, Sequence]:
    steps = usual_length(view, modality)
    found = {}
    for name, one in view.features[modality].items():
        unknown = np.full(one.table.size, UNKNOWN, np.float32)
        values = unknown if is_discrete(name) else vector(one)
        # A copy, so that changes of one utterance do not touch the others.
        repeated = torch.from_numpy(values).expand(n, steps, -1).clone()
        found[name] = Sequence(repeated, torch.full((n,), steps, dtype=torch.int64))
    return found


def _mean(one: Feature, rows: NDArray[np.int64]) -> Array:
    """Mean over all steps of `rows` ``[D]``: zero where values are standardised on them."""
    total, count = np.zeros(one.table.size), 0
    if one.mean is None:
        for row in rows:
            values = one[int(row)]
            total += values.sum(axis=0, dtype=np.float64)
            count += len(values)
    return (total / max(count, 1)).astype(np.float32)


def _zero(one: Feature) -> Array:
    """Raw zeros as a model would see them ``[D]``."""
    if one.mean is None or one.scale is None:
        return np.zeros(one.table.size, dtype=np.float32)
    if one.groups is not None:
        raise ModelError(f"{one.name} is standardised by speaker: zeros have no one value")
    zero: Array = (-one.mean * one.scale).astype(np.float32)
    return zero
