"""Hyper-parameters of the training loop that all models share."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from emobench.errors import unknown
from emobench.interface.loss import losses
from emobench.interface.ranges import check_ranges


def samplers() -> Mapping[str, object]:
    """Every sampler by name, looked up as `emobench.interface.loss.losses` does."""
    found: Mapping[str, object] = pkgutil.resolve_name("emobench.training.sampling:SAMPLERS")
    return found


def _known_loss(name: str) -> str:
    if name not in losses():
        raise unknown("loss", name, losses())
    return name


def _known_sampler(name: str) -> str:
    if name not in samplers():
        raise unknown("sampling", name, samplers())
    return name


@dataclass(frozen=True)
class TrainingConfig:
    """Hyper-parameters of the harness's training loop; a model's Config adds its own.

    A field's range is declared on the field, with pydantic's ``Annotated[int, Field(ge=1)]``, in a
    model's Config too.
    """

    learning_rate: Annotated[float, Field(ge=0)] = 1e-3
    """Step size of the optimiser."""
    weight_decay: float = 1e-2
    """Decoupled weight decay (AdamW)."""
    batch_size: Annotated[int, Field(ge=1)] = 32
    """Utterances per step."""
    epochs: Annotated[int, Field(ge=1)] = 30
    """Largest number of passes over the train split."""
    patience: Annotated[int, Field(ge=1)] = 5
    """Number of epochs without a better dev macro-F1 after which training stops."""
    clip_norm: float = 1.0
    """Largest gradient norm; 0 switches clipping off."""
    accumulation: Annotated[int, Field(ge=1)] = 1
    """Batches per optimiser step."""
    loss: Annotated[str, AfterValidator(_known_loss)] = "cross_entropy"
    """The classification loss; a corpus with several labels per utterance needs
    ``binary_cross_entropy``."""
    focal_gamma: float = 2.0
    """Focusing exponent of the focal loss."""
    sampling: Annotated[str, AfterValidator(_known_sampler)] = "uniform"
    """How an epoch draws the utterances of the train split, after the split; ``uniform`` takes
    each once."""

    def __post_init__(self) -> None:
        check_ranges(self)
