"""Worker processes of this machine, one thread each, that survive a crash of one of them."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from typing import Any, ParamSpec, TypeVar

from emobench.executor import Executor, WorkerDied

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
PRELOADED = ["emobench.grid.execution.worker"]
"""What the server imports that workers are forked from: they start at once and share its pages."""
P = ParamSpec("P")
T = TypeVar("T")


def start_worker(environment: Mapping[str, str]) -> None:
    """Set up a worker process: one thread, so that workers do not fight over the cores.

    `environment` is the main process's: a worker's own is as old as the server it is forked from.
    """
    os.environ.clear()
    os.environ.update(environment)
    import torch

    from emobench.denormals import flush_denormals

    # Ctrl-C reaches the whole process group; the main process then stops its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    flush_denormals()
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """End this worker when the main process ends, even if killed: nobody collects its results."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class LocalPool(Executor):
    """A process pool that starts with the first work, and that can be restarted."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self._pool: ProcessPoolExecutor | None = None
        self._environment: dict[str, str | None] = {}

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand `work` to a worker process."""
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

    def kill(self) -> None:
        """Stop all workers at once; new ones start with the next work."""
        if self._pool is None:
            return
        for process in list((self._pool._processes or {}).values()):
            process.kill()
        self.close()

    def close(self) -> None:
        """Wait for the workers to end."""
        if self._pool is None:
            return
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def hidden_main() -> Iterator[None]:
    """Hide the user's script from a process that starts.

    A worker imports the main module before anything else. A script that calls emobench outside of
    ``if __name__ == "__main__"`` would so start its run again, in every worker. What workers are
    handed is all emobench's own.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _context() -> BaseContext:
    """How processes start: forked from a server that has imported what they need.

    The server is a new process that computes nothing and has one thread, so that forking it is
    safe, on a GPU too. Where there is none, each worker starts anew.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


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
