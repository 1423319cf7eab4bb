"""The training loop that all models share, so that a comparison compares architectures."""

from __future__ import annotations

import copy
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from emobench.errors import ModelError
from emobench.interface.batch import Batch, validate_output
from emobench.interface.model import Model, Session, Step
from emobench.interface.training_config import TrainingConfig


def train(
    model: Model,
    session: Session,
    config: TrainingConfig | None = None,
    step: Step | None = None,
    optimizer: torch.optim.Optimizer | None = None,
    stage: str = "",
) -> None:
    """Train until dev macro-F1 stops improving and keep the best epoch's weights.

    AdamW unless the model chooses otherwise, gradient clipping, accumulation, bfloat16 on a
    GPU. Of two epochs with equal dev macro-F1, the one with the lower dev loss is better.

    Parameters
    ----------
    model, session
        The model, and its training.
    config
        Epochs, patience, clipping and accumulation of this stage, if not the session's.
    step
        Replaces the ordinary step: given a batch, it makes its own updates and returns
        the loss to report, or losses by name, each averaged over the batches that had it;
        ``classification``, or the only one, is the ``train_loss`` of the record.
    optimizer
        Replaces ``model.optimizer()``.
    stage
        A word for this stage in the record of epochs.

    Raises
    ------
    ModelError
        The loss is not finite, or the logits have the wrong shape.
    """
    config = config or session.config
    flush: Callable[[], None] | None = None
    if step is None:
        optimizer = optimizer or model.optimizer()
        step = ordinary = _OrdinaryStep(model, session, config, optimizer)
        flush = ordinary.apply
    scheduler = model.scheduler(optimizer) if optimizer is not None else None
    named = {"stage": stage} if stage else {}
    best = _BestEpoch()
    first = len(session.epochs) + 1
    for epoch in range(first, first + config.epochs):
        score, dev_loss = _epoch(model, session, step, flush, {"epoch": epoch} | named)
        if scheduler is not None:
            scheduler.step(score)
        if best.improves(model, score, dev_loss):
            session.best_epoch = epoch
        elif best.stale >= config.patience:
            break
    model.load_state_dict(best.weights)


@dataclass
class _BestEpoch:
    """The weights of the best epoch so far, and how many epochs ago it was."""

    score: tuple[float, float] | None = None
    weights: dict[str, torch.Tensor] = field(default_factory=dict)
    stale: int = 0

    def improves(self, model: Model, score: float, dev_loss: float) -> bool:
        """Keep the weights of `model` if its epoch is the best so far; return whether it is."""
        if self.score is not None and not (score, -dev_loss) > self.score:
            self.stale += 1
            return False
        self.score, self.stale = (score, -dev_loss), 0
        self.weights = copy.deepcopy(model.state_dict())
        return True


def _epoch(
    model: Model,
    session: Session,
    step: Step,
    flush: Callable[[], None] | None,
    record: dict[str, Any],
) -> tuple[float, float]:
    """Train and evaluate for one epoch and complete its `record`; return dev macro-F1 and loss."""
    started = time.perf_counter()
    losses = _train_epoch(model, session, step)
    if flush is not None:
        flush()
    score, dev_loss = session.dev_score(model)
    session.epochs.append(
        record
        | {
            "train_loss": losses.get("classification", next(iter(losses.values()), 0.0)),
            "dev_macro_f1": score,
            "dev_loss": dev_loss,
            "seconds": time.perf_counter() - started,
        }
        | ({"losses": losses} if len(losses) > 1 else {})
    )
    return score, dev_loss


def _train_epoch(model: Model, session: Session, step: Step) -> dict[str, float]:
    """One pass over the train split; returns the mean of each loss over the batches that had it."""
    model.train()
    totals: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for batch in session.train_batches():
        found = step(batch)
        for name, value in {"": found}.items() if isinstance(found, float) else found.items():
            if not math.isfinite(value):
                what = f"the training loss became {value}"
                raise ModelError(f"{what} in epoch {len(session.epochs) + 1}")
            totals[name] += value * len(batch)  # type: ignore[assignment]
            counts[name] += len(batch)
    return {name: total / counts[name] for name, total in totals.items()}


class _OrdinaryStep:
    """Forward, backward and, every `accumulation` batches, a step of the optimiser."""

    def __init__(
        self,
        model: Model,
        session: Session,
        config: TrainingConfig,
        optimizer: torch.optim.Optimizer,
    ) -> None:
        self.model, self.session, self.config, self.optimizer = model, session, config, optimizer
        self.pending = 0
        optimizer.zero_grad(set_to_none=True)

    def __call__(self, batch: Batch) -> float:
        with self.session.autocast():
            output = validate_output(self.model(batch), batch, len(self.model.task.classes))
            loss = self.model.loss(output, batch)
        value = loss.item()
        if math.isfinite(value):
            (loss / self.config.accumulation).backward()  # type: ignore[no-untyped-call]
            self.pending += 1
        if self.pending == self.config.accumulation:
            self.apply()
        return value

    def apply(self) -> None:
        """Step with the pending gradients; the last step of an epoch can have fewer batches."""
        if not self.pending:
            return
        if self.config.clip_norm > 0:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.pending = 0
