"""Runs what reads a stranger's file in a process of its own, which can die alone."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any


def apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what `function` returns in a new process; None if that process dies.

    A damaged file can abort a library of C++, or take all memory.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        try:
            return pool.submit(function, *arguments).result()
        except BrokenProcessPool:
            return None
