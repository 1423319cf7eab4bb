"""BiLSTM: one per modality, its states averaged over time, and one hidden layer.

Source: none, a reference row. It tells what an architecture adds to plain recurrence: a one-layer
bidirectional LSTM reads each modality, its states are averaged over the utterance's real steps, and
the averages, side by side, go through one hidden layer with ReLU and dropout.

An absent modality is not read: a learned vector stands in the place of its average. It starts at
zero and stays there in a training that lacks no modality.
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
    RaggedLSTM,
    Task,
    TrainingConfig,
    Uniform,
)


@dataclass(frozen=True)
class BiLSTMConfig(TrainingConfig):
    """Hyper-parameters."""

    units: Annotated[int, Field(ge=1)] = 64
    """LSTM units in each direction."""
    hidden: Annotated[int, Field(ge=1)] = 128
    """Width of the hidden layer."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3
    """Dropout before the classes."""


class BiLSTM(Model):
    """A bidirectional LSTM per modality, averaged over time, and one hidden layer."""

    card: ClassVar[Card] = Card(
        name="bilstm",
        title="BiLSTM per modality, states averaged over time, one hidden layer",
        kind="reference",
        inputs={
            "text": ("word_vectors",),
            "audio": ("log_mel", "mfcc", "prosody"),
            "vision": ("action_units|face_descriptor",),
        },
    )
    Config = BiLSTMConfig
    presets: ClassVar[dict[str, TrainingConfig]] = {"compact": BiLSTMConfig()}
    # There is no source: what a plain LSTM is usually tuned by, and the class balance.
    search_space: ClassVar[dict[str, Parameter]] = {
        "learning_rate": LogUniform(3e-4, 1e-2),
        "weight_decay": LogUniform(1e-4, 1.0),
        "units": Choice(32, 64, 96),
        "hidden": Integer(64, 256, log=True),
        "dropout": Uniform(0.0, 0.6),
        "batch_size": Choice(16, 32, 48),
        "sampling": Choice("uniform", "class_balanced"),
    }

    def __init__(self, task: Task, config: BiLSTMConfig, variant: str = "corrected") -> None:
        super().__init__(task, config, variant)
        width = 2 * config.units
        self.encoders = nn.ModuleDict(
            {m: RaggedLSTM(task.size(m), config.units, bidirectional=True) for m in task.modalities}
        )
        self.absent = nn.ParameterDict({m: torch.zeros(width) for m in task.modalities})
        self.layers = nn.Sequential(
            nn.Linear(width * len(task.modalities), config.hidden),
            nn.ReLU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden, len(task.classes)),
        )

    def forward(self, batch: Batch) -> Output:
        """Return logits ``[B, C]``."""
        parts = [
            torch.where(batch.present[m][:, None], self._average(m, batch), self.absent[m])
            for m in self.task.modalities
        ]
        return Output(self.layers(torch.cat(parts, dim=1)))

    def _average(self, modality: str, batch: Batch) -> Tensor:
        """Mean of the states over the real steps, ``[B, 2 units]``; zero where there are none."""
        states, _ = self.encoders[modality](batch[modality])
        mean: Tensor = states.values.sum(dim=1) / states.lengths.clamp(min=1)[:, None]
        return mean
