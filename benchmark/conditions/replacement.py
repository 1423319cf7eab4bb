"""Replaces the real input of one modality."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.conditions.constants import mean_sequence, zero_sequence
from emobench.conditions.pairing import partner_rows, partners
from emobench.conditions.splicing import splice
from emobench.corpus.view import FoldView
from emobench.errors import unknown
from emobench.generation.fidelity import Fidelity
from emobench.generation.model_generator import ModelGenerator
from emobench.generation.neighbours import Neighbours
from emobench.generation.noise import with_noise
from emobench.generation.pooling import sequences
from emobench.generation.ridge import Ridge
from emobench.interface.batch import Batch, Sequence
from emobench.interface.model import Model
from emobench.interface.protocol import REPLACEMENTS, Replacement

FITTED: dict[str, type[Ridge] | type[Neighbours]] = {"ridge": Ridge, "neighbours": Neighbours}


class ReplacementTransform:
    """Replace a modality's input in every utterance that has it; the model is not told.

    Parameters
    ----------
    replacement
        What replaces the input.
    view
        The tested view; the replacement is fitted on its train part.

    Raises
    ------
    RequestError
        `replacement.by` is unknown.
    """

    def __init__(self, replacement: Replacement, view: FoldView) -> None:
        if replacement.by not in REPLACEMENTS:
            raise unknown("replacement", replacement.by, REPLACEMENTS)
        self.replacement, self.view, self.modality = replacement, view, replacement.modality
        others = tuple(m for m in view.features if m != self.modality)
        self.sources = replacement.sources or others
        self.partners: dict[int, int] = {}
        self.likeness: Fidelity | None = None
        if replacement.by == "other":
            self.partners = partners(view, self.modality)
        if replacement.by in ("generated", "noise"):
            self.likeness = Fidelity(view, self.modality)
            self.generator = self._generator()

    def __call__(self, batch: Batch, rows: NDArray[np.int64], model: Model) -> Batch:
        """Return the batch with the modality replaced where it is present."""
        where = batch.present[self.modality]
        if not where.any():
            return batch
        chosen = where.cpu().numpy()
        own = batch.inputs[self.modality]
        other = self._other(batch, rows, chosen, model)
        if self.likeness is not None:
            real = {n: _at(s, where) for n, s in own.items()}
            self.likeness.add(rows[chosen], real, other)
        inputs = {**batch.inputs, self.modality: splice(own, other, where)}
        return Batch(batch.ids, inputs, batch.present, batch.labels)

    def findings(self) -> dict[str, Any]:
        """Fidelity of the generated input over all batches; empty for other replacements."""
        if self.likeness is None:
            return {}
        if isinstance(self.generator, ModelGenerator):
            return self.likeness.findings()
        # Generators of the harness give the same input to every model and regime on this view.
        key = ("findings", self.replacement, tuple(sorted(self.likeness.rows)))
        return self.view.once(key, self.likeness.findings)

    def _generator(self) -> ModelGenerator | Ridge | Neighbours:
        name, view = self.replacement.generator, self.view
        if name == "model":
            return ModelGenerator(view, self.modality, self.sources)
        if name not in FITTED:
            raise unknown("generator", name, ("model", *FITTED))
        return view.once((name, self.modality, self.sources), self._fitted)

    def _fitted(self) -> Ridge | Neighbours:
        return FITTED[self.replacement.generator](self.view, self.modality, self.sources)

    def _other(
        self, batch: Batch, rows: NDArray[np.int64], chosen: NDArray[np.bool_], model: Model
    ) -> dict[str, Sequence]:
        """Replacement ``[K, T, D]`` for the K utterances that are `chosen`."""
        by, count = self.replacement.by, int(chosen.sum())
        if by == "train_mean":
            return mean_sequence(self.view, self.modality, count)
        if by == "zero":
            return zero_sequence(self.view, self.modality, count)
        if by == "other":
            return sequences(self.view, self.modality, partner_rows(self.partners, rows[chosen]))
        seen = with_noise(batch, self.view, self.modality) if by == "noise" else batch
        if isinstance(self.generator, ModelGenerator):
            made = self.generator(seen, model)
        else:
            made = self.generator(seen)
        where = batch.present[self.modality]
        return {n: _at(s, where.to(s.lengths.device)) for n, s in made.items()}


def _at(sequence: Sequence, where: Any) -> Sequence:
    return Sequence(sequence.values[where], sequence.lengths[where])
