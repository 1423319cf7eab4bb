"""The ordinary step of a training: forward, backward, and an update of the weights."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from emobench.errors import ModelError
from emobench.interface.batch import Batch, NotFiniteError, validate_output
from emobench.interface.model import Model, Session
from emobench.interface.training_config import TrainingConfig
from emobench.remote.team import Team
from emobench.training.memory.batch_parts import BatchParts, part_of


class OrdinaryStep:
    """Forward, backward and, every `accumulation` batches, a step of the optimiser.

    Where the memory of a GPU is used up, the batches of the update are halved and done again from
    the random numbers that the update began with. The gradients of the parts are summed, each by
    its share of the utterances: for a loss that is a mean over utterances that is the gradient of
    the whole batch.

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
        known: BatchParts | None = getattr(session, "parts", None)
        self.parts = known if known is not None else BatchParts(session.device)
        self.pending = 0
        self._parameters: list[nn.Parameter] = []
        self._optimized: list[int] = []
        self._batches: list[Batch] = []
        self._random: tuple[Any, ...] = ()
        self._size = 0
        optimizer.zero_grad(set_to_none=True)

    def __call__(self, batch: Batch) -> float:
        """Add the gradients of one batch; return its loss."""
        if not self.pending:
            self._batches, self._random = [], _random_state(self.session.device)
        self._batches.append(batch)
        left = [batch]
        while True:
            try:
                for one in left:
                    value = self._add(one)
                return value
            except torch.OutOfMemoryError as error:
                if self.team is not None:
                    raise  # the other processes would wait for this one
                said = str(error)
            # Outside of the handler: the error holds the tensors of what did not fit.
            self.optimizer.zero_grad(set_to_none=True)
            self.pending = 0
            self.parts.halve(self._size, said)
            _set_random_state(self._random, self.session.device)
            left = self._batches

    def _add(self, batch: Batch) -> float:
        """Add the gradients of one batch in as many parts as its memory needs."""
        total = 0.0
        for place in self.parts.slices(len(batch)):
            part = part_of(batch, place)
            self._size, share = len(part), len(part) / len(batch)
            value = self._add_part(part, share)
            total += share * value
            if not math.isfinite(value):
                return value
        self.pending += 1
        return total

    def _add_part(self, part: Batch, share: float) -> float:
        try:
            with self.session.autocast():
                output = validate_output(self.model(part), part, len(self.model.task.classes))
                loss = self.model.loss(output, part)
            value = loss.item() if self.team is None else self.team.mean(loss.item())
            if math.isfinite(value):
                (loss if share == 1.0 else loss * share).backward()  # type: ignore[no-untyped-call]
        except ValueError as error:
            if share == 1.0:
                raise
            # Batch normalisation refuses a single utterance, for instance.
            raise ModelError(
                f"{error}: with {len(part)} utterances at once, as its batch did not fit into the "
                f"memory of {self.session.device}"
            ) from error
        return value

    def apply(self) -> None:
        """Step with the mean of the pending gradients, however many batches they come from.

        Raises
        ------
        NotFiniteError
            The gradients are not finite; the weights are as they were.
        """
        if not self.pending:
            return
        parameters = self._listed()
        if self.pending > 1:
            for parameter in parameters:
                if parameter.grad is not None:
                    parameter.grad /= self.pending
        if self.team is not None:
            self.team.average(parameters)
        if self.config.clip_norm > 0:
            norm = nn.utils.clip_grad_norm_(parameters, self.config.clip_norm)
            # On a GPU the next loss tells it: to ask here would let the processor wait.
            if norm.device.type == "cpu" and not math.isfinite(norm):
                raise NotFiniteError(f"the norm of the gradient became {float(norm)}")
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.pending, self._batches = 0, []

    def _listed(self) -> list[nn.Parameter]:
        """The model's parameters, listed again when the optimiser has others: it takes time."""
        known = [id(p) for group in self.optimizer.param_groups for p in group["params"]]
        if known != self._optimized:
            self._optimized, self._parameters = known, list(self.model.parameters())
        return self._parameters


def _random_state(device: torch.device) -> tuple[Any, ...]:
    cuda = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    return torch.get_rng_state(), cuda


def _set_random_state(state: tuple[Any, ...], device: torch.device) -> None:
    torch.set_rng_state(state[0])
    if state[1] is not None:
        torch.cuda.set_rng_state(state[1], device)
