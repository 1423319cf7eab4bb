"""The course of one training loop: its updates, its looks at dev, and the best of them."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from emobench.errors import ModelError
from emobench.interface.batch import Batch, NotFiniteError
from emobench.interface.model import Loss, Model, Session, Stateful
from emobench.interface.training_config import TrainingConfig
from emobench.training.batch_stream import BatchStream
from emobench.training.budget import budget
from emobench.training.looks.best_looks import BestLooks
from emobench.training.memory.batch_parts import BatchParts
from emobench.training.schedule import SCHEDULES, Own, Schedule
from emobench.training.step import OrdinaryStep

Watcher = Callable[[dict[str, Any], int, int, int], None]
"""Gets the record of a look, its number in the loop, how many looks the loop can have, and how many
batches were trained on since the look before."""
CLASSIFICATION = "classification"
"""Name of the loss that is comparable with dev's."""
EXPLOSION = 1e6
"""A loss so many times as large as the largest of the first `FIRST` updates has exploded."""
FIRST = 10


class DivergenceError(ModelError):
    """A training came to values that are not finite, or to a loss that exploded.

    Parameters
    ----------
    text
        What happened, and where.
    weights
        The weights of the best look before; empty without one.
    look
        The number of that look.
    score
        Its dev macro-F1.
    """

    def __init__(
        self,
        text: str,
        weights: Mapping[str, torch.Tensor],
        look: int | None,
        score: float | None,
    ) -> None:
        super().__init__(text)
        self.weights, self.look, self.score = dict(weights), look, score


class Course:
    """One loop from its first update to its last look.

    Parameters
    ----------
    model, session, config, step, stage
        As in `emobench.training.loop.train`.
    optimizers
        What the schedule changes and a continuation restores.
    state
        What else a continuation restores, by name.
    """

    def __init__(
        self,
        model: Model,
        session: Session,
        config: TrainingConfig,
        step: Callable[[Batch], Loss],
        optimizers: Sequence[torch.optim.Optimizer],
        stage: str,
        state: Mapping[str, Stateful] | None,
    ) -> None:
        self.model, self.session, self.config, self.step = model, session, config, step
        self.optimizers, self.stage, self.state = optimizers, stage, dict(state or {})
        self.stream = BatchStream(session)
        self.schedule = _schedule(model, optimizers, config)
        self.total = budget(config, session.batches_per_epoch)
        self.most_looks = config.epochs or min(config.looks, self.total)
        self.updates = self.looks = self.stale = 0
        self.score: tuple[float, float] | None = None
        self.best_weights: dict[str, torch.Tensor] = {}
        self._losses = _Means()
        self._largest, self._pass = 0.0, 1
        self._started = time.perf_counter()

    @property
    def ended(self) -> bool:
        """Whether the budget or the patience is at its end."""
        epochs = self.config.epochs
        spent = self.stream.passes >= epochs if epochs else self.updates >= self.total
        return spent or self.stale >= self.config.patience

    def train_to_next_look(self) -> None:
        """Train until dev is to be looked at."""
        self.model.train()
        self._losses = _Means()
        while True:
            ends_pass = self._update()
            if self.config.epochs:
                if ends_pass:
                    return
            elif self.updates >= self._next_look():
                return

    def _next_look(self) -> int:
        """Number of updates at the next look; looks are spread evenly, the last at the end."""
        return round((self.looks + 1) * self.total / self.most_looks)

    def _update(self) -> bool:
        """One update, of `accumulation` batches or what is left of the pass; whether that ends."""
        self.schedule.begin_update(self.updates, self.total)
        for _ in range(self.config.accumulation):
            self._pass = self.stream.passes + 1
            try:
                batch, ends_pass = self.stream.next()
            except StopIteration:
                raise ModelError("the train split has no batch to learn from") from None
            self._losses.add(self._checked(self._loss(batch)), len(batch))
            if ends_pass:
                break
        if isinstance(self.step, OrdinaryStep):
            try:
                self.step.apply()
            except NotFiniteError as error:
                raise self._divergence(str(error)) from error
        self.updates += 1
        return ends_pass

    def _loss(self, batch: Batch) -> Loss:
        try:
            return self.step(batch)
        except NotFiniteError as error:
            raise self._divergence(str(error)) from error

    def _checked(self, loss: Loss) -> dict[str, float]:
        found = dict(loss) if isinstance(loss, Mapping) else {CLASSIFICATION: loss}
        for name, value in found.items():
            which = "training loss" if name == CLASSIFICATION else f"{name} loss"
            if not math.isfinite(value):
                raise self._divergence(f"the {which} became {value}")
            if self.updates >= FIRST and abs(value) > EXPLOSION * max(1.0, self._largest):
                raise self._divergence(
                    f"the {which} exploded to {value:.3g} (at first it was {self._largest:.3g} at "
                    "most)"
                )
        if self.updates < FIRST:
            self._largest = max(self._largest, *map(abs, found.values()), 0.0)
        return found

    def _divergence(self, what: str) -> DivergenceError:
        """The error that ends this loop, with its place and the best weights before."""
        where = f"in pass {self._pass} over train, update {self.updates + 1}"
        stage = f" of stage {self.stage}" if self.stage else ""
        look = self.session.best_epoch if self.score is not None else None
        return DivergenceError(
            f"{what} before look {self._number} at dev ({where}{stage})",
            self.best_weights,
            look,
            self.score[0] if self.score is not None else None,
        )

    @property
    def _number(self) -> int:
        """Number of the next record."""
        return len(self.session.epochs) + 1

    def look(self) -> None:
        """Look at dev, record it, and keep the weights if they are the best so far."""
        rates = [group["lr"] for o in self.optimizers for group in o.param_groups]
        try:
            score, dev_loss = self.session.dev_score(self.model)
        except NotFiniteError as error:
            raise self._divergence(f"at dev {error}") from error
        best_looks: BestLooks | None = getattr(self.session, "best_looks", None)
        if best_looks is not None:
            best_looks.look(self.stage)
        self.looks += 1
        record: dict[str, Any] = {"epoch": self._number}
        record |= {"stage": self.stage} if self.stage else {}
        record |= {"updates": self.updates, "passes": self.stream.passes}
        record |= self._losses.report()
        record |= {"learning_rate": max(rates)} if rates else {}
        record |= {"dev_macro_f1": score, "dev_loss": dev_loss}
        accuracy = getattr(self.session, "dev_accuracy", None)
        record |= {} if accuracy is None else {"dev_accuracy": accuracy}
        now = time.perf_counter()
        record["seconds"], self._started = now - self._started, now
        self.session.epochs.append(record)
        watcher: Watcher | None = getattr(self.session, "watcher", None)
        if watcher is not None:
            watcher(record, self.looks, self.most_looks, self._losses.batches)
        self.schedule.look(record)
        self._keep_best(score, dev_loss)

    def _keep_best(self, score: float, dev_loss: float) -> None:
        if self.score is not None and not (score, -dev_loss) > self.score:
            self.stale += 1
            return
        self.score, self.stale = (score, -dev_loss), 0
        self.best_weights = copy.deepcopy(self.model.state_dict())
        self.session.best_epoch = len(self.session.epochs)

    @property
    def _parts(self) -> BatchParts | None:
        """How batches are cut, if the step is the ordinary one."""
        return self.step.parts if isinstance(self.step, OrdinaryStep) else None

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides how the loop goes on from the look that was the last."""
        cuda = self.session.device.type == "cuda"
        return {
            "stage": self.stage,
            "model": self.model.state_dict(),
            "best_weights": self.best_weights,
            "optimizers": [o.state_dict() for o in self.optimizers],
            "schedule": self.schedule.state_dict(),
            "state": {name: one.state_dict() for name, one in self.state.items()},
            "stream": self.stream.state_dict(),
            "counts": [self.updates, self.looks, self.stale],
            "largest": self._largest,
            "at_once": self._parts.most if self._parts is not None else None,
            "score": self.score,
            "epochs": self.session.epochs,
            "best_epoch": self.session.best_epoch,
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state(self.session.device) if cuda else None,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where `state` was taken."""
        self.model.load_state_dict(state["model"])
        self.best_weights = dict(state["best_weights"])
        for optimizer, found in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(found)
        self.schedule.load_state_dict(state["schedule"])
        for name, one in self.state.items():
            one.load_state_dict(state["state"][name])
        self.stream.load_state_dict(state["stream"])
        self.updates, self.looks, self.stale = state["counts"]
        self._largest = state.get("largest", 0.0)
        if self._parts is not None:
            self._parts.most = state.get("at_once")
        self.score = tuple(state["score"])
        self.session.epochs[:] = copy.deepcopy(state["epochs"])
        self.session.best_epoch = state["best_epoch"]
        torch.set_rng_state(state["torch"].cpu())
        if state["cuda"] is not None:
            torch.cuda.set_rng_state(state["cuda"].cpu(), self.session.device)
        self._started = time.perf_counter()


class _Means:
    """Mean of each named loss over the utterances of the batches that report it."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}
        self.counts: dict[str, int] = {}
        self.batches = 0

    def add(self, losses: Mapping[str, float], count: int) -> None:
        self.batches += 1
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + value * count
            self.counts[name] = self.counts.get(name, 0) + count

    def report(self) -> dict[str, Any]:
        means = {name: total / self.counts[name] for name, total in self.sums.items()}
        report: dict[str, Any] = {"train_loss": means.get(CLASSIFICATION)}
        return report | ({"losses": means} if set(means) - {CLASSIFICATION} else {})


def _schedule(
    model: Model, optimizers: Sequence[torch.optim.Optimizer], config: TrainingConfig
) -> Schedule:
    own = model.scheduler(optimizers[0]) if optimizers else None
    if own is not None:
        return Own(optimizers, config, own)
    return SCHEDULES[config.schedule](optimizers, config)
