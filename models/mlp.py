"""MLP: four statistics over time of each modality, and a two-layer perceptron.

Source: none, a reference row. It tells what an architecture adds to a small network that knows no
order in time and no interaction but that of one hidden layer. Each feature is summarised over an
utterance's real steps by its mean, standard deviation, maximum and minimum; the summaries of all
modalities, side by side, go through one hidden layer with ReLU and dropout.

An absent modality has no statistics: a learned vector stands in their place. It starts at zero, the
average of the standardised features, and stays there in a training that lacks no modality.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from emobench import (
    Batch,
    Card,
    Choice,
    Integer,
    LogUniform,
    Model,
    Output,
    Parameter,
    Sequence,
    Task,
    TrainingConfig,
    Uniform,
)

STATISTICS = 4


@dataclass(frozen=True)
class MLPConfig(TrainingConfig):
    """Hyper-parameters."""

    hidden: Annotated[int, Field(ge=1)] = 128
    """Width of the hidden layer."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3
    """Dropout before the classes."""


class MLP(Model):
    """Statistics over time of each modality, one hidden layer."""

    card: ClassVar[Card] = Card(
        name="mlp",
        title="Two-layer perceptron on mean, deviation and extremes over time",
        kind="reference",
        inputs={
            "text": ("word_vectors",),
            "audio": ("log_mel", "mfcc", "prosody"),
            "vision": ("action_units|face_descriptor",),
        },
    )
    Config = MLPConfig
    presets: ClassVar[dict[str, TrainingConfig]] = {"compact": MLPConfig()}
    # There is no source: what a small network is usually tuned by, and the class balance.
    search_space: ClassVar[dict[str, Parameter]] = {
        "learning_rate": LogUniform(1e-4, 1e-2),
        "weight_decay": LogUniform(1e-4, 1.0),
        "hidden": Integer(32, 256, log=True),
        "dropout": Uniform(0.0, 0.6),
        "batch_size": Choice(16, 32, 48),
        "sampling": Choice("uniform", "class_balanced"),
    }

    def __init__(self, task: Task, config: MLPConfig, variant: str = "corrected") -> None:
        super().__init__(task, config, variant)
        sizes = {m: STATISTICS * task.size(m) for m in task.modalities}
        self.absent = nn.ParameterDict({m: torch.zeros(size) for m, size in sizes.items()})
        self.layers = nn.Sequential(
            nn.Linear(sum(sizes.values()), config.hidden),
            nn.ReLU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden, len(task.classes)),
        )

    def forward(self, batch: Batch) -> Output:
        """Return logits ``[B, C]``."""
        parts = [
            torch.where(batch.present[m][:, None], statistics(batch[m]), self.absent[m])
            for m in self.task.modalities
        ]
        return Output(self.layers(torch.cat(parts, dim=1)))


def statistics(sequence: Sequence) -> Tensor:
    """Mean, standard deviation, maximum and minimum over the real steps, ``[B, 4 D]``.

    All are zero where there is no step. The deviation is the population's: one step has none.
    """
    real = sequence.mask[..., None]
    count = sequence.lengths.clamp(min=1)[:, None]
    mean = (sequence.values * real).sum(dim=1) / count
    variance = ((sequence.values - mean[:, None]) * real).square().sum(dim=1) / count
    # The root of zero has no finite slope, and word vectors are learned inputs.
    varies = variance > 0
    deviation = torch.where(varies, variance, 1.0).sqrt() * varies
    highest = sequence.values.masked_fill(~real, float("-inf")).amax(dim=1)
    lowest = sequence.values.masked_fill(~real, float("inf")).amin(dim=1)
    some = sequence.lengths[:, None] > 0
    extremes = [torch.where(some, found, 0.0) for found in (highest, lowest)]
    return torch.cat([mean, deviation, *extremes], dim=1)
