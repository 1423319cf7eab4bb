"""Changes of a batch under which a model's answers are compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from emobench.interface.batch import Batch, Sequence

FINE = 200
"""A batch with more steps than this holds raw samples; a single sample is no signal."""


def _each(batch: Batch, change: Callable[[str, Sequence], Sequence]) -> Batch:
    """Copy of `batch` with `change` ``(modality, sequence)`` applied to every sequence."""
    inputs = {
        m: {name: change(m, sequence) for name, sequence in parts.items()}
        for m, parts in batch.inputs.items()
    }
    return replace(batch, inputs=inputs)


def take(batch: Batch, positions: Tensor) -> Batch:
    """The utterances at `positions` ``[n]``, with the padding that they had."""
    taken = _each(batch, lambda _, s: Sequence(s.values[positions], s.lengths[positions]))
    return replace(
        taken,
        ids=tuple(batch.ids[i] for i in positions.tolist()),
        present={m: p[positions] for m, p in batch.present.items()},
        labels=batch.labels[positions],
    )


def padded(batch: Batch) -> Batch:
    """The same utterances with a third more steps of padding, three at least."""

    def longer(_: str, sequence: Sequence) -> Sequence:
        count, steps, size = sequence.values.shape
        more = sequence.values.new_zeros(count, max(3, steps // 3), size)
        return Sequence(torch.cat([sequence.values, more], dim=1), sequence.lengths)

    return _each(batch, longer)


def with_garbage(batch: Batch, modality: str, absent: bool) -> Batch:
    """`batch` with other utterances' real steps at masked positions.

    Parameters
    ----------
    batch
        Some utterances.
    modality
        Modality to put the garbage into.
    absent
        True: at every step of the utterances that lack `modality`, whose length stays 0. False:
        in the padding of those that have it.
    """

    def change(m: str, sequence: Sequence) -> Sequence:
        lacking = ~batch.present[modality][:, None]
        places = ~sequence.mask & (lacking if absent else ~lacking)
        real = sequence.values[sequence.mask]
        if m != modality or not len(real):
            return sequence
        drawn = torch.arange(int(places.sum())) * 7919 % len(real)
        values = sequence.values.clone()
        values[places] = real[drawn]
        return Sequence(values, sequence.lengths)

    return _each(batch, change)


def erased(batch: Batch, modality: str) -> Batch:
    """`batch` without `modality`, as the harness erases it."""

    def change(m: str, sequence: Sequence) -> Sequence:
        if m != modality:
            return sequence
        return Sequence(torch.zeros_like(sequence.values), torch.zeros_like(sequence.lengths))

    present = {**batch.present, modality: torch.zeros_like(batch.present[modality])}
    return replace(_each(batch, change), present=present)


def shortened(batch: Batch) -> Batch:
    """`batch` with lengths from a single step to the whole, all representations cut alike."""
    share = torch.linspace(0, 1, len(batch)) ** 2

    def change(_: str, sequence: Sequence) -> Sequence:
        real = sequence.lengths[sequence.lengths > 0]
        # The harness has no clip as short as a single sample.
        least = int(real.min()) if len(real) and sequence.values.shape[1] > FINE else 1
        lengths = (share * sequence.lengths).ceil().long().clamp(min=least)
        lengths = torch.minimum(lengths, sequence.lengths)
        cut = Sequence(sequence.values, lengths)
        return Sequence(sequence.values * cut.mask[..., None], lengths)

    return _each(batch, change)


def renamed(batch: Batch) -> Batch:
    """`batch` with other ids and other labels."""
    labels = (batch.labels + 1) % (int(batch.labels.max()) + 1)
    return replace(batch, ids=tuple(f"other-{i}" for i in range(len(batch))), labels=labels)
