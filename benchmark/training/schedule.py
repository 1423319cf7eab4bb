"""Schedules of the step size, chosen by name in a config.

To add a schedule, write a class with the methods of `Schedule` and add it to `SCHEDULES`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from emobench.errors import RequestError
from emobench.interface.training_config import TrainingConfig

WATCHED = {"dev_macro_f1": "max", "dev_loss": "min", "train_loss": "min"}
"""What a plateau can be seen in, and which direction is progress."""


class Schedule(Protocol):
    """Sets the step sizes of a training's optimisers."""

    def begin_update(self, update: int, total: float) -> None:
        """Set the step sizes of the update after `update` of `total` updates."""

    def look(self, record: dict[str, Any]) -> None:
        """Take notice of the record of a look at dev."""

    def end(self) -> None:
        """Leave the optimisers fit for another loop."""

    def state_dict(self) -> dict[str, Any]:
        """What `load_state_dict` needs to go on from here."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where `state` was taken."""


class Constant:
    """The config's step sizes throughout."""

    def __init__(self, optimizers: Sequence[torch.optim.Optimizer], config: TrainingConfig) -> None:
        self.optimizers, self.config = optimizers, config

    def begin_update(self, update: int, total: float) -> None:
        """Change nothing."""

    def look(self, record: dict[str, Any]) -> None:
        """Change nothing."""

    def end(self) -> None:
        """Change nothing."""

    def state_dict(self) -> dict[str, Any]:
        """Nothing: the optimisers hold their step sizes."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to restore."""


class Cosine(Constant):
    """A linear rise over the share `warmup` of the updates, then half a cosine towards zero.

    Loshchilov & Hutter 2017 (SGDR), equation 5 without restarts, after the warm-up of Goyal et al.
    2017, section 2.2.
    """

    def __init__(self, optimizers: Sequence[torch.optim.Optimizer], config: TrainingConfig) -> None:
        super().__init__(optimizers, config)
        self.highest = [[group["lr"] for group in o.param_groups] for o in optimizers]

    def begin_update(self, update: int, total: float) -> None:
        """Set the step sizes of the update after `update` of `total` updates."""
        self._set(cosine_factor(update, total, self.config.warmup))

    def end(self) -> None:
        """Set the step sizes back: a next loop with these optimisers would start near zero."""
        self._set(1.0)

    def _set(self, factor: float) -> None:
        for optimizer, rates in zip(self.optimizers, self.highest, strict=True):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * factor


def cosine_factor(update: int, total: float, warmup: float) -> float:
    """Factor in (0, 1] of the step size of the update after `update` of `total` updates."""
    rise = max(1.0, warmup * total)
    if update + 1 < rise:
        return (update + 1) / rise
    past = (update + 1 - rise) / max(total + 1 - rise, 1.0)
    return 0.5 * (1 + math.cos(math.pi * min(past, 1.0)))


class Plateau(Constant):
    """The step sizes times `plateau_factor` after `plateau` looks without progress, and so on."""

    def __init__(self, optimizers: Sequence[torch.optim.Optimizer], config: TrainingConfig) -> None:
        super().__init__(optimizers, config)
        if config.plateau_watches not in WATCHED:
            known = ", ".join(WATCHED)
            raise RequestError(
                f"plateau_watches must be one of {known}, got {config.plateau_watches!r}."
            )
        mode = WATCHED[config.plateau_watches]
        self.watching = [
            ReduceLROnPlateau(o, mode, factor=config.plateau_factor, patience=config.plateau)  # type: ignore[arg-type]
            for o in optimizers
        ]

    def look(self, record: dict[str, Any]) -> None:
        """Lower the step sizes if what is watched stood still."""
        value = record.get(self.config.plateau_watches)
        for one in self.watching:
            if value is not None:
                one.step(value)

    def state_dict(self) -> dict[str, Any]:
        """The counts of looks without progress."""
        return {"watching": [one.state_dict() for one in self.watching]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore the counts."""
        for one, found in zip(self.watching, state["watching"], strict=True):
            one.load_state_dict(found)


class Own(Constant):
    """What `emobench.Model.scheduler` returned; it is stepped with dev macro-F1."""

    def __init__(
        self,
        optimizers: Sequence[torch.optim.Optimizer],
        config: TrainingConfig,
        scheduler: Any,
    ) -> None:
        super().__init__(optimizers, config)
        self.scheduler = scheduler

    def look(self, record: dict[str, Any]) -> None:
        """Step the scheduler."""
        self.scheduler.step(record["dev_macro_f1"])

    def state_dict(self) -> dict[str, Any]:
        """The scheduler's own state."""
        return {"own": self.scheduler.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore the scheduler's own state."""
        self.scheduler.load_state_dict(state["own"])


SCHEDULES: dict[str, type[Constant]] = {
    "constant": Constant,
    "cosine": Cosine,
    "plateau": Plateau,
}
"""Every schedule by the name that a config gives it in ``schedule``."""


def idle_schedule(config: TrainingConfig) -> str:
    """Say why the config's schedule can never change a step size in a training; "" if it can.

    ``constant`` promises nothing, so it is never idle.
    """
    return idle_plateau(config, config.plateau) if config.schedule == "plateau" else ""


def idle_plateau(config: TrainingConfig, plateau: int) -> str:
    """Say why a step size that falls after `plateau` stale looks never falls; "" if it can."""
    # The rate falls at the look that makes `plateau` + 1 stale ones; a later update must follow.
    if config.patience <= plateau + 1:
        return (
            f"schedule=plateau lowers the step size after {plateau + 1} looks without "
            f"progress, and patience={config.patience} ends the training by then; patience must "
            f"be at least {plateau + 2}"
        )
    # A large train split may give more updates than looks; nothing can give more looks.
    looks = config.epochs or (
        config.looks if config.min_epochs else min(config.looks, config.min_updates)
    )
    if looks < plateau + 3:
        return (
            f"schedule=plateau needs {plateau + 3} looks at dev to lower the step size "
            f"once, and the training has {looks}"
        )
    return ""
