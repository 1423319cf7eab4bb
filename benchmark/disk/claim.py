"""Claims: which run computes what in a folder that several runs share.

A claim is a file that only one run can create. It needs no lock of the file system, because those
of network file systems cannot be relied on, and no clock that machines agree on: a run shows that
it lives by counting, and whoever waits measures with a clock of its own that nobody can set.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import socket
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from emobench.atomic import is_alive

BEAT: Final = 10.0
"""Seconds between two signs of life of a run."""
LEASE: Final = 120.0
"""Seconds without a sign of life after which a run of another machine counts as dead.

Network file systems may show an old state for a minute.
"""
NO_LINKS: Final = (
    errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES,
    errno.EXDEV,
)  # fmt: skip
"""What file systems without hard links answer to one."""


@dataclass(frozen=True)
class Holder:
    """The run that has claimed something.

    Parameters
    ----------
    run
        Its random name.
    host
        The machine's name, for messages.
    machine
        Tells apart machines of one name, their boots, and containers.
    pid, start
        The process, and when it started in ticks since the boot; 0 if the system does not say.
    """

    run: str
    host: str = ""
    machine: str = ""
    pid: int = 0
    start: int = 0

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}" if self.pid else "a run that is not known"


class Claims:
    """What this run claims in a folder.

    Leaving the context gives everything back. A run that is killed does not: on its own machine
    that is seen at once, and elsewhere when its signs of life have stayed away for the lease.

    Parameters
    ----------
    folder
        Where claims lie; it is made with the first one.
    lease, beat
        Seconds; see `LEASE` and `BEAT`.
    """

    def __init__(self, folder: Path, lease: float = LEASE, beat: float = BEAT) -> None:
        self.folder, self.lease, self.beat = folder, lease, beat
        here = os.getpid()
        name, machine = secrets.token_hex(8), _machine()
        self.me = Holder(name, socket.gethostname(), machine, here, _started(here))
        self._file = self._sign(self.me)
        self._held: set[str] = set()
        self._seen: dict[str, tuple[int, float]] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self, key: str) -> Holder | None:
        """Claim `key`; return None if it is this run's now, else who has it.

        Raises
        ------
        OSError
            Nothing can be written in the folder.
        """
        if self._thread is None:
            self._begin()
        path = self._path(key)
        holder = self.me
        for _ in range(3):  # a claim may end, or be another's, between two looks
            if self._create(path):
                self._held.add(key)
                return None
            found = _read(path)
            if found is None:
                continue
            holder = found
            if holder == self.me:  # the answer of a network file system was lost on the way
                self._held.add(key)
                return None
            if self._lives(holder):
                return holder
            self._remove(path, holder)
        return holder

    def holder(self, key: str) -> Holder | None:
        """Who has claimed `key`; None if nobody who lives has."""
        found = _read(self._path(key))
        return found if found is not None and (found == self.me or self._lives(found)) else None

    def release(self, key: str) -> None:
        """Give a claim back, if it is this run's."""
        if key in self._held:
            self._held.discard(key)
            with contextlib.suppress(OSError):
                if _read(self._path(key)) == self.me:
                    self._path(key).unlink(missing_ok=True)

    def __enter__(self) -> Claims:
        self._clear()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            for key in list(self._held):
                self.release(key)
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)
        self._clear()  # a run whose claims were taken over has left its own file

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.claim"

    def _sign(self, holder: Holder) -> Path:
        """The file whose time of change is a run's sign of life."""
        return self.folder / f"{holder.run}.run"

    def _begin(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._file.write_text(_text(self.me), encoding="utf-8")
        self._thread = threading.Thread(target=self._keep_beating, daemon=True)
        self._thread.start()

    def _clear(self) -> None:
        """Remove what runs of this machine left that were killed."""
        for path in (*self.folder.glob("*.claim"), *self.folder.glob("*.run")):
            holder = _read(path)
            if holder is not None and holder.machine == self.me.machine and not _runs(holder):
                self._remove(path, holder)

    def _keep_beating(self) -> None:
        """Count in the file's time of change: that takes no room on a full disk, and no clock."""
        count = 0
        while not self._stop.wait(self.beat):
            count += 1
            try:
                os.utime(self._file, ns=(count * 10**10, count * 10**10))
            except FileNotFoundError:  # somebody has deleted the folder's content
                with contextlib.suppress(OSError):
                    self._file.write_text(_text(self.me), encoding="utf-8")
            except OSError:
                continue  # the next sign may come through

    def _create(self, path: Path) -> bool:
        """Create the file of a claim, whole and only if there is none; whether it was created."""
        try:
            os.link(self._file, path)
        except FileExistsError:
            return False
        except FileNotFoundError:  # somebody has deleted the folder's content
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file.write_text(_text(self.me), encoding="utf-8")
            return False
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            return self._write(path)
        return True

    def _write(self, path: Path) -> bool:
        """The same on a file system without links; whoever reads too early cannot read it."""
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(_text(self.me))
        except FileExistsError:
            return False
        return True

    def _lives(self, holder: Holder) -> bool:
        if holder.machine and holder.machine == self.me.machine:
            return _runs(holder)
        try:
            # An opened file is asked for at the server; a mere look may be answered from memory.
            with self._sign(holder).open("rb") as file:
                beat = os.fstat(file.fileno()).st_mtime_ns
        except FileNotFoundError:
            beat = -1
        except OSError:
            return True  # nobody knows
        known = self._seen.get(holder.run)
        if known is None or known[0] != beat:
            self._seen[holder.run] = (beat, time.monotonic())
            return True
        return time.monotonic() - known[1] < self.lease

    def _remove(self, path: Path, holder: Holder) -> None:
        """Remove a dead run's file, and nothing that another run has put there meanwhile."""
        aside = self.folder / f"{self.me.run}-{path.name}.aside"
        try:
            path.rename(aside)
        except OSError:
            return  # another run was faster
        if _read(aside, path.stem) != holder:
            with contextlib.suppress(OSError):
                os.link(aside, path)
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


def _text(holder: Holder) -> str:
    return json.dumps(asdict(holder), ensure_ascii=False) + "\n"


def _read(path: Path, name: str = "") -> Holder | None:
    """Who has written a file; None if there is none. What cannot be read has `name`'s."""
    try:
        return Holder(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        return Holder(name or path.stem)


def _machine() -> str:
    """What processes that see each other by number have in common; the host's name at least."""
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return " ".join(parts)


def _started(pid: int) -> int:
    """When a process started, in ticks since the boot, which no clock changes; 0 if unknown."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text()
        return int(said.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def _runs(holder: Holder) -> bool:
    """Whether a process of this machine is there, and is not a later one with its number."""
    return is_alive(holder.pid) and (not holder.start or _started(holder.pid) == holder.start)
