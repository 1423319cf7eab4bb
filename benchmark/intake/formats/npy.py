"""NumPy's ``.npy``; its head can be read without the values that follow it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from emobench.errors import DataError
from emobench.intake.pickles import read_pickle


@dataclass(frozen=True)
class Header:
    """The head of a ``.npy``: form of the values that follow it, and where they begin."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    start: int

    @property
    def end(self) -> int:
        """Size of the whole file in bytes."""
        return self.start + math.prod(self.shape) * self.dtype.itemsize


def any_header(path: Path, name: str, file: IO[bytes]) -> Header:
    """Read the head of the ``.npy`` in `file`."""
    version = npy.read_magic(file)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise DataError(f"{path} has fields in {name!r}; features are plain arrays.")
    shape, fortran, dtype = readers[version](file)
    return Header(shape, fortran, dtype, file.tell())


def read_npy(path: Path) -> Any:
    """The array in a ``.npy``, or the value (a dict by id) that stands in one for an array.

    Raises
    ------
    DataError
        It holds anything but numbers, text and plain containers. Nothing of it was run.
    """
    with path.open("rb") as file:
        head = any_header(path, path.stem, file)
    if not head.dtype.hasobject:
        refuse_short(path, head)
        return np.load(path, allow_pickle=False)
    value = read_pickle(path, head.start)
    return value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value


def refuse_short(path: Path, head: Header) -> None:
    """Raise if the file ends before its values do."""
    size = path.stat().st_size
    if size < head.end:
        raise DataError(
            f"{path} is truncated: it has {size} of {head.end} bytes. Copy or download it again."
        )
