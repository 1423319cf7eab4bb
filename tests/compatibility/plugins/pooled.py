"""A model of a user's own, written for emobench 0.1.0. Its bytes are part of stored specs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import nn

from emobench import Batch, Card, Model, ModelError, Output, Sequence, Session, Task, TrainingConfig


@dataclass(frozen=True)
class PooledConfig(TrainingConfig):
    """Hyper-parameters of `Pooled`."""

    hidden: int = 8
    """Width of the layer before the classes."""


class Pooled(Model):
    """The average of each modality over time through two layers; it also writes what is absent."""

    card: ClassVar[Card] = Card(
        name="pooled",
        title="Mean over time and two layers",
        inputs={
            "text": ("tokens|word_vectors",),
            "audio": ("mfcc", "prosody"),
            "vision": ("action_units|face_descriptor",),
        },
        ablations={"narrow": {"hidden": "2"}},
    )
    Config: ClassVar[type[TrainingConfig]] = PooledConfig
    presets: ClassVar[dict[str, TrainingConfig]] = {
        "compact": PooledConfig(epochs=3, batch_size=16, learning_rate=3e-3)
    }

    def __init__(self, task: Task, config: PooledConfig, variant: str = "corrected") -> None:
        super().__init__(task, config, variant)
        self.tokens = (
            nn.Embedding(task.size("text"), 8) if "tokens" in task.inputs.get("text", {}) else None
        )
        width = sum(8 if m == "text" and self.tokens else task.size(m) for m in task.modalities)
        self.layers = nn.Sequential(
            nn.Linear(width, config.hidden), nn.ReLU(), nn.Linear(config.hidden, len(task.classes))
        )

    def forward(self, batch: Batch) -> Output:
        parts = []
        for m in self.task.modalities:
            values = batch[m].values
            if m == "text" and self.tokens is not None:
                values = self.tokens(values[..., 0].long())
            mask = batch[m].mask[..., None]
            parts.append((values * mask).sum(1) / batch[m].lengths.clamp(min=1)[:, None])
        logits = self.layers(torch.cat(parts, dim=1))
        if not torch.isfinite(logits).all():
            raise ModelError("logits are not finite")
        return Output(logits)

    def generate(self, batch: Batch, modality: str) -> Sequence:
        """Write the average of the other modalities' lengths, with zeros in it."""
        others = [batch[m].lengths for m in self.task.modalities if m != modality]
        lengths = torch.stack(others).float().mean(0).ceil().long().clamp(min=1)
        size = self.task.size(modality)
        return Sequence(torch.zeros(len(lengths), int(lengths.max()), size), lengths)

    def fit(self, session: Session) -> None:
        session.loop(self, config=replace(self.config, epochs=1), stage="first")
        session.loop(self, stage="second")
