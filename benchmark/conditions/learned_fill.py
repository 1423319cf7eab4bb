"""Imputation of missing modalities by a vector that is trained with the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from emobench.conditions.constants import mean_sequence
from emobench.conditions.splicing import splice
from emobench.corpus.view import FoldView
from emobench.discovery.representations import is_discrete
from emobench.errors import ModelError
from emobench.interface.batch import Batch, Sequence
from emobench.interface.model import Model

Sizes = Mapping[str, Mapping[str, int]]


class LearnedFill(nn.Module):
    """One learned vector per representation, as long as train's median.

    Parameters
    ----------
    inputs
        Modality to representation to feature size, as a task has them.
    lengths
        Modality to representation to the steps of what replaces it.
    """

    def __init__(self, inputs: Sizes, lengths: Sizes) -> None:
        super().__init__()
        self.lengths = lengths
        for reps in inputs.values():
            for name in reps:
                if is_discrete(name):
                    raise ModelError(f"{name} are numbers of words: no vector can stand for one")
        self.vectors = nn.ParameterDict(
            {name: torch.zeros(size) for reps in inputs.values() for name, size in reps.items()}
        )

    def forward(self, batch: Batch) -> Batch:
        """Return the batch with nothing missing."""
        inputs, present = dict(batch.inputs), dict(batch.present)
        for modality, there in batch.present.items():
            absent = ~there
            if absent.any():
                filler = self._filler(modality, int(absent.sum()), there.device)
                inputs[modality] = splice(batch.inputs[modality], filler, absent)
                present[modality] = torch.ones_like(there)
        return Batch(batch.ids, inputs, present, batch.labels)

    def _filler(self, modality: str, count: int, device: torch.device) -> dict[str, Sequence]:
        return {
            name: Sequence(
                self.vectors[name].expand(count, steps, -1),
                torch.full((count,), steps, device=device),
            )
            for name, steps in self.lengths[modality].items()
        }


def fill_lengths(view: FoldView) -> dict[str, dict[str, int]]:
    """Modality to representation to train's median number of steps."""
    return {
        m: {n: int(s.lengths[0]) for n, s in mean_sequence(view, m, 1).items()}
        for m in view.task.inputs
    }


def learn_to_fill(model: Model, lengths: Sizes) -> None:
    """Give `model` a `LearnedFill`, trained and stored with it, that sees every batch first."""
    model.learned_fill = LearnedFill(model.task.inputs, lengths)
    model.register_forward_pre_hook(_fill)


def _fill(model: nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    fill = model.learned_fill
    assert isinstance(fill, LearnedFill)
    return (fill(arguments[0]), *arguments[1:])


def check_learned(model: Model) -> None:
    """Raise `ModelError` if training changed none of the vectors.

    This happens if a model's own `fit` updates only some of its parameters.
    """
    fill = model.learned_fill
    assert isinstance(fill, LearnedFill)
    if not any(bool(vector.any()) for vector in fill.vectors.values()):
        raise ModelError(
            "the model's own training never reaches the vectors that are to be learned "
            "for missing modalities"
        )
