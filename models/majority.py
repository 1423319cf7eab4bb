"""The majority class: what a model scores that looks at nothing."""

from __future__ import annotations

from typing import ClassVar

import torch

from emobench import Batch, Card, Model, Output, Session, Task, TrainingConfig


class Majority(Model):
    """Log class frequencies of the train split, for every utterance."""

    card: ClassVar[Card] = Card(
        name="majority",
        title="Most frequent class of the train split",
        kind="reference",
        inputs={},
        deterministic=True,
    )

    def __init__(self, task: Task, config: TrainingConfig, variant: str = "corrected") -> None:
        super().__init__(task, config, variant)
        counts = torch.tensor(task.class_counts, dtype=torch.float32)
        self.register_buffer("logits", (counts.clamp(min=0.5) / counts.sum()).log())

    def forward(self, batch: Batch) -> Output:
        """Return the same logits ``[B, C]`` for all."""
        logits = self.get_buffer("logits")
        return Output(logits.expand(len(batch), -1))

    def fit(self, session: Session) -> None:
        """Nothing to learn beyond the class counts."""
