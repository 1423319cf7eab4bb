"""A conflict: one modality of an utterance comes from an utterance with another label."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from emobench.corruption.registry import KINDS
from emobench.interface.batch import Batch, Sequence
from emobench.interface.protocol import Corruption
from emobench.randomness import SWAP_SEED, uniforms

if TYPE_CHECKING:
    from emobench.corpus.view import FoldView
    from emobench.interface.model import Model


class SwapTransform:
    """Gives a share of test utterances the `modality` of an utterance with another label.

    A hash of the utterance's id draws the swapped utterances and their partners: the same for every
    model and seed. Utterances swapped at a low share are swapped at a higher share too. An
    utterance
    keeps its own label. It stays as it is where it lacks the modality, or where no test utterance
    of another label has it.

    Parameters
    ----------
    corruption
        One of the swaps: which modality, and in what share of the test utterances that have it.
    view
        The tested view.
    """

    def __init__(self, corruption: Corruption, view: FoldView) -> None:
        kind = KINDS[corruption.kind]
        self.view = view
        self.modality = kind.modality
        self.partners = swap_partners(view, kind.modality, kind.amount(corruption.severity))

    def __call__(self, batch: Batch, rows: NDArray[np.int64], model: Model) -> Batch:
        """Return the batch with the modality of the partners in place."""
        if self.modality not in batch.inputs:
            return batch
        partner = self.partners[rows]
        given = partner >= 0
        given &= batch.present[self.modality].cpu().numpy()
        if not given.any():
            return batch
        others = np.where(given, partner, rows)
        mask = np.repeat(given[:, None], len(self.view.modalities), axis=1)
        lent = self.view.batch(others, mask, labels=False).to(batch.labels.device)
        take = torch.from_numpy(given).to(batch.labels.device)
        changed = {
            name: _merge_rows(own, lent.inputs[self.modality][name], take)
            for name, own in batch.inputs[self.modality].items()
        }
        return replace(batch, inputs={**batch.inputs, self.modality: changed})


def swap_partners(view: FoldView, modality: str, share: float) -> NDArray[np.int64]:
    """Row that lends its `modality` to each row of the view, ``[N]``; -1 where none does."""
    found = np.full(len(view.ids), -1, dtype=np.int64)
    tested = view.parts.test
    able = tested[view.available[tested, view.modalities.index(modality)]]
    if not len(able):
        return found
    labels = view.labels.reshape(len(view.labels), -1)
    draws = uniforms([view.ids[i] for i in able], (f"swap {modality}", "partner"), SWAP_SEED)
    for row, (chance, which) in zip(able, draws, strict=True):
        if chance < share:
            others = able[(labels[able] != labels[row]).any(axis=1)]
            if len(others):
                found[row] = others[int(which * len(others))]
    return found


def _merge_rows(own: Sequence, lent: Sequence, take: torch.Tensor) -> Sequence:
    """Choose `lent` where `take` ``[B]`` is true, else `own`, padded to the longer of both."""
    lengths = torch.where(take, lent.lengths, own.lengths)
    steps = max(1, int(lengths.max()))
    values = torch.where(take[:, None, None], _padded(lent, steps), _padded(own, steps))
    return Sequence(values, lengths)


def _padded(one: Sequence, steps: int) -> torch.Tensor:
    short = max(0, steps - one.values.shape[1])
    return torch.nn.functional.pad(one.values, (0, 0, 0, short))[:, :steps]
