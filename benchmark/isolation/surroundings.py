"""What one piece of work finds in its process, put back after it."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import torch

from emobench.denormals import flushes_denormals
from emobench.isolation import process_settings

STREAMS = ("stdin", "stdout", "stderr")
UNTOLD = ("os.environ", "warnings.filters")
"""What libraries change too while they are loaded: it is put back, and held against nobody."""

HANDLED = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD")
    if hasattr(signal, name)
)


class Surroundings:
    """A context after which a process is as it was, as far as a process can be.

    Within it the global random numbers of Python, NumPy and torch begin with a seed of their own.
    So a model that draws from them gets the same numbers whatever ran in its process before.

    Parameters
    ----------
    name
        What the random numbers begin with: the key of a training.

    Attributes
    ----------
    disturbed
        What was found changed so far, by the name under which it is set; but for `UNTOLD`.

    Notes
    -----
    What is kept: the torch settings of `process_settings`, flushed denormal numbers, the three
    random states, environment, working folder, filters of warnings, standard streams, handlers of
    signals and a pending alarm. What is not: other modules that a model has patched, and its
    threads and processes. A process of its own keeps these (`emobench.isolation.warden`).
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.disturbed: list[str] = []
        self._states: tuple[Any, ...] = ()
        self._process = 0

    def __enter__(self) -> Self:
        self._process = os.getpid()
        self._settings = process_settings.current()
        self._flushed = flushes_denormals()
        self._environment = dict(os.environ)
        self._folder = _working_folder()
        self._streams = {name: getattr(sys, name) for name in STREAMS}
        self._handlers = _handlers()
        self._states = _random_states()
        self._filters = list(warnings.filters)
        self._show = warnings.showwarning
        seed_everything(self.name)
        return self

    def restore(self) -> None:
        """Put back what has changed so far; the random numbers are put back at the end alone."""
        for what, put_back in self._changes():
            put_back()
            if what not in (*self.disturbed, *UNTOLD):
                self.disturbed.append(what)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if os.getpid() != self._process:
            os._exit(0)  # a copy that a model forked, which would go on with its parent's work
        self.restore()
        _set_random_states(self._states)

    def _changes(self) -> list[tuple[str, Callable[[], object]]]:
        """What differs, by name, and what puts it back."""
        found: list[tuple[str, Callable[[], object]]] = []
        if names := process_settings.changed(self._settings):
            found += [(name, _nothing) for name in names[1:]]
            found.append((names[0], lambda: process_settings.restore(self._settings)))
        if flushes_denormals() != self._flushed:
            found.append(
                ("torch.set_flush_denormal", lambda: torch.set_flush_denormal(self._flushed))
            )
        if dict(os.environ) != self._environment:
            found.append(("os.environ", self._put_environment))
        if self._folder is not None and _working_folder() != self._folder:
            found.append(("os.chdir", self._put_folder))
        if warnings.filters != self._filters or warnings.showwarning is not self._show:
            found.append(("warnings.filters", self._put_filters))
        for name, stream in self._streams.items():
            if getattr(sys, name) is not stream:
                found.append((f"sys.{name}", functools.partial(setattr, sys, name, stream)))
        if _handlers() != self._handlers:
            found.append(("signal.signal", self._put_handlers))
        return found

    def _put_environment(self) -> None:
        os.environ.clear()
        os.environ.update(self._environment)

    def _put_folder(self) -> None:
        assert self._folder is not None
        if Path(self._folder).is_dir():
            os.chdir(self._folder)

    def _put_filters(self) -> None:
        warnings.filters[:] = self._filters  # type: ignore[index]
        warnings.showwarning = self._show
        warnings._filters_mutated()  # type: ignore[attr-defined]

    def _put_handlers(self) -> None:
        for number, handler in self._handlers.items():
            if number != 0 and handler is not None:
                signal.signal(number, handler)
        if self._handlers and not self._handlers[0] and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


@contextlib.contextmanager
def environment_kept() -> Iterator[None]:
    """Put the environment back: what a model's import sets would be handed to every worker."""
    before = dict(os.environ)
    try:
        yield
    finally:
        if dict(os.environ) != before:
            os.environ.clear()
            os.environ.update(before)


@contextlib.contextmanager
def undisturbed(what: str) -> Iterator[None]:
    """Put torch's settings and the random numbers back after the import of `what`, and say so."""
    settings, states = process_settings.current(), _random_states()
    try:
        yield
    finally:
        changed = process_settings.changed(settings)
        process_settings.restore(settings)
        _set_random_states(states)
    if changed:
        warnings.warn(
            f"{what} changes {', '.join(changed)} while it is imported, for every model in the "
            "process; that was put back",
            stacklevel=3,
        )


def seed_everything(name: str) -> None:
    """Seed the global random numbers of Python, NumPy and torch with a text."""
    seed = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - it is the global state that is meant
    torch.default_generator.manual_seed(seed)
    if _uses_gpu():
        torch.cuda.manual_seed_all(seed)


def note(disturbed: list[str]) -> str:
    """Say what a model changed, as the end of a line; "" if it changed nothing."""
    if not disturbed:
        return ""
    return f"; it changed {', '.join(disturbed)}, which was put back"


def _nothing() -> None:
    """What another change puts back along with its own."""


def _working_folder() -> str | None:
    try:
        return str(Path.cwd())
    except OSError:  # it was removed
        return None


def _handlers() -> dict[int, Any]:
    """The handler of each signal, and under 0 whether an alarm is pending."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    found: dict[int, Any] = {int(number): signal.getsignal(number) for number in HANDLED}
    pending = hasattr(signal, "getitimer") and signal.getitimer(signal.ITIMER_REAL)[0] > 0
    return found | {0: pending}


def _uses_gpu() -> bool:
    return bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]


def _random_states() -> tuple[Any, ...]:
    cuda = torch.cuda.get_rng_state_all() if _uses_gpu() else None
    legacy = np.random.get_state()  # noqa: NPY002
    return random.getstate(), legacy, torch.get_rng_state(), cuda


def _set_random_states(states: tuple[Any, ...]) -> None:
    python, legacy, on_cpu, on_gpus = states
    random.setstate(python)
    np.random.set_state(legacy)  # noqa: NPY002
    torch.set_rng_state(on_cpu)
    if on_gpus is not None and _uses_gpu():
        with contextlib.suppress(RuntimeError):  # a GPU in error; its process is given up
            torch.cuda.set_rng_state_all(on_gpus)
