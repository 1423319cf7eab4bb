"""Runs what reads a stranger's file in a process of its own, which can die alone."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Final

MOST_MEMORY: Final = 8 * 2**30
"""Bytes of its own that a process may have that reads a stranger's file."""


def _bounded() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not everywhere

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, hard))


def apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what `function` returns in a new process; None if it dies or asks for too much.

    A damaged file can abort a library of C++, or ask for all memory: beyond `MOST_MEMORY` the
    process gets none.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=_bounded) as pool:
        try:
            return pool.submit(function, *arguments).result()
        except (BrokenProcessPool, MemoryError):
            return None
