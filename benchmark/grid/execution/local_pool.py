"""Worker processes of this machine, one thread each, that survive a crash of one of them."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import ParamSpec, TypeVar

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
P = ParamSpec("P")
T = TypeVar("T")


def start_worker() -> None:
    """Set up a worker process: one thread, so that workers do not fight over the cores."""
    import torch

    # Ctrl-C reaches the whole process group; the main process then stops its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when the main process is gone, killed too: nobody would collect its work."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class Workers:
    """A pool that starts with the first work, and can be started anew."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand `work` to a worker process."""
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                self.count, mp_context=context, initializer=start_worker
            )
        return self._pool.submit(work, *args, **kwargs)

    def kill(self) -> None:
        """Stop all workers at once; new ones start with the next work."""
        if self._pool is None:
            return
        for process in list((self._pool._processes or {}).values()):
            process.kill()
        self.close()

    def close(self) -> None:
        """Wait for the workers to end."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


@contextlib.contextmanager
def worker_pool(count: int) -> Iterator[Workers]:
    """`count` worker processes; killed if the block is left by an exception."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    workers = Workers(count)
    try:
        yield workers
    except BaseException:
        workers.kill()
        raise
    finally:
        workers.close()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
