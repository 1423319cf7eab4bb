"""The ordinary step of a training: forward, backward, and an update of the weights."""

from __future__ import annotations

import math

import torch
from torch import nn

from emobench.interface.batch import Batch, validate_output
from emobench.interface.model import Model, Session
from emobench.interface.training_config import TrainingConfig
from emobench.remote.team import Team


class OrdinaryStep:
    """Forward, backward and, every `accumulation` batches, a step of the optimiser.

    Parameters
    ----------
    model, session
        The model, and its training.
    config
        Accumulation and the largest gradient norm.
    optimizer
        What makes the update.
    """

    def __init__(
        self,
        model: Model,
        session: Session,
        config: TrainingConfig,
        optimizer: torch.optim.Optimizer,
    ) -> None:
        self.model, self.session, self.config, self.optimizer = model, session, config, optimizer
        self.team: Team | None = getattr(session, "team", None)
        self.pending = 0
        optimizer.zero_grad(set_to_none=True)

    def __call__(self, batch: Batch) -> float:
        """Add the gradients of one batch; return its loss."""
        with self.session.autocast():
            output = validate_output(self.model(batch), batch, len(self.model.task.classes))
            loss = self.model.loss(output, batch)
        value = loss.item() if self.team is None else self.team.mean(loss.item())
        if math.isfinite(value):
            loss.backward()  # type: ignore[no-untyped-call]
            self.pending += 1
        return value

    def apply(self) -> None:
        """Step with the mean of the pending gradients, however many batches they come from."""
        if not self.pending:
            return
        if self.pending > 1:
            for parameter in self.model.parameters():
                if parameter.grad is not None:
                    parameter.grad /= self.pending
        if self.team is not None:
            self.team.average(self.model.parameters())
        if self.config.clip_norm > 0:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.pending = 0
