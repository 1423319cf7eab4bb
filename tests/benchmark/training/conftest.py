from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from emobench import Batch, Model, Output, Sequence, Task, TrainingConfig

CPU = torch.device("cpu")
TASK = Task(("a", "b", "c"), {"audio": {"log_mel": 4}}, (20, 20, 20))


class Net(Model):
    """A linear layer over the time average."""

    def __init__(self, task: Task = TASK, config: Any = None, variant: str = "corrected") -> None:
        super().__init__(task, config or TrainingConfig(), variant)
        self.linear = nn.Linear(task.size("audio"), len(task.classes))

    def forward(self, batch: Batch) -> Output:
        return Output(self.linear(batch["audio"].values.mean(dim=1)))


@dataclass
class FixedSession:
    """Ready-made batches in a fixed order, and dev scores that a test writes down."""

    config: TrainingConfig
    batches: list[Batch]
    scores: list[tuple[float, float]] | None = None
    device: torch.device = CPU
    epochs: list[dict[str, Any]] = field(default_factory=list)
    best_epoch: int | None = None
    generator: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    seen: list[dict[str, Tensor]] = field(default_factory=list)

    @property
    def batches_per_epoch(self) -> int:
        return len(self.batches)

    def autocast(self):
        return contextlib.nullcontext()

    def train_batches(self):
        yield from self.batches

    def dev_score(self, model: Model) -> tuple[float, float]:
        self.seen.append({k: v.clone() for k, v in model.state_dict().items()})
        scores = self.scores or [(0.0, 0.0)]
        return scores[min(len(self.seen), len(scores)) - 1]


def make_batch(size: int, seed: int = 0, scale: float = 1.0) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 3, (size,), generator=generator)
    values = scale * torch.randn(size, 2, 4, generator=generator)
    values[torch.arange(size), :, labels] += 3 * scale
    sequence = Sequence(values, torch.full((size,), 2))
    present = {"audio": torch.ones(size, dtype=torch.bool)}
    return Batch(
        tuple(f"u{i}" for i in range(size)), {"audio": {"log_mel": sequence}}, present, labels
    )


def part(batch: Batch, rows: slice) -> Batch:
    sequence = batch["audio"]
    inputs = {"audio": {"log_mel": Sequence(sequence.values[rows], sequence.lengths[rows])}}
    present = {"audio": batch.present["audio"][rows]}
    return Batch(batch.ids[rows], inputs, present, batch.labels[rows])


@pytest.fixture
def made() -> SimpleNamespace:
    """A model, a session and batches to build training tests from."""
    return SimpleNamespace(
        Net=Net, Session=FixedSession, batch=make_batch, part=part, task=TASK,
        Config=TrainingConfig, replace=replace, np=np,
    )  # fmt: skip
