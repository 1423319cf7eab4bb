"""Ragged arrays on disk: one representation of a whole corpus, memory-mapped."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.errors import RequestError


def partial_prefix() -> str:
    """Name that this process's half-written files start with: host and process id."""
    return f".partial-{socket.gethostname()}-{os.getpid()}"


def sweep(folder: Path) -> None:
    """Remove what killed processes of this machine left half-written in `folder`."""
    # One more dash, no other: `.partial-gpu-17-4711-x` is of the host `gpu-17`, not of `gpu`.
    own = re.compile(rf"\.partial-{re.escape(socket.gethostname())}-(\d+)-[^-]+")
    for partial in folder.glob(".partial-*"):
        match = own.fullmatch(partial.name)
        if match and not _alive(int(match[1])):
            if partial.is_dir():
                shutil.rmtree(partial, ignore_errors=True)
            else:
                partial.unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@contextlib.contextmanager
def whole_folder(final: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `final` in one step, or vanishes on an error."""
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f"{partial_prefix()}-", dir=final.parent))
        partial.chmod(0o755)  # a shared cache is for others to read
    except OSError as error:
        raise RequestError(
            f"Cannot write into {final.parent}: {error.strerror or error}. Name a writable "
            "folder (--results for results, --cache-dir or EMOBENCH_CACHE for prepared data)."
        ) from None
    try:
        yield partial
        try:
            partial.rename(final)
        except OSError as error:
            if not final.is_dir():  # else another process finished the same folder first
                raise RequestError(
                    f"Cannot write {final}: {error.strerror or error}. Remove what stands there."
                ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


class RaggedWriter:
    """Appends sequences ``[T, D]`` to a folder, one after the other, in constant memory."""

    def __init__(self, folder: Path, dtype: str = "float32") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.dtype = np.dtype(dtype)
        self.size: int | None = None
        self.offsets = [0]
        self._file = (folder / "values.bin").open("wb")

    def append(self, values: NDArray[Any] | None) -> None:
        """Add one utterance; None or T = 0 where it lacks the modality."""
        steps = 0 if values is None else len(values)
        if values is not None and steps:
            if self.size is None:
                self.size = values.shape[1]
            elif values.shape[1] != self.size:
                raise ValueError(f"feature size {values.shape[1]} after {self.size}")
            self._file.write(np.ascontiguousarray(values, dtype=self.dtype).tobytes())
        self.offsets.append(self.offsets[-1] + steps)

    def close(self) -> None:
        """Write the index; only then can the folder be read."""
        self._file.close()
        np.save(self.folder / "offsets.npy", np.asarray(self.offsets, dtype=np.int64))
        meta = {"size": self.size or 1, "dtype": self.dtype.name}
        (self.folder / "meta.json").write_text(json.dumps(meta))


class Ragged:
    """A folder written by `RaggedWriter`, read memory-mapped."""

    def __init__(self, folder: Path) -> None:
        meta = json.loads((folder / "meta.json").read_text())
        self.size: int = meta["size"]
        self.offsets: NDArray[np.int64] = np.load(folder / "offsets.npy")
        total = int(self.offsets[-1])
        self._values: NDArray[Any] = (
            np.memmap(folder / "values.bin", meta["dtype"], "r", shape=(total, self.size))
            if total
            else np.zeros((0, self.size), dtype=meta["dtype"])
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> NDArray[Any]:
        """Sequence ``[T, D]`` of utterance `index`."""
        return self._values[self.offsets[index] : self.offsets[index + 1]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Steps per utterance, ``[N]``."""
        return np.diff(self.offsets)


class Absent(Ragged):
    """`count` utterances none of which has anything, of feature size `size`."""

    def __init__(self, count: int, size: int) -> None:
        self.size = size
        self.offsets = np.zeros(count + 1, dtype=np.int64)
        self._values = np.zeros((0, size), dtype=np.float32)
