"""Worker processes of this machine, one thread each, that survive a crash of one of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from typing import Any, ParamSpec, TypeVar

from emobench.executor import Executor, WorkerDied
from emobench.isolation.process_start import (
    THREADS,
    hidden_main,
    put_back,
    start_context,
    start_worker,
)
from emobench.isolation.warden import Guarded, Wards

P = ParamSpec("P")
T = TypeVar("T")


class LocalPool(Executor):
    """A process pool that starts with the first work, and that can be restarted.

    Guarded work gets a process of its own beside the pool, forked from the same server.
    """

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self._pool: ProcessPoolExecutor | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._wards = Wards()
        self._environment: dict[str, str | None] = {}

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand `work` to a worker process."""
        if isinstance(work, Guarded):
            if self._threads is None:
                self.announce("starting workers")
                self._threads = ThreadPoolExecutor(self.count, thread_name_prefix="warden")
            return self._threads.submit(work.watched_by, self._wards, *args, **kwargs)
        if self._pool is None:
            self._pool = self._start()
        try:
            with hidden_main():  # workers start with the work that they are started for
                return _translate_errors(self._pool.submit(work, *args, **kwargs))
        except BrokenProcessPool as error:
            raise WorkerDied from error

    def _start(self) -> ProcessPoolExecutor:
        # Processes start with later work too, so the environment stays until the pool ends.
        self.announce("starting workers")
        self._environment = {name: os.environ.get(name) for name in THREADS}
        os.environ.update(dict.fromkeys(THREADS, "1"))
        return ProcessPoolExecutor(
            self.count,
            mp_context=_context(),
            initializer=start_worker,
            initargs=(dict(os.environ),),
        )

    def renew(self) -> None:
        """Stop the workers of the pool at once; what has a process of its own goes on."""
        if self._pool is None:
            return
        for process in list((self._pool._processes or {}).values()):
            process.kill()
        self._close_pool()

    def kill(self) -> None:
        """Stop all workers at once; new ones start with the next work."""
        self._wards.end_all()
        self.renew()
        self.close()
        self._wards = Wards()

    def close(self) -> None:
        """Wait for the workers to end."""
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads = None
        self._close_pool()

    def _close_pool(self) -> None:
        if self._pool is None:
            return
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None
        put_back(self._environment)


def _context() -> BaseContext:
    """How the workers of the pool start."""
    return start_context()


def _translate_errors(inner: Future[T]) -> Future[T]:
    """Future with the result of `inner`; a broken pool raises `WorkerDied`."""
    outer: Future[T] = Future()

    def end(done: Future[Any]) -> None:
        if done.cancelled():
            outer.cancel()
            outer.set_running_or_notify_cancel()
        elif isinstance(error := done.exception(), BrokenProcessPool):
            outer.set_exception(WorkerDied())
        elif error is not None:
            outer.set_exception(error)
        else:
            outer.set_result(done.result())

    inner.add_done_callback(end)
    return outer
