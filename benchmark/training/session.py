"""One training: data, settings, and the harness's own loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from emobench.interface.batch import Batch, Output, validate_output
from emobench.interface.model import Loss, Model, Session, Stateful
from emobench.interface.protocol import Regime
from emobench.interface.training_config import TrainingConfig
from emobench.interface.view import TrainingView
from emobench.randomness import DEV_MASK_SEED, uniforms
from emobench.remote.team import Team
from emobench.training.continuation import Continuation
from emobench.training.course import Watcher
from emobench.training.looks.best_looks import BestLooks
from emobench.training.loop import train
from emobench.training.memory.batch_parts import BatchParts, part_of
from emobench.training.modality_masking import RegimeMask
from emobench.training.sampling import SAMPLERS, TrainRows, evaluation_order

EVALUATION_BATCH = 64


def decide(logits: torch.Tensor, multilabel: bool) -> torch.Tensor:
    """Predicted classes: the best class ``[B]``, or classes with positive log-odds ``[B, C]``."""
    return (logits > 0).long() if multilabel else logits.argmax(dim=-1)


@dataclass
class TrainingSession(Session):
    """One training: its data under its regime, its settings, its random numbers.

    Parameters
    ----------
    view
        The fold, without its test rows.
    regime
        How modalities are treated.
    config
        The model's hyper-parameters.
    seed
        Seed of this training; everything random follows from it.
    device
        Device of the training.
    continuation
        Saves the training's state, if it is to be saved.
    watcher
        Called at every look at dev.
    dev_accuracy
        Accuracy on dev when it was last looked at; of a multi-label corpus the share of right
        answers.
    best_looks
        Keeps predictions of the looks, for a training whose flaw is to watch the test part.
    team
        The processes that share the training, if there are several.
    """

    view: TrainingView
    regime: Regime
    config: TrainingConfig
    seed: int
    device: torch.device
    generating_process: NDArray[np.float64] | None = None
    continuation: Continuation | None = None
    watcher: Watcher | None = None
    epochs: list[dict[str, Any]] = field(default_factory=list)
    best_epoch: int | None = None
    dev_accuracy: float | None = None
    best_looks: BestLooks | None = None
    team: Team | None = None

    def __post_init__(self) -> None:
        self.parts = BatchParts(self.device)
        self.dev_parts = BatchParts(self.device)
        self.generator = np.random.default_rng(self.seed)
        self._train = RegimeMask(self.view, self.regime, self.view.parts.train)
        dev = RegimeMask(self.view, self.regime, self.view.parts.dev)
        ids = [self.view.ids[i] for i in dev.rows]
        self._dev = dev.rows
        self._dev_mask = dev.mask(
            np.arange(len(dev.rows)), uniforms(ids, self.view.modalities, DEV_MASK_SEED)
        )

    @property
    def batches_per_epoch(self) -> int:
        """Number of batches of one pass over the train split."""
        return math.ceil(len(self._train.rows) / self.config.batch_size)

    def train_batches(self) -> Iterator[Batch]:
        """One epoch of the train split, shuffled, bucketed, under the regime."""
        shown, view = self._train, self.view
        every = TrainRows(
            view.labels[shown.rows], view.corpora[shown.rows], view.lengths(shown.rows)
        )
        sampler = SAMPLERS[self.config.sampling]
        epoch = sampler(every, self.config.batch_size, self.generator)
        drawn = None
        if self.regime.draws:
            drawn = self.generator.random((len(epoch.utterances), len(view.modalities)))
        rows, mask = shown.rows[epoch.utterances], shown.mask(epoch.utterances, drawn)
        for positions in epoch.batches:
            positions = self.team.part(positions) if self.team else positions
            yield view.batch(rows[positions], mask[positions]).to(self.device)

    def dev_batches(self) -> Iterator[Batch]:
        """The dev split in a fixed order, with the regime's missingness drawn once."""
        rows = self._dev
        for positions in evaluation_order(self.view.lengths(rows), EVALUATION_BATCH):
            yield self.view.batch(rows[positions], self._dev_mask[positions]).to(self.device)

    def dev_score(self, model: Model) -> tuple[float, float]:
        """Macro-F1 and mean loss on dev, over the classes that occur there."""
        model.eval()
        losses, guesses, truth, ids, logits = [], [], [], list[str](), []
        with torch.no_grad():
            for batch, output in self._dev_outputs(model):
                losses.append(float(model.loss(output, batch)) * len(batch))
                guesses.append(decide(output.logits, self.view.task.multilabel).cpu().numpy())
                truth.append(batch.labels.cpu().numpy())
                ids += batch.ids
                logits.append(output.logits.float().cpu().numpy())
                del batch, output  # else it is still held while the next one is made
        labels, predicted = np.concatenate(truth), np.concatenate(guesses)
        if self.best_looks is not None:
            self.best_looks.see(ids, np.concatenate(logits), labels, predicted)
        self.dev_accuracy = float((labels == predicted).mean()) if len(labels) else None
        occurring = np.flatnonzero(labels.any(axis=0)) if labels.ndim == 2 else np.unique(labels)
        score = 0.0
        if len(occurring):
            score = f1_score(labels, predicted, labels=occurring, average="macro", zero_division=0)
        score, loss = float(score), sum(losses) / len(labels)
        if self.team is not None:
            score, loss = self.team.agree(score, loss)
        return score, loss

    def _dev_outputs(self, model: Model) -> Iterator[tuple[Batch, Output]]:
        """The dev batches with what the model says of them, in parts where they do not fit."""

        def looked(part: slice) -> tuple[Batch, Output]:
            some = part_of(batch, part)
            return some, validate_output(model(some), some, len(self.view.task.classes))

        for batch in self.dev_batches():
            yield from self.dev_parts.each(len(batch), looked)

    def autocast(self) -> torch.autocast:
        """Context of mixed precision: bfloat16 on a GPU, nothing elsewhere."""
        return torch.autocast(self.device.type, torch.bfloat16, self.device.type == "cuda")

    def loop(
        self,
        model: Model,
        *,
        config: TrainingConfig | None = None,
        step: Callable[[Batch], Loss] | None = None,
        optimizer: torch.optim.Optimizer | Sequence[torch.optim.Optimizer] | None = None,
        stage: str = "",
        state: Mapping[str, Stateful] | None = None,
    ) -> None:
        """Train `model` with the harness's loop, as `emobench.interface.model.Session` says."""
        train(model, self, config, step, optimizer, stage, state)
