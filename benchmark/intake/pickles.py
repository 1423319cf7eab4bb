"""Reads an untrusted pickle without letting it call anything.

`emobench.intake.unpickling` says how this is ensured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from emobench.errors import DataError
from emobench.intake.unpickling.plain import check_plain
from emobench.intake.unpickling.refusal import Refused
from emobench.intake.unpickling.unpickler import Bounded, Unpickler

REMEDY = (
    "only NumPy arrays and plain containers are read. Save its arrays with numpy.savez on a "
    "machine where you trust it"
)


TABLES = ("pandas", "datasets", "polars", "pyarrow")


def remedy(path: Path, reason: str) -> str:
    """How to convert a pickle that is refused."""
    if any(f" {name}." in f" {reason}" for name in TABLES):
        return (
            "a table is not read from a pickle. Convert it where you trust it: "
            f"`import pandas`, then `pandas.read_pickle({path.name!r}).to_parquet("
            f"{path.stem + '.parquet'!r})`"
        )
    return REMEDY


def read_pickle(path: Path, start: int = 0) -> Any:
    """Read NumPy arrays, plain containers and numbers from a pickle of any Python.

    Tensors of PyTorch are read as arrays.

    Text of a Python 2 ``str`` is read as Latin-1, which arrays of that time need.

    Parameters
    ----------
    path
        The file.
    start
        Where in it the pickle begins, in bytes.

    Raises
    ------
    DataError
        The file is absent, broken or no pickle, or wants anything but arrays, NumPy numbers,
        ``dict``, ``OrderedDict``, ``list``, ``tuple``, ``set``, text, bytes, numbers and times.
        Nothing of it has been run.
    """
    try:
        with path.open("rb") as file:
            file.seek(start)
            return unpickled(path, file, path.stat().st_size - start)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from None


def unpickled(path: Path, file: BinaryIO, size: int) -> Any:
    """Read the pickle in the next `size` bytes of `file`, which is `path` or a part of it."""
    try:
        bounded = Bounded(file, size)
        value = Unpickler(bounded).load()
        if bounded.left:
            raise Refused(f"goes on for {bounded.left} bytes after its first object")
        check_plain(value)
    except OSError:
        raise
    except Refused as refusal:
        raise DataError(
            f"{path} is a pickle that {refusal}; {remedy(path, str(refusal))}."
        ) from None
    except EOFError:
        raise DataError(f"{path} ends too early for a pickle. Copy or download it again.") from None
    except Exception:  # any error that a broken file causes in the parser
        raise DataError(
            f"{path} cannot be read as a pickle: it is another kind of file, or damaged."
        ) from None
    return value
