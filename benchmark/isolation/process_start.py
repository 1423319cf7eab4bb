"""How processes of this machine start: forked from a server, with one thread, ending with us."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Iterator, Mapping
from multiprocessing.context import BaseContext

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Environment variables that bound the threads of a process."""

PRELOADED = ["emobench.grid.execution.worker", "torch._dynamo"]
"""What the server imports that workers are forked from: they start at once and share its pages.

Torch loads the second, 1.6 s of a core, when a process makes its first optimiser."""

_MAIN = threading.Lock()


def start_worker(environment: Mapping[str, str]) -> None:
    """Set up a worker process: one thread, so that workers do not fight over the cores.

    `environment` is the main process's: a worker's own is as old as the server it is forked from.
    """
    os.environ.clear()
    os.environ.update(environment)
    import torch

    from emobench.denormals import flush_denormals
    from emobench.isolation.heap import keep_freed_memory

    # Ctrl-C reaches the whole process group; the main process then stops its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    flush_denormals()
    keep_freed_memory()
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """End this worker when the main process ends, even if killed: nobody collects its results."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextlib.contextmanager
def hidden_main() -> Iterator[None]:
    """Hide the user's script from a process that starts.

    A worker imports the main module before anything else. A script that calls emobench outside of
    ``if __name__ == "__main__"`` would so start its run again, in every worker. What workers are
    handed is all emobench's own.
    """
    with _MAIN:  # threads start processes too, and one must not take another's for the script
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


@contextlib.contextmanager
def one_thread_each() -> Iterator[None]:
    """Bound the threads of a server that starts meanwhile: libraries count them as they load."""
    with hidden_main():
        before = {name: os.environ.get(name) for name in THREADS}
        os.environ.update(dict.fromkeys(THREADS, "1"))
        try:
            yield
        finally:
            put_back(before)


def put_back(variables: Mapping[str, str | None]) -> None:
    """Set variables of the environment to what they were; None: there was none."""
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def start_context() -> BaseContext:
    """How processes start: forked from a server that has imported what they need.

    The server is a new process that computes nothing and has one thread, so that forking it is
    safe, on a GPU too. Where there is none, each worker starts anew.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context
