"""A process that looks at a file first, which a library ends where a file is damaged.

pyarrow and HDF5 are written in C++ and C. A damaged file makes them abort, or follow an address to
anywhere, and no ``except`` keeps the process alive. The scout is started at the first look and
serves until its parent ends; if a file ends it, the next look starts another.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

SECONDS = 120
"""How long one look may take: it ends the scout even in native code, and if the parent is gone."""

_FOOT = 8
"""Bytes at the end of a Parquet file: the length of its footer, and ``PAR1``."""


class ScoutDied(Exception):  # noqa: N818 - it names an event
    """The process that looked at a file was ended by it, or took too long."""


def parquet_values(source: BinaryIO) -> int:
    """Values that a Parquet file claims in all its columns together.

    Parameters
    ----------
    source
        The file; its footer alone is looked at.

    Raises
    ------
    ScoutDied
        pyarrow aborts.
    """
    size = source.seek(0, os.SEEK_END)
    source.seek(max(0, size - _FOOT))
    length = int.from_bytes(source.read(4), "little") + _FOOT
    source.seek(max(0, size - length))
    return int(SCOUT.look("parquet", base64.b64encode(source.read()).decode()))


def read_hdf5_texts(path: Path, name: str) -> None:
    """Read a dataset of texts of any length, whose damaged heap leads anywhere.

    Raises
    ------
    ScoutDied
        The HDF5 library is ended by it.
    """
    with contextlib.suppress(ValueError):  # whoever reads it next says what it is
        SCOUT.look("hdf5", str(path.absolute()), name)


class _Scout:
    """The process, as this one sees it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def forget(self) -> None:
        """In a copy of this process: leave the scout, and a lock that nobody lets go, to it."""
        self._lock = threading.Lock()
        if self._process is not None:
            self._process.returncode = 0  # so that its end is not waited for
        self._process = None

    def look(self, kind: str, *words: str) -> Any:
        """Return what a look finds; an exception in it is raised here as a ``ValueError``."""
        question = json.dumps([kind, *words]) + "\n"
        with self._lock:
            # Something else may have ended it, so that a file is blamed by two of them.
            answer = self._answer(question) or self._answer(question)
        if not answer:
            raise ScoutDied
        found = json.loads(answer)
        if "error" in found:
            raise ValueError(found["error"])
        return found["found"]

    def _answer(self, question: str) -> str:
        """The line that answers; empty if the scout ends before."""
        process, answer = self._started(), ""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(question)
                process.stdin.flush()
                answer = process.stdout.readline()
        except BaseException:  # the answer to this question must not be taken for the next one's
            self.end()
            raise
        if not answer.endswith("\n"):
            self.end()
            return ""
        return answer

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        return self._process

    def end(self) -> None:
        """End it; it writes nothing, so nothing gets lost."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]


SCOUT = _Scout()
"""The scout of this process, which the first look starts."""

atexit.register(SCOUT.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=SCOUT.forget)


def _count_values(footer: str) -> int:
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(io.BytesIO(b"PAR1" + base64.b64decode(footer)))
    groups = (metadata.row_group(i) for i in range(metadata.num_row_groups))
    return sum(
        max(0, group.column(i).num_values) for group in groups for i in range(group.num_columns)
    )


def _read_texts(path: str, name: str) -> None:
    import h5py

    with h5py.File(path, "r") as file:
        file[name][()]


_LOOKS: dict[str, Callable[..., Any]] = {"parquet": _count_values, "hdf5": _read_texts}


def _serve() -> None:
    """Look at what is asked for, line by line, until the parent closes the pipe."""
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        kind, *words = json.loads(line)
        if hasattr(signal, "alarm"):
            signal.alarm(SECONDS)
        try:
            found = {"found": _LOOKS[kind](*words)}
        except Exception as error:
            found = {"error": str(error) or type(error).__name__}
        if hasattr(signal, "alarm"):
            signal.alarm(0)
        answers.write(json.dumps(found) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
