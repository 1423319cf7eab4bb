"""The training loop that all models share, so that a comparison compares architectures."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import nn

from emobench.errors import ModelError

if TYPE_CHECKING:
    from emobench.interface.batch import Batch, Output
    from emobench.interface.model import Model
    from emobench.training.session import Session


def train(model: Model, session: Session) -> None:
    """Train until dev macro-F1 stops improving and keep the best epoch's weights.

    AdamW unless the model chooses otherwise, gradient clipping, accumulation, bfloat16 on a
    GPU. Of two epochs with equal dev macro-F1, the one with the lower dev loss is better.

    Raises
    ------
    ModelError
        The loss is not finite, or the logits have the wrong shape.
    """
    optimizer = model.optimizer()
    scheduler = model.scheduler(optimizer)
    best: tuple[float, float] | None = None
    best_state: dict[str, torch.Tensor] = {}
    first = len(session.epochs) + 1
    stale = 0
    for epoch in range(first, first + session.config.epochs):
        started = time.perf_counter()
        loss = _epoch(model, session, optimizer)
        score, dev_loss = session.dev_score(model)
        session.epochs.append(
            {
                "epoch": epoch,
                "train_loss": loss,
                "dev_macro_f1": score,
                "dev_loss": dev_loss,
                "seconds": time.perf_counter() - started,
            }
        )
        if scheduler is not None:
            scheduler.step(score)
        if best is None or (score, -dev_loss) > best:
            best, stale = (score, -dev_loss), 0
            best_state = copy.deepcopy(model.state_dict())
            session.best_epoch = epoch
        else:
            stale += 1
            if stale >= session.config.patience:
                break
    model.load_state_dict(best_state)


def _epoch(model: Model, session: Session, optimizer: torch.optim.Optimizer) -> float:
    """One pass over the train split; returns the mean loss."""
    model.train()
    config = session.config
    total, count, pending = 0.0, 0, 0
    optimizer.zero_grad(set_to_none=True)
    for batch in session.train_batches():
        with torch.autocast(session.device.type, torch.bfloat16, session.device.type == "cuda"):
            output = check_output(model(batch), batch, len(model.task.classes))
            loss = model.loss(output, batch)
        value = loss.item()
        if not math.isfinite(value):
            raise ModelError(f"the training loss became {value} in epoch {len(session.epochs) + 1}")
        (loss / config.accumulation).backward()  # type: ignore[no-untyped-call]
        total, count, pending = total + value * len(batch), count + len(batch), pending + 1
        if pending == config.accumulation:
            _step(model.parameters(), optimizer, config.clip_norm)
            pending = 0
    if pending:
        _step(model.parameters(), optimizer, config.clip_norm)
    return total / max(count, 1)


def _step(
    parameters: Iterable[nn.Parameter], optimizer: torch.optim.Optimizer, clip_norm: float
) -> None:
    if clip_norm > 0:
        nn.utils.clip_grad_norm_(parameters, clip_norm)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def check_output(output: Output, batch: Batch, classes: int) -> Output:
    """Return `output` if its logits are ``[B, C]`` and finite; else raise `ModelError`."""
    logits = getattr(output, "logits", None)
    if logits is None:
        raise ModelError(f"forward returned {type(output).__name__}, not an Output with logits")
    expected = (len(batch), classes)
    if tuple(logits.shape) != expected:
        raise ModelError(f"the logits have shape {tuple(logits.shape)}, expected {expected}")
    if not torch.isfinite(logits).all():
        bad = int((~torch.isfinite(logits).all(dim=1)).sum())
        raise ModelError(f"the logits of {bad} of {len(batch)} utterances are NaN or infinite")
    return output
