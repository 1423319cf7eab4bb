"""Runs of the command line in forks of this process, which has imported everything once.

Importing takes longer than a small grid. So a campaign forks each run, and its workers, from one
process; what they do with files is what they do anyway.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

LIMIT = 900.0
"""Seconds after which a run counts as stuck."""


def get_ready() -> None:
    """Import what runs need, and have workers forked from the run itself.

    A run of a reference row in this process imports what is only imported where it is needed. It
    trains nothing: a process that has trained cannot fork others that train.
    """
    os.environ["OMP_NUM_THREADS"] = "1"
    import torch

    from emobench.executors import local

    torch.set_num_threads(1)
    local._context = lambda: multiprocessing.get_context("fork")
    words = ["run", "--models", "majority", "--protocol", "full_modalities", "--quiet"]
    words += ["--dataset", "simulated:size=42:speakers=7", "--executor", "in_process"]
    from emobench.cli.app import main

    with tempfile.TemporaryDirectory() as scratch, contextlib.suppress(SystemExit):
        sys.argv = ["emobench", *words, "--results", f"{scratch}/r", "--cache-dir", f"{scratch}/c"]
        main()


@dataclass
class ForkedRun:
    """A run in a process group of its own.

    Parameters
    ----------
    pid
        The process, and its group.
    log
        What it said.
    """

    pid: int
    log: Path
    status: int | None = None

    def poll(self) -> int | None:
        """The exit status, or minus the signal's number; None while it runs."""
        if self.status is None:
            pid, code = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(code) if pid else None
        return self.status

    def wait(self) -> int:
        """Wait for the end; return the exit status."""
        limit = time.monotonic() + LIMIT
        while (code := self.poll()) is None:
            if time.monotonic() > limit:
                self.kill_all()
                raise TimeoutError(f"stuck:\n{self.said()}")
            time.sleep(0.01)
        return code

    def said(self) -> str:
        """What it has said."""
        return self.log.read_text("utf-8", "replace")

    def kill_all(self) -> None:
        """Kill it and all of its processes at once."""
        os.killpg(self.pid, signal.SIGKILL)

    def members(self) -> list[psutil.Process]:
        """Its processes that are not dead."""
        found = []
        for process in psutil.process_iter():
            try:
                dead = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
                if not dead and os.getpgid(process.pid) == self.pid:
                    found.append(process)
            except (psutil.Error, ProcessLookupError):
                continue
        return found

    def orphans(self, patience: float = 60.0) -> list[psutil.Process]:
        """Its processes that stay, although the run has ended."""
        limit = time.monotonic() + patience
        while (left := self.members()) and time.monotonic() < limit:
            time.sleep(0.05)
        return left


def start(
    words: Sequence[str], folder: Path, log: Path, first: Callable[[], None] = lambda: None
) -> ForkedRun:
    """Start the command line ``emobench WORDS`` in `folder`; `first` is called in its process."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return ForkedRun(pid, log)
    status = 1
    try:
        os.setsid()
        with log.open("w") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        os.chdir(folder)
        sys.argv = ["emobench", *words]
        from emobench.cli.app import main

        first()
        main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:  # nothing of a child may go on in what its parent does next
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
