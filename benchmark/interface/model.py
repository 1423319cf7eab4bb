"""The model interface: a card, a config, a forward pass, and the session that trains it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Sequence as Many
from typing import Any, ClassVar, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from emobench.errors import ModelError
from emobench.interface.batch import Batch, Output, Sequence
from emobench.interface.card import Card
from emobench.interface.loss import LossSettings, losses
from emobench.interface.search_parameter import LogUniform, Parameter
from emobench.interface.task import Task
from emobench.interface.training_config import TrainingConfig

Loss = float | Mapping[str, float]
"""What a step reports: a loss, or several by name."""


class Stateful(Protocol):
    """What a training that was killed needs to go on."""

    def state_dict(self) -> dict[str, Any]:
        """The state as tensors, numbers, text, lists and dictionaries."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore a state."""


class Model(nn.Module):
    """A multimodal emotion classifier.

    A subclass sets `card`, a frozen dataclass ``Config`` derived from `TrainingConfig`, and
    `presets`; builds its layers in ``__init__(task, config, variant)``; and implements
    `forward`. Everything else has a default.

    `presets` holds ``compact`` (the controlled track's) and ``published`` (the published track's),
    and further ones that ``NAME:preset=PRESET`` takes; ``PRESET_published``, if there is one, takes
    the place of ``PRESET`` on the published track.

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
    search_space: ClassVar[Mapping[str, Parameter]] = {
        "learning_rate": LogUniform(1e-4, 1e-2),
        "weight_decay": LogUniform(1e-4, 1.0),
    }
    """Fields of the Config that `emobench run --tune` searches, and how far. This one is a model's
    that declares none; with an empty mapping nothing is searched."""
    takes_learned_fill: ClassVar[bool] = True
    """Whether vectors that replace missing modalities can be trained together with the model. False
    if the model makes its own updates, which would leave these vectors out."""
    frozen_backbones: ClassVar[bool] = False
    """Whether nothing trains the backbones that its config names. Then the harness runs them once
    for a corpus, and the model, which builds none, gets their output as the inputs of its `task`,
    standardised on train: what it generates is then in that space, and so are all controls."""

    def __init__(self, task: Task, config: TrainingConfig, variant: str = "corrected") -> None:
        super().__init__()
        self.task = task
        self.config = config
        self.variant = variant

    @property
    def as_published(self) -> bool:
        """Whether this variant keeps the authors' documented defects."""
        return self.variant == "as_published"

    def forward(self, batch: Batch) -> Output:
        """Return logits ``[B, C]`` for `batch`."""
        raise NotImplementedError(f"{type(self).__name__} implements no forward(batch)")

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """Training loss of one batch: the configured classification loss plus ``output.losses``."""
        settings = LossSettings(
            self.task.class_counts, self.task.size_of_train, self.config.focal_gamma
        )
        total = losses()[self.config.loss](output.logits, batch.labels, settings)
        for extra in output.losses.values():
            total = total + extra
        return total

    def optimizer(self) -> torch.optim.Optimizer:
        """AdamW over all parameters, unless a model chooses otherwise."""
        return torch.optim.AdamW(
            self.parameters(),
            lr=self.config.learning_rate,
            weight_decay=self.config.weight_decay,
            fused=True,
        )

    def scheduler(
        self, optimizer: torch.optim.Optimizer
    ) -> torch.optim.lr_scheduler.ReduceLROnPlateau | None:
        """A schedule of the model's own, stepped with the dev macro-F1 at every look.

        None, the default: the config's ``schedule``.
        """
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
            The utterances. The model must not read their values of `modality`.
        modality
            The modality to produce.

        Returns
        -------
        Values ``[B, T, D]`` in the space of ``batch[modality]``, and their lengths ``[B]``. If
        no other modality is present, values may be drawn from the prior.
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


class Session(ABC):
    """One training as a model's `fit` sees it: its data, settings, random numbers and loop.

    Parameters
    ----------
    config
        The model's hyper-parameters.
    seed
        Seed of this training; everything random follows from it.
    device
        Device of the training.
    generator
        The training's own random numbers (NumPy).
    generating_process
        Joint probability ``[C, C, C, C]`` of a simulated corpus, else None.
    epochs
        The record of epochs so far, which is stored.
    best_epoch
        Number of the epoch whose weights were kept.
    """

    config: TrainingConfig
    seed: int
    device: torch.device
    generator: np.random.Generator
    generating_process: NDArray[np.float64] | None
    epochs: list[dict[str, Any]]
    best_epoch: int | None

    @property
    @abstractmethod
    def batches_per_epoch(self) -> int:
        """Number of batches of one pass over the train split."""

    @abstractmethod
    def train_batches(self) -> Iterator[Batch]:
        """One epoch of the train split, shuffled, bucketed, under the regime."""

    @abstractmethod
    def dev_batches(self) -> Iterator[Batch]:
        """The dev split in a fixed order, with the regime's missingness drawn once."""

    @abstractmethod
    def dev_score(self, model: Model) -> tuple[float, float]:
        """Macro-F1 and mean loss on dev, over the classes that occur there."""

    @abstractmethod
    def autocast(self) -> torch.autocast:
        """Context of mixed precision: bfloat16 on a GPU, nothing elsewhere."""

    @abstractmethod
    def loop(
        self,
        model: Model,
        *,
        config: TrainingConfig | None = None,
        step: Callable[[Batch], Loss] | None = None,
        optimizer: torch.optim.Optimizer | Many[torch.optim.Optimizer] | None = None,
        stage: str = "",
        state: Mapping[str, Stateful] | None = None,
    ) -> None:
        """Train `model` with the harness's loop; it ends with the best look's weights.

        A training in stages calls it once for each.

        Parameters
        ----------
        model
            The model to train.
        config
            Budget, schedule, patience, clipping and accumulation of this stage, if not the model's
            own.
        step
            Replaces the ordinary step: given a batch, it makes its own updates and
            returns the loss to report, or several by name; the one named ``classification`` is
            the record's ``train_loss``.
        optimizer
            Replaces ``model.optimizer()``. With `step`, all optimisers that it uses: the schedule
            changes their step sizes.
        stage
            A word for this stage in the record of looks.
        state
            What `step` keeps beside its optimisers, by name. A killed training goes on from a
            saved look only if it can restore the optimisers and this; else it starts again.
        """


def build_model(kind: type[Model], task: Task, config: TrainingConfig, variant: str) -> Model:
    """Build a model, and refuse layers that it would neither train nor store.

    Raises
    ------
    ModelError
        Layers stand in a plain list or dictionary, or ``__init__`` never called the base's.
    """
    try:
        model = kind(task, config, variant)
    except AttributeError as error:
        if "before Module.__init__() call" not in str(error):
            raise
        raise ModelError(
            f"{kind.__name__}.__init__ sets layers before it calls super().__init__(task, config, "
            "variant)"
        ) from error
    if "_modules" not in vars(model):
        raise ModelError(
            f"{kind.__name__}.__init__ never calls super().__init__(task, config, variant)"
        )
    known = set(model.modules())
    for part in known:
        for name, value in vars(part).items():
            if not name.startswith("_") and (lost := _layers_in(value) - known):
                raise ModelError(
                    f"{type(part).__name__}.{name} is a {type(value).__name__} with "
                    f"{len(lost)} layers that are neither trained nor stored: make it an "
                    f"nn.Module{'Dict' if isinstance(value, dict) else 'List'}"
                )
    return model


def _layers_in(value: object) -> set[nn.Module]:
    """Modules with something to train in a plain list, tuple or dictionary."""
    if not isinstance(value, dict | list | tuple):
        return set()
    held = value.values() if isinstance(value, dict) else value
    layers = {m for m in held if isinstance(m, nn.Module)}
    return {m for m in layers if any(p.requires_grad for p in m.parameters())}
