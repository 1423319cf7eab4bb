"""Ragged arrays on disk: one representation of a whole corpus, memory-mapped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


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
        """Add one utterance; None or T = 0 if it lacks the modality."""
        steps = 0 if values is None else len(values)
        if values is not None and steps:
            if self.size is None:
                self.size = values.shape[1]
            elif values.shape[1] != self.size:
                raise ValueError(f"feature size {values.shape[1]} after {self.size}")
            self._file.write(np.ascontiguousarray(values, dtype=self.dtype).tobytes())
        self.offsets.append(self.offsets[-1] + steps)

    def close(self) -> None:
        """Write the index, without which the folder cannot be read."""
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
            # A plain view: a slice of a memmap costs ten times as much.
            np.memmap(folder / "values.bin", meta["dtype"], "r", shape=(total, self.size)).view(
                np.ndarray
            )
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
    """An array of `count` empty utterances, of feature size `size`."""

    def __init__(self, count: int, size: int) -> None:
        self.size = size
        self.offsets = np.zeros(count + 1, dtype=np.int64)
        self._values = np.zeros((0, size), dtype=np.float32)
