"""The majority class: what a model scores that looks at nothing."""

from __future__ import annotations

from typing import ClassVar

import torch

from emobench import Batch, Card, Model, Output, Parameter, Session, Task, TrainingConfig


class Majority(Model):
    """Log class frequencies of the train split, for every utterance; multi-label, log-odds."""

    card: ClassVar[Card] = Card(
        name="majority",
        title="Most frequent class of the train split",
        kind="reference",
        inputs={},
        deterministic=True,
    )
    search_space: ClassVar[dict[str, Parameter]] = {}  # it has nothing to search

    def __init__(self, task: Task, config: TrainingConfig, variant: str = "corrected") -> None:
        super().__init__(task, config, variant)
        counts = torch.tensor(task.class_counts, dtype=torch.float32)
        share = counts.clamp(min=0.5) / (task.size_of_train or counts.sum())
        self.register_buffer("logits", share.logit(1e-6) if task.multilabel else share.log())

    def forward(self, batch: Batch) -> Output:
        """Return the same logits ``[B, C]`` for all."""
        logits = self.get_buffer("logits")
        return Output(logits.expand(len(batch), -1))

    def fit(self, session: Session) -> None:
        """Nothing to learn beyond the class counts."""
