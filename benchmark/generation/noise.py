"""Noise in the place of real inputs: a control for generators."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from emobench.corpus.view import FoldView
from emobench.discovery.representations import is_discrete
from emobench.interface.batch import Batch, Sequence
from emobench.randomness import noise_stream

PRINTABLE = (32, 127)
"""Code points from which the characters of a text are drawn."""


def with_noise(batch: Batch, view: FoldView, spared: str) -> Batch:
    """`batch` with noise for the real steps of all modalities but `spared`.

    Features are drawn from a standard normal distribution, words uniformly from those that train
    knows, both from a hash of the utterance's id: the same for every model and condition. Lengths
    stay as they are, and what is absent stays absent.
    """
    inputs = {m: dict(found) for m, found in batch.inputs.items()}
    for modality, found in inputs.items():
        if modality != spared:
            for name, sequence in found.items():
                size = view.features[modality][name].size
                found[name] = _drawn(sequence, batch.ids, name, size)
    return Batch(batch.ids, inputs, batch.present, batch.labels)


def _drawn(sequence: Sequence, ids: tuple[str, ...], name: str, size: int) -> Sequence:
    values = torch.zeros_like(sequence.values)
    for i, (utterance, steps) in enumerate(zip(ids, sequence.lengths.tolist(), strict=True)):
        noise = _noise(utterance, name, (steps, values.shape[2]), size)
        values[i, :steps] = torch.from_numpy(noise).to(values)
    return Sequence(values, sequence.lengths)


def _noise(
    utterance: str, name: str, shape: tuple[int, int], size: int
) -> NDArray[np.float32] | NDArray[np.int64]:
    generator = noise_stream(utterance, name)
    if not is_discrete(name):
        return generator.standard_normal(shape, dtype=np.float32)
    # Ids 0 and 1 are padding and the unknown word; characters have no list of ids.
    low, high = PRINTABLE if size == 1 else (2, max(3, size))
    return generator.integers(low, high, shape)
