"""A process and everything that it has started: their memory, and their end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

_SET_DEATH_SIGNAL, _SET_SUBREAPER = 1, 36
"""Numbers of Linux's prctl."""

PRIVATE = (b"RssAnon:", b"RssShmem:", b"VmSwap:")
"""What a process takes of the main memory; mapped files are left out, as they can be read again."""

RECOUNT = 1.0
"""Seconds after which the members are looked for again."""

PATIENCE = 5.0
"""Seconds that a killed process may take to be gone."""


class Family:
    """A process that leads a session of its own, and its descendants.

    Parameters
    ----------
    pid
        The process, which has called `lead`.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._leader = _process(pid)
        self._members: list[int] = []
        self._counted = 0.0

    def memory(self) -> int:
        """Bytes of main memory that the processes take together, without mapped files."""
        if time.monotonic() - self._counted > RECOUNT:
            self._members = [self.pid, *(process.pid for process in self._descendants())]
            self._counted = time.monotonic()
        return sum(map(private_memory, self._members))

    def end(self) -> None:
        """Kill the process and all that it has started, also what has outlived it."""
        leader = self._leader
        if leader is not None:
            # Whoever starts processes is stopped first, so that none is started meanwhile.
            with contextlib.suppress(psutil.Error):
                leader.suspend()
        limit = time.monotonic() + PATIENCE
        found = {*self._descendants(), *self._session()}
        if leader is not None:
            with contextlib.suppress(psutil.Error):
                leader.kill()
        while found and time.monotonic() < limit:
            for process in found:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(found, timeout=0.2)
            found = {process for process in self._session() if _is_alive(process)}

    def _descendants(self) -> list[psutil.Process]:
        try:
            return self._leader.children(recursive=True) if self._leader is not None else []
        except psutil.Error:
            return []

    def _session(self) -> Iterator[psutil.Process]:
        """The other processes of its session, whoever has become their parent."""
        for pid in psutil.pids():
            with contextlib.suppress(OSError, psutil.Error):
                if pid != self.pid and os.getsid(pid) == self.pid:
                    yield psutil.Process(pid)


def lead() -> None:
    """Make this process the leader of a session, to which what it starts belongs.

    On Linux orphans among its descendants become its children, so that none gets lost, and it dies
    with the process that it was forked from.
    """
    with contextlib.suppress(OSError, AttributeError):
        os.setsid()
    if sys.platform.startswith("linux"):
        libc = ctypes.CDLL(None)
        libc.prctl(_SET_SUBREAPER, 1, 0, 0, 0)
        libc.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def private_memory(pid: int) -> int:
    """Bytes of main memory that a process takes, without mapped files; 0 if it has ended."""
    try:
        content = Path(f"/proc/{pid}/status").read_bytes()
    except OSError:
        return 0
    lines = (line.split() for line in content.splitlines())
    return sum(int(words[1]) * 1024 for words in lines if words and words[0] in PRIVATE)


def _process(pid: int) -> psutil.Process | None:
    """The process, known by the time at which it began; None if it has ended."""
    try:
        return psutil.Process(pid)
    except psutil.Error:
        return None


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
