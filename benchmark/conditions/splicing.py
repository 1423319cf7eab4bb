"""Replaces the sequences of some utterances of a batch by other sequences."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from emobench.interface.batch import Sequence


def splice(
    own: Mapping[str, Sequence], other: Mapping[str, Sequence], where: Tensor
) -> dict[str, Sequence]:
    """Replace the representations of one modality in some utterances.

    Parameters
    ----------
    own
        Representation to the batch's sequences, ``[B, T, D]``.
    other
        Representation to the K replacements, ``[K, T', D]``.
    where
        ``[B]`` bool, true for K utterances.
    """
    return {name: _placed(own[name], other[name], where) for name in own}


def _placed(own: Sequence, other: Sequence, where: Tensor) -> Sequence:
    steps = max(own.values.shape[1], other.values.shape[1])
    values = _padded(own.values, steps).clone()
    lengths = own.lengths.clone()
    values[where] = _padded(other.values, steps).to(values)
    lengths[where] = other.lengths.to(lengths)
    return Sequence(values, lengths)


def _padded(values: Tensor, steps: int) -> Tensor:
    return functional.pad(values, (0, 0, 0, steps - values.shape[1]))


def cut_apart(whole: Sequence, sizes: Mapping[str, int]) -> dict[str, Sequence]:
    """Cut ``[B, T, sum of D]`` into the representations of which it is made, side by side."""
    parts = torch.split(whole.values, list(sizes.values()), dim=-1)
    return {
        name: Sequence(values, whole.lengths) for name, values in zip(sizes, parts, strict=True)
    }
