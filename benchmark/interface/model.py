"""The model interface: a card, a config, a forward pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from emobench.errors import RequestError, unknown
from emobench.interface.batch import Batch, Output, Sequence
from emobench.interface.card import Card
from emobench.training.losses import LOSSES, classification_loss

if TYPE_CHECKING:
    from emobench.training.session import Session


SAMPLINGS = ("uniform", "class_balanced", "corpus_balanced")


@dataclass(frozen=True)
class Task:
    """What a model is built for.

    Parameters
    ----------
    classes
        Label names in the order of the logits.
    inputs
        Modality to representation to feature size D. For ``tokens`` it is the vocabulary size,
        counting id 0 (padding) and id 1 (unknown).
    class_counts
        Utterances per class in the train split.
    size_of_train
        Utterances of the train split; 0: the sum of `class_counts`.
    multilabel
        Any number of classes can hold: labels are ``[B, C]`` of zeros and ones, logits are the
        log-odds of each class, and a class is predicted where its logit is positive.
    """

    classes: tuple[str, ...]
    inputs: Mapping[str, Mapping[str, int]]
    class_counts: tuple[int, ...]
    size_of_train: int = 0
    multilabel: bool = False

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities that this model gets, in the fixed order."""
        return tuple(self.inputs)

    def size(self, modality: str) -> int:
        """Feature size D of ``batch[modality]``."""
        return sum(self.inputs[modality].values())


@dataclass(frozen=True)
class TrainingConfig:
    """Hyper-parameters of the harness's training loop; a model's Config adds its own."""

    learning_rate: float = 1e-3
    """Step size of the optimiser."""
    weight_decay: float = 1e-2
    """Decoupled weight decay (AdamW)."""
    batch_size: int = 32
    """Utterances per step."""
    epochs: int = 30
    """At most so many passes over the train split."""
    patience: int = 5
    """Stop after so many epochs without a better dev macro-F1."""
    clip_norm: float = 1.0
    """Largest gradient norm; 0 switches clipping off."""
    accumulation: int = 1
    """Batches per optimiser step."""
    loss: str = "cross_entropy"
    """``cross_entropy``, ``weighted`` (inverse class frequency), ``focal``, or for labels of
    which several can hold ``binary_cross_entropy``."""
    focal_gamma: float = 2.0
    """Focusing exponent of the focal loss."""
    sampling: str = "uniform"
    """``uniform``; ``class_balanced``; or ``corpus_balanced``, equal shares of every corpus in each
    batch. Drawn from the train split, after the split."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "accumulation", "patience"):
            if getattr(self, name) < 1:
                raise RequestError(f"{name} must be at least 1, got {getattr(self, name)}.")
        if not self.learning_rate >= 0:
            raise RequestError(f"learning_rate must not be negative, got {self.learning_rate}.")
        if self.loss not in LOSSES:
            raise unknown("loss", self.loss, LOSSES)
        if self.sampling not in SAMPLINGS:
            raise unknown("sampling", self.sampling, SAMPLINGS)


class Model(nn.Module):
    """A multimodal emotion classifier.

    A subclass sets `card`, a frozen dataclass ``Config`` derived from `TrainingConfig`, and
    `presets`; builds its layers in ``__init__(task, config, variant)``; and implements
    `forward`. Everything else has a default.

    Notes
    -----
    What a model may rely on: a missing modality's values are zero and its length is 0, at
    least one of the corpus's modalities is present (not necessarily one that this model
    reads), and a batch can have a single utterance. What it must keep: an utterance's logits
    do not depend on its batch mates or on padding.
    """

    card: ClassVar[Card]
    Config: ClassVar[type[TrainingConfig]] = TrainingConfig
    presets: ClassVar[dict[str, TrainingConfig]] = {}
    takes_learned_fill: ClassVar[bool] = True
    """Whether vectors that stand for missing modalities can be trained with it; not where its own
    updates know nothing of them."""

    def __init__(self, task: Task, config: TrainingConfig, variant: str = "corrected") -> None:
        super().__init__()
        self.task = task
        self.config = config
        self.variant = variant

    @property
    def as_published(self) -> bool:
        """Whether the authors' documented defects are to be kept."""
        return self.variant == "as_published"

    def forward(self, batch: Batch) -> Output:
        """Return logits ``[B, C]`` for `batch`."""
        raise NotImplementedError(f"{type(self).__name__} implements no forward(batch)")

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """Training loss of one batch: the configured classification loss plus ``output.losses``."""
        total = classification_loss(
            self.config,
            self.task.class_counts,
            output.logits,
            batch.labels,
            self.task.size_of_train,
        )
        for extra in output.losses.values():
            total = total + extra
        return total

    def optimizer(self) -> torch.optim.Optimizer:
        """AdamW over all parameters, unless a model chooses otherwise."""
        return torch.optim.AdamW(
            self.parameters(), lr=self.config.learning_rate, weight_decay=self.config.weight_decay
        )

    def scheduler(
        self, optimizer: torch.optim.Optimizer
    ) -> torch.optim.lr_scheduler.ReduceLROnPlateau | None:
        """Learning-rate schedule, stepped with the dev macro-F1; none by default."""
        return None

    def fit(self, session: Session) -> None:
        """Train this model; the default is the harness's loop, ``session.loop(self)``.

        Override it to train differently (a closed-form fit, two stages, alternating updates),
        and call ``session.loop`` from there for the parts that are ordinary.
        """
        session.loop(self)

    def generate(self, batch: Batch, modality: str) -> Sequence:
        """Produce `modality` for every utterance from the others that are present; optional.

        Parameters
        ----------
        batch
            The utterances. Their own values of `modality` must not be looked at.
        modality
            What to produce.

        Returns
        -------
        Values ``[B, T, D]`` in the space of ``batch[modality]``, and their lengths ``[B]``. Where
        nothing else is present it may be drawn from the prior.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot generate a modality")

    @classmethod
    def generates(cls, config: TrainingConfig, variant: str) -> bool:
        """Whether a model of this configuration and variant implements `generate`."""
        return cls.generate is not Model.generate

    @property
    def can_generate(self) -> bool:
        """Whether this model implements `generate`."""
        return self.generates(self.config, self.variant)
