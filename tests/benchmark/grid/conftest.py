from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.discovery.registry import from_path

MODEL = """
import os, signal
import torch
from torch import nn
from emobench import Card, Model, Output

class Written(Model):
    card = Card(name={name!r}, title="t", inputs={{"text": ("tokens",)}}, variants=("corrected",))

    def __init__(self, task, config, variant="corrected"):
        super().__init__(task, config, variant)
        self.weight = nn.Parameter(torch.zeros(len(task.classes)))

    def fit(self, session):
        {fit}

    def forward(self, batch):
        logits = self.weight.expand(len(batch), -1)
        {forward}
        return Output(logits)
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Any]:
    """Write a model file that behaves as told; returns its entry with no options."""

    def make(name: str, fit: str = "pass", forward: str = "pass") -> Any:
        path = tmp_path / f"{name}.py"
        path.write_text(MODEL.format(name=name, fit=fit, forward=forward))
        return from_path("model", path)[0], {}

    return make
