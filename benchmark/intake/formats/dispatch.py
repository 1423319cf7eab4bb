"""Opens a file of features, of many utterances or of one, by its kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from emobench.errors import DataError
from emobench.intake.checks import check_numeric, common_size, listed, readable
from emobench.intake.formats.content import Array, Content
from emobench.intake.formats.hdf5 import hdf5_arrays, read_hdf5
from emobench.intake.formats.kind import kind_of
from emobench.intake.formats.named_arrays import NamedArrays, is_array, of_values, only_name
from emobench.intake.formats.npy import any_header, read_npy, refuse_short
from emobench.intake.formats.npz import npz_arrays, read_npz
from emobench.intake.formats.parquet import read_parquet
from emobench.intake.formats.pickle_file import value_content
from emobench.intake.formats.rows.feature_rows import arff_content, table_content
from emobench.intake.formats.safetensors_file import read_safetensors
from emobench.intake.formats.torch_file import read_torch
from emobench.intake.pickles import read_pickle
from emobench.intake.sequence import Shape, as_steps, refusal, stepped

VALUES: dict[str, Callable[[Path], Any]] = {
    "npy": read_npy,
    "torch": read_torch,
    "pickle": read_pickle,
}
"""Kinds of which the whole value is in memory."""

NAMED: dict[str, Callable[[Path], NamedArrays]] = {
    "npz": npz_arrays,
    "hdf5": hdf5_arrays,
    "safetensors": read_safetensors,
}
"""Kinds whose arrays are known by name before they are read."""

TABLES: dict[str, Callable[[Path, str | None, bool], Content]] = {
    "parquet": read_parquet,
    "table": table_content,
    "arff": arff_content,
}
"""Kinds with a row per utterance or per step; the flag says that the file is of one utterance."""


def read_file(path: Path, modality: str | None) -> Content:
    """The features of many utterances in one file."""
    kind = kind_of(path)
    if kind in VALUES:
        return value_content(path, VALUES[kind](path), modality)
    if kind in TABLES:
        return TABLES[kind](path, modality, False)
    if kind == "safetensors":
        return _by_name(path, read_safetensors(path))
    return (read_npz if kind == "npz" else read_hdf5)(path, modality)


def _by_name(path: Path, arrays: NamedArrays) -> Content:
    for name, (_, dtype) in arrays.facts.items():
        check_numeric(path, name, dtype)
    size = common_size(path, {n: shape for n, (shape, _) in arrays.facts.items()})
    names = list(arrays.facts)
    return Content(names, size, lambda place: arrays.load(names[place]), close=arrays.close)


def open_array(path: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Read the features ``[T, D]`` of one utterance from a file of its own.

    Values that are not finite stay as they are.

    Parameters
    ----------
    path
        A ``.npy``, ``.npz``, ``.pt``, ``.safetensors``, HDF5, CSV, Parquet, ARFF or pickle.

    Raises
    ------
    DataError
        It is absent, damaged, of another kind, or holds no such array, or several.
    """
    return open_named_array(path)[0]


def open_named_array(path: Path) -> tuple[np.ndarray[Any, np.dtype[np.float32]], tuple[str, ...]]:
    """Read what `open_array` reads, with the names of its D columns.

    Returns
    -------
    The features ``[T, D]``, and D names; none if the file's form has no names of columns, or they
    are numbers.

    Raises
    ------
    DataError
        As `open_array`.
    """
    if not path.is_file():
        raise DataError(f"There is no file {path}.")
    with readable(path):
        kind = kind_of(path)
        name, values, names = _one(path, kind)
        check_numeric(path, name, values.dtype)
        if stepped(values.shape) is None:
            raise DataError(refusal(path, name, values.shape))
        with np.errstate(over="ignore", invalid="ignore"):
            return np.array(as_steps(values), dtype=np.float32), names


def _one(path: Path, kind: str) -> tuple[str, Array, tuple[str, ...]]:
    """Name (empty if it has none), values and names of features of the only array."""
    if kind in VALUES:
        value = VALUES[kind](path)
        if not isinstance(value, dict):
            if not is_array(value):
                raise DataError(f"{path} holds a {type(value).__name__}, no features.")
            return "", np.asarray(value), ()
        arrays = of_values(value)
        name = only_name(path, arrays)
        return name, arrays.load(name), ()
    if kind in NAMED:
        arrays = NAMED[kind](path)
        try:
            name = only_name(path, arrays)
            return name, arrays.load(name), ()
        finally:
            arrays.close()
    content = one_utterance(path, TABLES[kind](path, None, True))
    try:
        return "", content.read(0), content.names
    finally:
        content.close()


def one_utterance(path: Path, content: Content) -> Content:
    """The content, if it is of one utterance."""
    if len(content.ids) != 1:
        raise DataError(
            f"{path} has the features of {len(content.ids)} utterances ({listed(content.ids)}), "
            "where those of one are wanted."
        )
    return content


def array_shape(path: Path) -> tuple[int, int]:
    """``(T, D)`` of the features of one utterance, without reading them where the format allows.

    Raises
    ------
    DataError
        As `open_array`.
    """
    name, shape = named_shape(path)
    found = stepped(shape)
    if found is None:
        raise DataError(refusal(path, name, shape))
    return found


def named_shape(path: Path) -> tuple[str, Shape]:
    """Name of the only array in a file (empty if it has none), and its shape as it is."""
    if not path.is_file():
        raise DataError(f"There is no file {path}.")
    with readable(path):
        kind = kind_of(path)
        if kind == "npy":
            with path.open("rb") as file:
                head = any_header(path, path.stem, file)
            if not head.dtype.hasobject:
                refuse_short(path, head)
                check_numeric(path, path.stem, head.dtype)
                return "", head.shape
        if kind in NAMED:
            arrays = NAMED[kind](path)
            name = only_name(path, arrays)
            arrays.close()
            shape, dtype = arrays.facts[name]
            check_numeric(path, name, dtype)
            return name, shape
        name, values, _ = _one(path, kind)
        check_numeric(path, name, values.dtype)
        return name, values.shape
