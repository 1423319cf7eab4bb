"""A process and everything that it has started: their memory, and their end."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

_SET_SUBREAPER = 36
"""A number of Linux's prctl."""

PRIVATE = (b"RssAnon:", b"RssShmem:", b"VmSwap:")
"""What a process takes of the main memory; mapped files are left out, as they can be read again."""

_SERVERS = ("forkserver", "resource_tracker")

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

    On Linux orphans among its descendants become its children, so that none gets lost.
    """
    with contextlib.suppress(OSError, AttributeError):
        os.setsid()
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_SET_SUBREAPER, 1, 0, 0, 0)


def end_session_with_parent() -> None:
    """Let this session end when the main process ends, even if both hang or are killed.

    A shell waits at the pipe that the main process holds open. A thread of this process would not
    do: native code can keep it from running.
    """
    parent = multiprocessing.parent_process()
    if parent is None or not hasattr(os, "killpg"):
        return
    with contextlib.suppress(OSError):
        subprocess.Popen(
            ["/bin/sh", "-c", "read -r _; kill -s KILL -- -$0", str(os.getpid())],
            stdin=parent.sentinel,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def left_behind() -> dict[int, str]:
    """The live processes that this one has started, directly or not: their command lines.

    The servers from which Python forks workers are left out, as they serve until the end.
    """
    found = {}
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            words = " ".join(process.cmdline())
            is_server = process.ppid() == os.getpid() and any(word in words for word in _SERVERS)
            if words and _is_alive(process) and not is_server:
                found[process.pid] = words
    return found


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
