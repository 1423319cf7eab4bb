"""EmotiWave: one bidirectional LSTM per modality, fused by concatenation or attention.

Source: A. Charles, "EmotiWave", preprint and notebooks, 2025. Taken from the published notebooks:
three one-layer BiLSTMs (128 units each way) whose final states are concatenated (768 to 128 to
classes, dropout .3) or weighed by a softmax over modalities with one shared score (256 to 1, no
bias); AdamW 1e-4, weight decay 1e-2, batch 16, 50 epochs, patience 5, gradient norm 1.

What `corrected` mends, and `as_published` keeps:

- The forward LSTM's state was read after the padding, so a prediction depended on the longest
  utterance of its batch. Corrected: at each utterance's own last step.
- A missing modality was a zero sequence through a biased LSTM, a constant that is not zero and
  that took its full share of the attention. Corrected: the encoder is skipped, the representation
  is zero, and the attention logit is minus infinity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from emobench import (
    Batch,
    Card,
    Model,
    Output,
    RequestError,
    Sequence,
    Task,
    TrainingConfig,
    unknown,
)

FUSIONS = ("concat", "attention")


@dataclass(frozen=True)
class EmotiWaveConfig(TrainingConfig):
    """Hyper-parameters; the defaults are the compact preset."""

    fusion: str = "concat"
    """``concat`` or ``attention``."""
    units: int = 64
    """LSTM units in each direction."""
    hidden: int = 128
    """Width of the layer before the classes."""
    dropout: float = 0.3
    """Dropout before the classes."""
    learning_rate: float = 1e-3
    """Step size of AdamW."""
    epochs: int = 40
    """At most so many epochs."""
    patience: int = 6
    """Epochs without a better dev macro-F1 before it stops."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.fusion not in FUSIONS:
            raise unknown("fusion", self.fusion, FUSIONS)
        if min(self.units, self.hidden) < 1 or not 0 <= self.dropout < 1:
            raise RequestError("units and hidden must be at least 1, dropout in [0, 1).")


class EmotiWave(Model):
    """BiLSTM per modality; concatenation or attention over modalities."""

    card: ClassVar[Card] = Card(
        name="emotiwave",
        title="EmotiWave: BiLSTM per modality with concatenation or attention fusion",
        authors="Charles",
        year=2025,
        venue="preprint",
        link="https://doi.org/10.6084/m9.figshare.31567024",
        licence="none stated",
        kind="published",
        inputs={
            "text": ("word_vectors",),
            "audio": ("log_mel", "mfcc", "prosody"),
            "vision": ("action_units|face_descriptor",),
        },
        published_inputs={
            "text": ("glove_300",),
            "audio": ("covarep_74",),
            "vision": ("openface2_713",),
        },
        variants=("corrected", "as_published"),
        claims=(
            "CMU-MOSEI, random split by video, labels averaged over videos, fear and disgust "
            "swapped: concatenation accuracy .57, macro-F1 .22, weighted F1 .53 (majority: .588, "
            ".123).",
            "The same, attention: dev macro-F1 .129, which is what a constant prediction gives.",
        ),
        deviations=(
            "Inputs are standardised on the train split; the notebooks feed raw features.",
            "Modality dropout is the harness's regime, drawn per utterance with one modality kept; "
            "the notebooks draw per batch and can drop all.",
            "The compact preset has 64 units a direction, learning rate 1e-3, batch 32, 40 epochs.",
        ),
    )
    Config = EmotiWaveConfig
    presets: ClassVar[dict[str, TrainingConfig]] = {
        "compact": EmotiWaveConfig(),
        "published": EmotiWaveConfig(
            units=128, learning_rate=1e-4, batch_size=16, epochs=50, patience=5
        ),
    }

    def __init__(self, task: Task, config: EmotiWaveConfig, variant: str = "corrected") -> None:
        super().__init__(task, config, variant)
        self.fusion = config.fusion
        width = 2 * config.units
        self.encoders = nn.ModuleDict(
            {
                m: nn.LSTM(task.size(m), config.units, batch_first=True, bidirectional=True)
                for m in task.modalities
            }
        )
        if self.fusion == "attention":
            self.score = nn.Linear(width, 1, bias=False)
        fused = width if self.fusion == "attention" else width * len(task.modalities)
        self.head = nn.Sequential(
            nn.Linear(fused, config.hidden),
            nn.ReLU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden, len(task.classes)),
        )

    def forward(self, batch: Batch) -> Output:
        """Return logits ``[B, C]`` and, with attention, the modality weights."""
        states = {m: self._encode(m, batch) for m in self.task.modalities}
        if self.fusion == "concat":
            return Output(self.head(torch.cat(list(states.values()), dim=1)))
        weights = self._weights(states, batch)
        stacked = torch.stack(list(states.values()), dim=1)
        fused = (weights[..., None] * stacked).sum(dim=1)
        reported = {m: weights[:, i] for i, m in enumerate(self.task.modalities)}
        return Output(self.head(fused), modality_weights=reported)

    def _encode(self, modality: str, batch: Batch) -> Tensor:
        """Final forward and backward state of one modality, ``[B, 2 units]``."""
        encoder = self.encoders[modality]
        sequence = batch[modality]
        if self.as_published:
            _, (state, _) = encoder(sequence.values)
            return torch.cat([state[0], state[1]], dim=1)
        return self._masked(encoder, sequence, batch.present[modality])

    @staticmethod
    def _masked(encoder: nn.Module, sequence: Sequence, present: Tensor) -> Tensor:
        """Final states at each utterance's own ends; zero where the modality is absent."""
        lengths = sequence.lengths.clamp(min=1).cpu()
        packed = pack_padded_sequence(
            sequence.values, lengths, batch_first=True, enforce_sorted=False
        )
        _, (state, _) = encoder(packed)
        return torch.cat([state[0], state[1]], dim=1) * present[:, None]

    def _weights(self, states: dict[str, Tensor], batch: Batch) -> Tensor:
        """Attention over modalities ``[B, M]``; zero for absent ones unless as published."""
        logits = torch.cat([self.score(state) for state in states.values()], dim=1)
        if self.as_published:
            return logits.softmax(dim=1)
        present = torch.stack([batch.present[m] for m in states], dim=1)
        logits = logits.masked_fill(~present, float("-inf"))
        # None of this model's modalities is there: no weight at all, rather than NaN.
        return torch.nan_to_num(logits.softmax(dim=1))
