"""Calls the callbacks of a run; what they raise or change stays with them."""

from __future__ import annotations

import contextlib
import copy
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from emobench.callbacks.callback import Callback
from emobench.wording import counted

EVENTS: Final = ("on_run_start", "on_epoch", "on_cell", "on_training", "on_run_end")
"""The methods of a callback, in the order in which they are first called."""


class Audience:
    """The callbacks of a run.

    Parameters
    ----------
    callbacks
        Whom to call, in this order.

    Attributes
    ----------
    say
        Prints a line; the run sets it to its display.
    told
        Keys of the trainings and cells whose end was told: grids of a study can share them.
    """

    def __init__(self, callbacks: Sequence[Callback] = ()) -> None:
        self.callbacks = tuple(callbacks)
        self.say: Callable[[str], None] = print
        self.told: set[str] = set()
        self._faults: Counter[tuple[int, str]] = Counter()

    def hears(self, event: str, stored: bool = False) -> bool:
        """Whether anybody has a method of its own for `event`.

        `stored`: among those that want to know what was stored before.
        """
        return any(self._has(one, event) for one in self._of(stored))

    def tell(self, event: str, record: Any, stored: bool = False) -> None:
        """Call the method `event` of each callback with `record`.

        `stored`: only of those that want to know what was stored before.
        """
        for place, one in enumerate(self.callbacks):
            if self._has(one, event) and (one.wants_stored or not stored):
                self._call(place, event, record)

    def sum_up(self) -> None:
        """Say how often callbacks raised what was said once."""
        for (place, event), count in self._faults.items():
            if count > 1:
                name = self._name(place)
                self.say(f"warning: {event} of the callback {name} raised {counted(count, 'time')}")

    def _of(self, stored: bool) -> Sequence[Callback]:
        return [one for one in self.callbacks if one.wants_stored or not stored]

    @staticmethod
    def _has(one: Callback, event: str) -> bool:
        return getattr(getattr(one, event), "__func__", None) is not getattr(Callback, event)

    def _call(self, place: int, event: str, record: Any) -> None:
        try:
            with _unchanged():
                # Its own copy: what it does to the dicts of a record no other one sees.
                getattr(self.callbacks[place], event)(copy.deepcopy(record))
        except (Exception, SystemExit) as error:  # a tracker that is away must not end a night
            self._faults[place, event] += 1
            if self._faults[place, event] == 1:
                self.say(f"warning: {event} of the callback {self._name(place)} {_raised(error)}")

    def _name(self, place: int) -> str:
        return type(self.callbacks[place]).__name__


def _raised(error: BaseException) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    text = (str(error).strip().splitlines() or ["no message"])[0]
    return (
        f"raised {type(error).__name__}: {text} ({Path(where.filename).name}:{where.lineno}); the "
        "run goes on as it would without it"
    )


@contextlib.contextmanager
def _unchanged() -> Iterator[None]:
    """Restore what a callback changes of the process: sums depend on the number of threads."""
    folder, settings = Path.cwd(), None
    if "torch" in sys.modules:
        from emobench.isolation import process_settings

        settings = process_settings.current()
    try:
        yield
    finally:
        if settings is not None:
            process_settings.restore(settings)
        os.chdir(folder)
