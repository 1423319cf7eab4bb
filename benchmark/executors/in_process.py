"""Runs all work in this process, in sequence: for tests, debuggers and small corpora."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

from emobench.executor import Executor

P = ParamSpec("P")
T = TypeVar("T")


class InProcess(Executor):
    """Runs submitted work immediately in this process. A crash of the work ends the process."""

    separates = False

    def __init__(self, count: int = 1) -> None:
        super().__init__(1)

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the finished future of ``work(*args, **kwargs)``."""
        future: Future[T] = Future()
        try:
            future.set_result(work(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future
