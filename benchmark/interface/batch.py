"""The input and the output of a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from emobench.errors import ModelError


@dataclass(frozen=True)
class Sequence:
    """One representation of one modality for a batch.

    Parameters
    ----------
    values
        ``[B, T, D]`` float, standardised on the train split, zero where padded or absent.
        Token ids are ``[B, T, 1]``, zero where padded or absent. A model must rely on
        `mask`, not on these zeros: the contract suite puts other values there.
    lengths
        ``[B]`` int64, real steps per utterance; 0 where the modality is absent.
    """

    values: Tensor
    lengths: Tensor

    @property
    def mask(self) -> Tensor:
        """``[B, T]`` bool, true at real steps."""
        steps = torch.arange(self.values.shape[1], device=self.values.device)
        return steps[None, :] < self.lengths[:, None]


@dataclass(frozen=True)
class Batch:
    """Some utterances, ready for a model.

    Parameters
    ----------
    ids
        Utterance ids, for reports only: no prediction may depend on them.
    inputs
        Modality to representation to `Sequence`. All representations of one modality share
        one time grid.
    present
        Modality to ``[B]`` bool. The harness has erased the others.
    labels
        ``[B]`` int64 class indices; of a multi-label corpus ``[B, C]`` of zeros and ones. Zeros
        during evaluation.
    """

    ids: tuple[str, ...]
    inputs: Mapping[str, Mapping[str, Sequence]]
    present: Mapping[str, Tensor]
    labels: Tensor

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, modality: str) -> Sequence:
        """All representations of `modality`, side by side: values ``[B, T, sum of D]``."""
        parts = list(self.inputs[modality].values())
        if len(parts) == 1:
            return parts[0]
        return Sequence(torch.cat([p.values for p in parts], dim=-1), parts[0].lengths)

    def to(self, device: torch.device) -> Batch:
        """Move to `device`: a copy, or this batch if it is there."""
        if self.labels.device == device:
            return self
        inputs = {
            modality: {
                name: Sequence(s.values.to(device), s.lengths.to(device))
                for name, s in reps.items()
            }
            for modality, reps in self.inputs.items()
        }
        present = {m: p.to(device) for m, p in self.present.items()}
        return Batch(self.ids, inputs, present, self.labels.to(device))


@dataclass(frozen=True)
class Output:
    """The output of a model.

    Parameters
    ----------
    logits
        ``[B, C]`` unnormalised log-probabilities, in the order of ``task.classes``; log-odds of
        each class where ``task.multilabel``.
    modality_weights
        Modality to ``[B]``: how much each modality weighed in the decision, 0 where absent,
        summing to 1. Optional; stored and shown.
    losses
        Named auxiliary losses (scalars), already weighted; added to the classification loss.
    """

    logits: Tensor
    modality_weights: Mapping[str, Tensor] | None = None
    losses: Mapping[str, Tensor] = field(default_factory=dict)


class LogitsShapeError(ModelError):
    """The logits have a wrong shape.

    Parameters
    ----------
    shape, expected
        The shapes, the batch first.
    """

    def __init__(self, shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
        super().__init__(f"the logits have shape {shape}, expected {expected}")
        self.shape = shape


class NotFiniteError(ModelError):
    """A value that a model computed is NaN or infinite."""


def validate_output(output: Output, batch: Batch, classes: int) -> Output:
    """Return `output` if its logits are ``[B, C]`` and finite; else raise `ModelError`."""
    logits = getattr(output, "logits", None)
    if logits is None:
        raise ModelError(f"forward returned {type(output).__name__}, not an Output with logits")
    expected = (len(batch), classes)
    if tuple(logits.shape) != expected:
        raise LogitsShapeError(tuple(logits.shape), expected)
    if not torch.isfinite(logits).all():
        bad = int((~torch.isfinite(logits).all(dim=1)).sum())
        raise NotFiniteError(f"the logits of {bad} of {len(batch)} utterances are NaN or infinite")
    return output
