"""Random time steps erased in every modality."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from emobench.conditions.constants import UNKNOWN
from emobench.corpus.view import FoldView
from emobench.discovery.representations import is_discrete
from emobench.interface.batch import Batch, Sequence
from emobench.interface.model import Model
from emobench.randomness import step_uniforms


class FrameDropTransform:
    """Erase a share of the time steps of every modality: zeros (the mean), or the unknown word.

    The erased steps are a pure function of (mask seed, utterance, modality), the same for every
    model and seed. Steps erased at a low share are erased at a higher share too. The utterance
    keeps its length and at least one step. After the feature-level drops of TFR-Net (Yuan et al.
    2021).

    Parameters
    ----------
    share
        Share of the steps.
    view
        The tested view.
    """

    def __init__(self, share: float, view: FoldView) -> None:
        self.share = share
        self.ids = view.ids
        self.tokens = {
            name for reps in view.task.inputs.values() for name in reps if is_discrete(name)
        }

    def __call__(self, batch: Batch, rows: NDArray[np.int64], model: Model) -> Batch:
        """Return the batch with some of its steps erased."""
        inputs = {
            modality: {
                name: self._erase_steps(sequence, modality, name, rows)
                for name, sequence in reps.items()
            }
            for modality, reps in batch.inputs.items()
        }
        return Batch(batch.ids, inputs, batch.present, batch.labels)

    def _erase_steps(
        self, sequence: Sequence, modality: str, name: str, rows: NDArray[np.int64]
    ) -> Sequence:
        values = sequence.values.clone()
        for i, (row, steps) in enumerate(zip(rows, sequence.lengths.tolist(), strict=True)):
            drawn = step_uniforms(self.ids[int(row)], modality, steps)
            erased = torch.from_numpy(drawn < self.share)
            if steps and bool(erased.all()):
                erased[int(drawn.argmax())] = False
            values[i, :steps][erased] = float(UNKNOWN if name in self.tokens else 0)
        return Sequence(values, sequence.lengths)
