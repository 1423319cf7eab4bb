"""The batches of endless passes over the train split, which can be continued at any batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from emobench.interface.batch import Batch
from emobench.interface.model import Session


class Drawn(NamedTuple):
    """A batch, and whether it is the last one of its pass."""

    batch: Batch
    ends_pass: bool


class BatchStream:
    """Batches of one pass after the other.

    Parameters
    ----------
    session
        The training; its generator draws every pass.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.passes = 0
        self.taken = 0
        self._start: dict[str, Any] = {}
        self._batches: Iterator[Batch] | None = None
        self._ahead: Batch | None = None

    def next(self) -> Drawn:
        """The next batch; a pass without any batch ends the stream with a `StopIteration`."""
        if self._batches is None:
            self._begin()
        assert self._batches is not None
        batch, self._ahead = self._ahead, next(self._batches, None)
        if batch is None:
            raise StopIteration
        self.taken += 1
        ends = self._ahead is None
        if ends:
            self.passes, self.taken, self._batches = self.passes + 1, 0, None
        return Drawn(batch, ends)

    def _begin(self) -> None:
        self._start = generator_state(self.session)
        self._batches = iter(self.session.train_batches())
        self._ahead = next(self._batches, None)

    def state_dict(self) -> dict[str, Any]:
        """The place in the stream: passes, batches taken of this one, and what drew it."""
        now = generator_state(self.session)
        start = self._start if self._batches is not None else now
        return {"passes": self.passes, "taken": self.taken, "start": start, "now": now}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Draw the interrupted pass again, and leave out the batches that were taken."""
        set_generator_state(self.session, state["start"])
        self.passes, self.taken, self._batches = state["passes"], 0, None
        for _ in range(state["taken"]):
            self.next()
        set_generator_state(self.session, state["now"])


def generator_state(session: Session) -> dict[str, Any]:
    """State of the training's own random numbers, as plain data."""
    return dict(session.generator.bit_generator.state)


def set_generator_state(session: Session, state: dict[str, Any]) -> None:
    """Set the training's own random numbers back to `state`."""
    session.generator.bit_generator.state = state
