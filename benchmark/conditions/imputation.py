"""Imputation of missing modalities at test time."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from emobench.conditions.constants import mean_sequence, zero_sequence
from emobench.conditions.splicing import cut_apart, splice
from emobench.corpus.view import FoldView
from emobench.generation.model_generator import generate_with
from emobench.interface.batch import Batch, Sequence
from emobench.interface.model import Model


class ImputationTransform:
    """Fill in every modality that is missing, and tell the model that it is there.

    Parameters
    ----------
    fill
        ``zero``, ``train_mean`` or ``generate``; see `emobench.Condition`.
    view
        The tested view; constants come from its train part.
    """

    def __init__(self, fill: str, view: FoldView) -> None:
        self.fill, self.view = fill, view

    def __call__(self, batch: Batch, rows: NDArray[np.int64], model: Model) -> Batch:
        """Return the batch with nothing missing.

        Raises
        ------
        ModelError
            The model had to generate a modality, and did not.
        """
        inputs, present = dict(batch.inputs), dict(batch.present)
        for modality, there in batch.present.items():
            absent = ~there
            if absent.any():
                filler = self._filler(batch, modality, absent, model)
                inputs[modality] = splice(batch.inputs[modality], filler, absent)
                present[modality] = torch.ones_like(there)
        return Batch(batch.ids, inputs, present, batch.labels)

    def _filler(
        self, batch: Batch, modality: str, absent: torch.Tensor, model: Model
    ) -> dict[str, Sequence]:
        if self.fill == "generate":
            sizes = {n: f.table.size for n, f in self.view.features[modality].items()}
            made = generate_with(model, batch, modality, sizes)
            return cut_apart(Sequence(made.values[absent], made.lengths[absent]), sizes)
        constant = zero_sequence if self.fill == "zero" else mean_sequence
        return constant(self.view, modality, int(absent.sum()))
