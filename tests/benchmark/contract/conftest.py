"""A small model that keeps the contract, and changes of its text that break it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emobench.contract import Subject
from emobench.discovery.registry import from_path

SOUND = """
from dataclasses import dataclass

import torch
from torch import nn

from emobench import Card, Model, Output, Sequence, TrainingConfig


@dataclass(frozen=True)
class Config(TrainingConfig):
    hidden: int = 16
    learning_rate: float = 1e-2


class Planted(Model):
    card = Card(
        name="planted",
        title="planted by a test",
        inputs={
            "text": ("word_vectors",),
            "audio": ("mfcc", "prosody"),
            "vision": ("action_units",),
        },
    )
    Config = Config

    def __init__(self, task, config, variant="corrected"):
        super().__init__(task, config, variant)
        self.encoders = nn.ModuleDict(
            {m: nn.Linear(task.size(m), config.hidden) for m in task.modalities}
        )
        self.head = nn.Linear(config.hidden, len(task.classes))

    def forward(self, batch):
        hidden = sum(self.encode(m, batch) for m in self.encoders)
        logits = self.head(hidden)
        return Output(logits)

    def encode(self, m, batch):
        sequence = batch[m]
        steps = torch.relu(self.encoders[m](sequence.values)) * sequence.mask[..., None]
        mean = steps.sum(1) / sequence.lengths.clamp(min=1)[:, None]
        return mean * batch.present[m][:, None]
"""


@pytest.fixture
def planted(tmp_path: Path) -> Callable[..., Subject]:
    """Build the subject of the sound model with pieces of its text exchanged."""

    def make(*changes: tuple[str, str], variant: str = "corrected", **options: str) -> Subject:
        text = SOUND
        for old, new in changes:
            assert old in text, f"{old!r} is not in the model"
            text = text.replace(old, new)
        # A file is imported once per process: each one has a folder of its own.
        path = tmp_path / str(len(list(tmp_path.iterdir()))) / "planted.py"
        path.parent.mkdir()
        path.write_text(text)
        (entry,) = from_path("model", path)
        return Subject(entry, options, variant)

    return make
