"""Turns what a model raises to end its process into an error of that model."""

from __future__ import annotations

import os
import signal
import traceback
from pathlib import PurePath
from types import TracebackType

from emobench.errors import ModelError

QUEUES = ("submitit",)
"""Packages whose handlers of signals end a process by `SystemExit`, to hand its work in again."""


class contained:  # noqa: N801 - it is used like a function
    """A context in which nothing that a model raises ends more than its own work.

    ``sys.exit`` and `KeyboardInterrupt` would end the worker or the whole run, and other exceptions
    that are not errors to Python would get past everybody. What really comes from outside gets
    through: Ctrl-C where nobody ignores it, and a queue that wants its job back. A copy of the
    process that a model forked ends here, instead of going on with its parent's work.

    Raises
    ------
    ModelError
        The model raised something of the kind.
    """

    def __enter__(self) -> None:
        """Begin."""
        self._process = os.getpid()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if os.getpid() != self._process:
            os._exit(0)
        if error is None or isinstance(error, Exception) or _is_from_outside(error):
            return
        frames = traceback.extract_tb(trace)
        own = [frame for frame in frames if "site-packages" not in frame.filename]
        last = (own or frames)[-1]
        said = f" ({error})" if str(error) else ""
        raise ModelError(
            f"it raised {type(error).__name__}{said} to end the process "
            f"({PurePath(last.filename).name}:{last.lineno})"
        ) from error


def _is_from_outside(error: BaseException) -> bool:
    if isinstance(error, KeyboardInterrupt):
        return signal.getsignal(signal.SIGINT) is signal.default_int_handler
    frames = traceback.extract_tb(error.__traceback__)
    return any(name in PurePath(frame.filename).parts for frame in frames for name in QUEUES)


def gpu_is_in_error() -> bool:
    """Whether this process can no longer use its GPU: an error there stays for good."""
    import torch

    if not torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        return False
    try:
        torch.cuda.synchronize()
    except RuntimeError:
        return True
    return False
