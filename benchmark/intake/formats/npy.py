"""The head of a ``.npy`` file, read without the values that follow it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from emobench.errors import DataError


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


def read_header(path: Path, name: str, file: IO[bytes]) -> Header:
    """Read the head of the ``.npy`` in `file`, and refuse all but plain arrays."""
    version = npy.read_magic(file)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise DataError(f"{path} has fields in {name!r}; features are plain arrays.")
    shape, fortran, dtype = readers[version](file)
    if dtype.hasobject:
        raise DataError(
            f"{path} has Python objects in {name!r}, which are not read. Save ids with "
            "dtype=str and features as numbers."
        )
    return Header(shape, fortran, dtype, file.tell())
