"""Continuation of a training that was killed: its state at a look, saved and taken up again.

A model's `fit` is run again from its beginning. A loop that had ended gives back what it ended
with; the loop that was interrupted goes on from its last saved look; what lies between loops
follows from the seed and is computed again.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from emobench.interface.model import Model, Session
from emobench.training.course import Course

State = dict[str, Any]


SECONDS = 10.0
"""A look at which the last saved state is older than this is saved in any case: what takes long to
train again is lost by one look at most."""


def looks_at_dev(epochs: Sequence[Mapping[str, Any]]) -> int:
    """Number of looks at dev among the records of a training."""
    return sum(epoch.get("dev_macro_f1") is not None for epoch in epochs)


class Paused(Exception):  # noqa: N818 - it names an event, like KeyboardInterrupt
    """A training has made the looks at dev that it was to make for now; its state is saved."""


class Continuation:
    """Saves the states of one training.

    Parameters
    ----------
    save
        Stores a state; each replaces the one before.
    saved
        The state from which the training goes on; None: it starts.
    every
        Looks from one saved state to the next at most, fewer where looks take long (`SECONDS`);
        0: nothing is saved.
    pause
        Number of looks after which the training is paused, counted over all stages; 0: never.

    Attributes
    ----------
    seconds_before
        How long the training had taken, over all its parts, when the saved state was stored.
    """

    def __init__(
        self,
        save: Callable[[State], None],
        saved: State | None = None,
        every: int = 1,
        pause: int = 0,
    ) -> None:
        self.save, self.every, self.pause = save, every, pause
        self.seconds_before: float = saved["seconds"] if saved else 0.0
        self._started = self._saved = time.perf_counter()
        self.finished: list[State] = list(saved["finished"]) if saved else []
        self._course: State | None = saved["course"] if saved else None
        self._loops = self._looks = 0

    @property
    def looks_saved(self) -> int:
        """Number of looks at dev that need not be made again."""
        return len(self._course["epochs"]) if self._course else 0

    def skip_loop(self, model: Model, session: Session) -> bool:
        """Restore the end of a loop that had ended before the kill; whether this one had."""
        self._loops += 1
        if self._loops > len(self.finished):
            return False
        end = self.finished[self._loops - 1]
        model.load_state_dict(end["weights"])
        session.epochs[:] = copy.deepcopy(end["epochs"])
        session.best_epoch = end["best_epoch"]
        torch.set_rng_state(end["torch"].cpu())
        session.generator.bit_generator.state = end["generator"]
        return True

    def enter_loop(self, course: Course) -> None:
        """Set the interrupted loop to its last saved look."""
        if self._course is not None:
            course.load_state_dict(self._course)
            self._course = None

    def looked(self, course: Course) -> None:
        """Save the state, if it is time to.

        Raises
        ------
        Paused
            The training has made the looks that it was to make for now.
        """
        self._looks += 1
        pausing = bool(self.pause) and looks_at_dev(course.session.epochs) >= self.pause
        now = time.perf_counter()
        due = self._looks % self.every == 0 or now - self._saved >= SECONDS if self.every else False
        if course.ended or not (pausing or due):
            return
        seconds = self.seconds_before + now - self._started
        self.save({"finished": self.finished, "course": course.state_dict(), "seconds": seconds})
        self._saved = time.perf_counter()
        if pausing:
            raise Paused

    def leave_loop(self, model: Model, session: Session) -> None:
        """Note the end of a loop, for a kill in a later one."""
        self.finished.append(
            {
                "weights": copy.deepcopy(model.state_dict()),
                "epochs": copy.deepcopy(session.epochs),
                "best_epoch": session.best_epoch,
                "torch": torch.get_rng_state(),
                "generator": dict(session.generator.bit_generator.state),
            }
        )
