"""Networks of MMSA as models of emobench: ``mmsa_model.py:preset=lf_dnn``, ``ef_lstm``, ``tfn``.

The networks and their sizes are imported from the installed package MMSA; nothing of it is here.
As there, voice and face are averaged over time before `lf_dnn` and `tfn` read them, the optimiser
is Adam, and neither a schedule nor clipping changes a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from MMSA.config import get_config_regression  # type: ignore[import-not-found]
from MMSA.models import AMIO  # type: ignore[import-not-found]

from emobench import Batch, Card, Model, Output, Task, TrainingConfig


@dataclass(frozen=True)
class MMSAConfig(TrainingConfig):
    """Which network, and its training."""

    network: str = "lf_dnn"
    """Name of the network in MMSA."""


def _as_there(network: str) -> MMSAConfig:
    """The training that MMSA's own configuration gives a network on MOSI."""
    found = get_config_regression(network, "mosi", _config_file())
    return MMSAConfig(
        network=network,
        learning_rate=found.learning_rate,
        weight_decay=found.get("weight_decay", 0.0),
        batch_size=found.batch_size,
        schedule="constant",
        warmup=0.0,
        clip_norm=0.0,
        patience=1000,
        epochs=10,
    )


def _config_file() -> str:
    return ""  # MMSA's own


class MMSAModel(Model):
    """A network of MMSA."""

    card: ClassVar[Card] = Card(
        name="mmsa_model",
        title="A network of MMSA 2.2.1",
        inputs={
            "text": ("text_features",),
            "audio": ("audio_features",),
            "vision": ("vision_features",),
        },
    )
    Config = MMSAConfig
    presets: ClassVar[dict[str, TrainingConfig]] = {
        "compact": _as_there("lf_dnn"),
        **{name: _as_there(name) for name in ("lf_dnn", "ef_lstm", "tfn")},
    }

    def __init__(self, task: Task, config: MMSAConfig, variant: str = "corrected") -> None:
        super().__init__(task, config, variant)
        settings = get_config_regression(config.network, "mosi", _config_file())
        settings.update(
            train_mode="classification",
            num_classes=len(task.classes),
            feature_dims=[task.size(m) for m in ("text", "audio", "vision")],
        )
        self.averages = bool(settings.need_normalized)
        self.network = AMIO(settings)

    def forward(self, batch: Batch) -> Output:
        """Return logits ``[B, C]``."""
        text, audio, vision = (batch[m].values for m in ("text", "audio", "vision"))
        if self.averages:
            audio, vision = (x.mean(dim=1, keepdim=True) for x in (audio, vision))
        return Output(self.network(text, audio, vision)["M"])

    def optimizer(self) -> torch.optim.Optimizer:
        """Adam, with its penalty on squared weights."""
        learned = [p for p in self.parameters() if p.requires_grad]
        return torch.optim.Adam(
            learned, lr=self.config.learning_rate, weight_decay=self.config.weight_decay
        )
