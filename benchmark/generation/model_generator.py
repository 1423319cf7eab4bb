"""A model's own generator, which is shown the sources alone."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from emobench.conditions.splicing import cut_apart
from emobench.corpus.view import FoldView
from emobench.errors import ModelError
from emobench.interface.batch import Batch, Sequence
from emobench.interface.model import Model


class ModelGenerator:
    """Generates the target with a model's `generate`.

    Parameters
    ----------
    view
        One fold.
    modality
        The target.
    sources
        The modalities that the model is shown; the others are erased, the target too.
    """

    def __init__(self, view: FoldView, modality: str, sources: tuple[str, ...]) -> None:
        self.modality, self.sources = modality, sources
        self.sizes = {n: f.table.size for n, f in view.features[modality].items()}

    def __call__(self, batch: Batch, model: Model) -> dict[str, Sequence]:
        """Generate the target for every utterance, ``[B, T, D]`` per representation.

        Raises
        ------
        ModelError
            The model generates nothing, or something of another shape or not finite.
        """
        made = generate_with(model, show_only(batch, self.sources), self.modality, self.sizes)
        return cut_apart(made, self.sizes)


def generate_with(model: Model, batch: Batch, modality: str, sizes: Mapping[str, int]) -> Sequence:
    """Generate `modality` with `model`, ``[B, T, sum of sizes]``.

    Parameters
    ----------
    model
        The trained model.
    batch
        The input of the model.
    modality
        The target.
    sizes
        Representation to its number of features, in the order in which they lie side by side.

    Raises
    ------
    ModelError
        The model generates nothing, or something of another shape or not finite.
    """
    if not model.can_generate:
        raise ModelError("the model generates nothing as it was built here")
    made = model.generate(batch, modality)
    expected = (len(batch), sum(sizes.values()))
    if (made.values.shape[0], made.values.shape[-1]) != expected:
        raise ModelError(
            f"generate returned values of shape {tuple(made.values.shape)}, expected "
            f"({expected[0]}, T, {expected[1]}) for {modality}"
        )
    if not torch.isfinite(made.values).all():
        raise ModelError(f"generate returned NaN or infinite values for {modality}")
    return made


def show_only(batch: Batch, modalities: tuple[str, ...]) -> Batch:
    """`batch` with all but `modalities` erased."""
    inputs = {
        m: dict(found) if m in modalities else {n: _erased(s) for n, s in found.items()}
        for m, found in batch.inputs.items()
    }
    present = {
        m: flags if m in modalities else torch.zeros_like(flags)
        for m, flags in batch.present.items()
    }
    return Batch(batch.ids, inputs, present, batch.labels)


def _erased(sequence: Sequence) -> Sequence:
    return Sequence(torch.zeros_like(sequence.values), torch.zeros_like(sequence.lengths))
