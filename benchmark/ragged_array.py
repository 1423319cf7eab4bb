"""Ragged arrays on disk: one representation of a whole corpus, memory-mapped.

Every sequence has a checksum, which is compared when a process reads it for the first time. So what
was damaged is never used, and nothing is read for that alone.
"""

from __future__ import annotations

import io
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.disk.patience import patiently
from emobench.disk.seal import CHANGED, DamageError
from emobench.disk.sums import AGAIN, LARGE, ROWS, forget_checked, read_checked


class RaggedWriter:
    """Appends sequences ``[T, D]`` to a folder, one after the other, in constant memory."""

    def __init__(self, folder: Path, dtype: str = "float32") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.dtype = np.dtype(dtype)
        self.size: int | None = None
        self.offsets = [0]
        self.sums: list[int] = []
        self._file = (folder / LARGE).open("wb")

    def append(self, values: NDArray[Any] | None) -> None:
        """Add one utterance; None or T = 0 if it lacks the modality."""
        steps, sum_ = 0 if values is None else len(values), 0
        if values is not None and steps:
            if self.size is None:
                self.size = values.shape[1]
            elif values.shape[1] != self.size:
                raise ValueError(f"feature size {values.shape[1]} after {self.size}")
            content = np.ascontiguousarray(values, dtype=self.dtype).tobytes()
            self._file.write(content)
            sum_ = zlib.crc32(content)
        self.sums.append(sum_)
        self.offsets.append(self.offsets[-1] + steps)

    def close(self) -> None:
        """Write the index, without which the folder cannot be read."""
        self._file.close()
        np.save(self.folder / "offsets.npy", np.asarray(self.offsets, dtype=np.int64))
        np.save(self.folder / ROWS, np.asarray(self.sums, dtype=np.uint32))
        meta = {"size": self.size or 1, "dtype": self.dtype.name}
        (self.folder / "meta.json").write_text(json.dumps(meta))


class Ragged:
    """A folder written by `RaggedWriter`, read memory-mapped.

    Raises
    ------
    DamageError
        Its files are not as they were written; a damaged sequence is noticed where it is read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder: Path | None = folder
        try:
            meta = json.loads(read_checked(folder, "meta.json"))
            self.size: int = meta["size"]
            self.offsets: NDArray[np.int64] = _array(folder, "offsets.npy")
            shape = (int(self.offsets[-1]), self.size)
            self._values: NDArray[Any] = (
                # A plain view: a slice of a memmap costs ten times as much.
                patiently(lambda: np.memmap(folder / LARGE, meta["dtype"], "r", shape=shape)).view(
                    np.ndarray
                )
                if shape[0]
                else np.zeros(shape, dtype=meta["dtype"])
            )
            self._sums: NDArray[np.uint32] | None = None
            if (folder / ROWS).exists():
                self._sums = _array(folder, ROWS)
        except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError) as error:
            if isinstance(error, DamageError):
                raise
            raise DamageError(f"{folder} is damaged ({error}). {AGAIN}") from error
        # Folders of older versions have no checksums: nothing of them is looked at twice.
        self._unread = bytearray(b"\1" * len(self) if self._sums is not None else len(self))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> NDArray[Any]:
        """Sequence ``[T, D]`` of utterance `index`.

        Raises
        ------
        DamageError
            It is not what was written.
        """
        values: NDArray[Any] = self._values[self.offsets[index] : self.offsets[index + 1]]
        if self._unread[index]:
            self._compare(index, values)
        return values

    def check(self) -> None:
        """Compare every sequence with its checksum.

        Raises
        ------
        DamageError
            One of them is not what was written.
        """
        for index in range(len(self)):
            self[index]

    def _compare(self, index: int, values: NDArray[Any]) -> None:
        assert self._sums is not None
        assert self.folder is not None
        if zlib.crc32(values.data) != self._sums[index]:
            forget_checked(self.folder)
            raise DamageError(
                f"{self.folder / LARGE} is damaged at row {index} ({CHANGED}). {AGAIN}"
            )
        self._unread[index] = 0

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Steps per utterance, ``[N]``."""
        return np.diff(self.offsets)


class Absent(Ragged):
    """An array of `count` empty utterances, of feature size `size`."""

    def __init__(self, count: int, size: int) -> None:
        self.size = size
        self.offsets = np.zeros(count + 1, dtype=np.int64)
        self._values = np.zeros((0, size), dtype=np.float32)
        self.folder, self._sums, self._unread = None, None, bytearray(count)


def _array(folder: Path, name: str) -> NDArray[Any]:
    """Read a small array, compared with its checksum if there is one."""
    return read_array(read_checked(folder, name))


def read_array(content: bytes) -> NDArray[Any]:
    """The array in the content of an ``.npy`` file.

    Raises
    ------
    ValueError or EOFError
        It is no such file, or is cut short.
    """
    found: NDArray[Any] = np.load(io.BytesIO(content), allow_pickle=False)
    return found
