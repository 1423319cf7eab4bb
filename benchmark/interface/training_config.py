"""Hyper-parameters of the training loop that all models share."""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field

from emobench.errors import RequestError, unknown
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


def schedules() -> Mapping[str, object]:
    """Every schedule by name, looked up as `emobench.interface.loss.losses` does."""
    found: Mapping[str, object] = pkgutil.resolve_name("emobench.training.schedule:SCHEDULES")
    return found


def _known_schedule(name: str) -> str:
    if name not in schedules():
        raise unknown("schedule", name, schedules())
    return name


@dataclass(frozen=True)
class TrainingConfig:
    """Hyper-parameters of the harness's training loop; a model's Config adds its own.

    The defaults are the recipe of the compact presets: one for all models. A source's own schedule
    stands in its ``published`` preset.

    A field's range is declared on the field, with pydantic's ``Annotated[int, Field(ge=1)]``, in a
    model's Config too.
    """

    TRAINING: ClassVar[tuple[str, ...]] = ()
    """A model's own fields that are part of its training, not of its architecture."""
    learning_rate: Annotated[float, Field(ge=0)] = 1e-3
    """Step size of the optimiser."""
    weight_decay: float = 1e-2
    """Decoupled weight decay (AdamW)."""
    batch_size: Annotated[int, Field(ge=1)] = 32
    """Utterances per step."""
    min_updates: Annotated[int, Field(ge=1)] = 1500
    """Optimiser steps that the budget holds at least: what a small corpus gets."""
    min_epochs: Annotated[float, Field(ge=0)] = 20
    """Passes over the train split that the budget holds at least: what a large corpus gets."""
    looks: Annotated[int, Field(ge=1)] = 30
    """How often the dev split is looked at, evenly over the budget; the best look's weights are
    kept."""
    epochs: Annotated[int, Field(ge=0)] = 0
    """Passes over the train split in place of that budget, each with a look at its end; 0: the
    budget is the larger of ``min_updates`` and ``min_epochs``."""
    patience: Annotated[int, Field(ge=1)] = 8
    """Number of looks without a better dev macro-F1 after which training stops."""
    schedule: Annotated[str, AfterValidator(_known_schedule)] = "cosine"
    """Schedule of the step size: ``cosine`` (a linear rise, then half a cosine towards zero),
    ``plateau`` or ``constant``."""
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """Share of the budget over which ``cosine`` lets the step size rise."""
    plateau: Annotated[int, Field(ge=0)] = 0
    """Looks without progress after which ``plateau`` lowers the step size; 0 with other
    schedules."""
    plateau_factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Factor by which ``plateau`` lowers it."""
    plateau_watches: str = "dev_macro_f1"
    """Where ``plateau`` looks for progress: ``dev_macro_f1``, ``dev_loss`` or ``train_loss``."""
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
        if (self.schedule == "plateau") != (self.plateau > 0):
            raise RequestError(
                f"schedule={self.schedule} and plateau={self.plateau} do not fit: schedule=plateau "
                "needs plateau of at least 1, and other schedules need plateau=0."
            )

    def share(self, part: float) -> Self:
        """The same training with `part` of the budget, between 0 and 1: for a stage of several."""
        return dataclasses.replace(
            self,
            min_updates=max(1, round(self.min_updates * part)),
            min_epochs=self.min_epochs * part,
            looks=max(1, round(self.looks * part)),
            epochs=max(1, round(self.epochs * part)) if self.epochs else 0,
        )
