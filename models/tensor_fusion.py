"""Tensor Fusion Network: the outer product of one vector per modality, each with a 1 appended.

Source: A. Zadeh, M. Chen, S. Poria, E. Cambria and L.-P. Morency, "Tensor Fusion Network for
Multimodal Sentiment Analysis", EMNLP 2017, pages 1103 to 1114. From the paper: three modality
embedding subnetworks (an LSTM of 128 units over words and fully connected layers of 128; voice and
face averaged over time, then three layers of 32), the tensor [z_text; 1] x [z_vision; 1] x
[z_audio; 1], whose parts are the three vectors, their three pairwise products and their triple
product, and two layers of 128 before the answer. Nothing is taken from published code (Theano,
withdrawn by its authors). Recalled, and not read again for this file: two layers of 128 after the
LSTM, dropout .15 on all hidden layers, an L2 coefficient of .01 and Adam with 5e-4.

Deviations:

- The paper says nothing of missing modalities. Here z of an absent modality is zero and its 1
  stays, so that the tensor keeps every product of the modalities that are left and nothing else. In
  that sense the architecture defines its own answer, and there is one variant, `corrected`.
- The LSTM is read at each utterance's own last word, and averages are over real steps.
- Classes and cross-entropy take the place of the paper's sentiment scores.
- A task without some modality has a tensor without that axis.

Claims: sentiment, not emotion, on CMU-MOSI, cross-validated over speakers: binary accuracy .771,
five-class accuracy .420, mean absolute error .87, as others quote the paper; not verified here.

What it scores, under which recipe, stands in docs/results.md.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from emobench import (
    Batch,
    Card,
    Choice,
    LogUniform,
    Model,
    Output,
    Parameter,
    PublishedSetting,
    RaggedLSTM,
    RequestError,
    Sequence,
    Task,
    TrainingConfig,
    Uniform,
    unknown,
)


@dataclass(frozen=True)
class TensorFusionConfig(TrainingConfig):
    """Hyper-parameters; the defaults are the compact preset."""

    text_units: int = 32
    """Units of the LSTM over words and of the layers behind it (published: 128)."""
    signal_units: int = 32
    """Width of the three layers for voice and for face."""
    hidden: int = 32
    """Width of the two layers after the tensor (published: 128)."""
    fusion: str = "tensor"
    """``tensor`` (the outer product), or ``concat``: the same vectors side by side, as a control.
    """
    dropout: float = 0.15
    """Dropout after every hidden layer."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.text_units, self.signal_units, self.hidden) < 1:
            raise RequestError("text_units, signal_units and hidden must be at least 1.")
        if not 0 <= self.dropout < 1:
            raise RequestError(f"dropout must be in [0, 1), got {self.dropout}.")
        if self.fusion not in FUSIONS:
            raise unknown("fusion", self.fusion, FUSIONS)


FUSIONS = ("tensor", "concat")


class WordsVector(nn.Module):
    """Language embedding subnetwork: an LSTM and two fully connected layers, ``[B, units]``."""

    def __init__(self, size: int, units: int, dropout: float) -> None:
        super().__init__()
        self.lstm = RaggedLSTM(size, units)
        self.layers = _layers((units, units, units), dropout)

    def forward(self, sequence: Sequence) -> Tensor:
        """Return the vector of each utterance, read at its own last word."""
        vector: Tensor = self.layers(self.lstm(sequence)[1])
        return vector


class SignalVector(nn.Module):
    """Acoustic or visual embedding subnetwork: the average and three layers, ``[B, units]``."""

    def __init__(self, size: int, units: int, dropout: float) -> None:
        super().__init__()
        self.layers = _layers((size, units, units, units), dropout)

    def forward(self, sequence: Sequence) -> Tensor:
        """Return the vector of each utterance."""
        total = (sequence.values * sequence.mask[..., None]).sum(dim=1)
        vector: Tensor = self.layers(total / sequence.lengths.clamp(min=1)[:, None])
        return vector


def _layers(sizes: tuple[int, ...], dropout: float) -> nn.Sequential:
    """Fully connected layers through `sizes`, each with ReLU and dropout."""
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(sizes):
        layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers)


def tensor_fusion(vectors: list[Tensor]) -> Tensor:
    """Outer product of vectors ``[B, D_m]``, a 1 appended to each: ``[B, product of D_m + 1]``.

    Zadeh et al. 2017, the tensor fusion layer, flattened; the last entry is always 1.
    """
    tensor = vectors[0].new_ones(len(vectors[0]), 1)
    for vector in vectors:
        extended = torch.cat([vector, vector.new_ones(len(vector), 1)], dim=1)
        tensor = (tensor[:, :, None] * extended[:, None, :]).flatten(1)
    return tensor


def side_by_side(vectors: list[Tensor]) -> Tensor:
    """Vectors ``[B, D_m]`` one behind the other: ``[B, sum of D_m]``."""
    return torch.cat(vectors, dim=1)


class TensorFusion(Model):
    """Modality embedding subnetworks, tensor fusion layer, inference subnetwork."""

    card: ClassVar[Card] = Card(
        name="tensor_fusion",
        title="Tensor Fusion Network: outer product of the modalities' vectors",
        authors="Zadeh, Chen, Poria, Cambria and Morency",
        year=2017,
        venue="EMNLP",
        link="https://aclanthology.org/D17-1115/",
        licence="none stated",
        kind="published",
        paper_regimes=("full",),
        inputs={
            "text": ("word_vectors",),
            "audio": ("log_mel", "mfcc", "prosody"),
            "vision": ("action_units|face_descriptor",),
        },
        published_inputs={
            "text": ("glove_300",),
            "audio": ("covarep_74",),
            "vision": ("facet",),
        },
        claims=(
            "CMU-MOSI, sentiment, cross-validation over speakers: binary accuracy .771, five-class "
            "accuracy .420, mean absolute error .87 (quoted by others; not re-verified here).",
        ),
        deviations=(
            "An absent modality's vector is zero and its appended 1 stays, so that the products "
            "of the other modalities remain; the paper has no missing modalities.",
            "Classes and cross-entropy instead of sentiment scores; AdamW instead of Adam with an "
            "L2 term.",
            "Inputs are standardised on the train split; word vectors are learned from it, where "
            "the paper has GloVe, COVAREP and FACET.",
            "The dropout, the L2 coefficient, the learning rate and the two layers after the LSTM "
            "are recalled from the paper, not re-verified.",
            "The compact preset has {compact.text_units} units for the text and {compact.hidden} "
            "after the tensor, for {published.text_units} and {published.hidden}.",
        ),
        ablations={
            "concatenation": {"fusion": "concat"},
            "without_dropout": {"dropout": "0"},
        },
        settings=(
            PublishedSetting(
                corpus="cmu_mosi",
                split_text="five-fold cross-validation over speakers; here the corpus's own split",
                measure="accuracy",
                claimed=0.771,
                modalities=("text", "audio", "vision"),
                source="quoted by others, not re-verified here",
            ),
        ),
    )
    Config = TensorFusionConfig
    presets: ClassVar[dict[str, TrainingConfig]] = {
        "compact": TensorFusionConfig(),
        "published": TensorFusionConfig(
            text_units=128,
            signal_units=32,
            hidden=128,
            learning_rate=5e-4,
            batch_size=32,
            epochs=40,
            patience=8,
            schedule="constant",
        ),
    }
    # The paper names widths, dropout, an L2 coefficient and a step size, and varies none of them.
    search_space: ClassVar[dict[str, Parameter]] = {
        "learning_rate": LogUniform(1e-4, 1e-2),
        "weight_decay": LogUniform(1e-4, 1.0),
        "text_units": Choice(16, 32, 48),
        "signal_units": Choice(8, 16, 32),
        "dropout": Uniform(0.0, 0.5),
        "batch_size": Choice(16, 32),
        "sampling": Choice("uniform", "class_balanced"),
    }

    def __init__(self, task: Task, config: TensorFusionConfig, variant: str = "corrected") -> None:
        super().__init__(task, config, variant)
        self.embeddings = nn.ModuleDict()
        tensor = config.fusion == "tensor"
        self.fuse = tensor_fusion if tensor else side_by_side
        size = 1 if tensor else 0
        for modality in task.modalities:
            words = modality == "text"
            units = config.text_units if words else config.signal_units
            kind = WordsVector if words else SignalVector
            self.embeddings[modality] = kind(task.size(modality), units, config.dropout)
            size = size * (units + 1) if tensor else size + units
        self.inference = _layers((size, config.hidden, config.hidden), config.dropout)
        self.decision = nn.Linear(config.hidden, len(task.classes))

    def forward(self, batch: Batch) -> Output:
        """Return logits ``[B, C]``."""
        vectors = [
            embedding(batch[m]) * batch.present[m][:, None]
            for m, embedding in self.embeddings.items()
        ]
        return Output(self.decision(self.inference(self.fuse(vectors))))
