"""The content that every format's reader returns: ids, and access to the values of each id."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.errors import DataError
from emobench.intake.checks import check_counts, check_numeric, checked_lengths, common_size
from emobench.intake.layout import as_text

Array = NDArray[Any]

NUMBER = r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?"
"""A column's name that is none, such as those that pandas writes."""


def are_numbers(names: Sequence[str]) -> bool:
    """Whether all names of columns are numbers, which name nothing."""
    return all(re.fullmatch(NUMBER, name.strip(), re.IGNORECASE) for name in names)


@dataclass
class Content:
    """Content of a file, as the reader of its format returns it.

    Parameters
    ----------
    ids
        In the file's order.
    size
        D of every utterance.
    read
        Index to ``[T, D]`` or ``[D]``, of any numeric type.
    padded
        All utterances have the same T, the short ones filled up with zeros.
    lengths
        Real steps per utterance, if the file says.
    close
        Closes the file.
    told
        Gives sentences on how the file was read so far: columns left out, rows not used.
    rows
        Of a table: the number of its rows, that of the rows used, and reason to the number of rows
        that are not used.
    columns
        Of a table: its features, and reason to the columns left out.
    """

    ids: Sequence[str]
    size: int
    read: Callable[[int], Array]
    padded: bool = False
    lengths: NDArray[np.int64] | None = None
    close: Callable[[], None] = lambda: None
    told: Callable[[], list[str]] = list
    rows: tuple[int, int, dict[str, int]] | None = None
    columns: tuple[list[str], dict[str, list[str]]] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the D features; none if the file's form has none, or all are numbers."""
        found = tuple(name.strip() for name in self.columns[0]) if self.columns else ()
        return () if are_numbers(found) else found


def from_block(
    path: Path, ids: list[str], name: str, array: Any, lengths: Any, others: dict[str, int]
) -> Content:
    """One array of all utterances: ``[N, T, D]`` or ``[N, D]``, in memory or not."""
    shape = tuple(int(n) for n in array.shape)
    if len(shape) not in (2, 3):
        raise DataError(
            f"{path} has {name!r} of shape {list(shape)}; it must be [N, T, D], [N, D]."
        )
    check_counts(path, len(ids), {name: shape[0]} | others)
    check_numeric(path, name, array.dtype)
    checked = checked_lengths(path, ids, lengths, shape)
    return Content(ids, shape[-1], array.__getitem__, len(shape) == 3, checked)


def from_arrays(path: Path, by_id: dict[Any, Any]) -> Content:
    """An array per utterance, all in memory; None stands for an utterance without features."""
    arrays = {}
    for name, values in by_id.items():
        text = as_text(name)
        if text in arrays:
            raise DataError(f"{path} has utterances more than once: {text}.")
        arrays[text] = np.zeros(0, np.float32) if values is None else _numbers(path, text, values)
    for name, values in arrays.items():
        check_numeric(path, name, values.dtype)
    size = common_size(path, {n: a.shape for n, a in arrays.items()})
    every = list(arrays.values())
    return Content(list(arrays), size, every.__getitem__)


def _numbers(path: Path, name: str, values: Any) -> Array:
    try:
        found = np.asarray(values)
        if found.dtype.hasobject and found.size:
            found = np.asarray([np.asarray(v) for v in found.tolist()])
    except ValueError:
        raise DataError(
            f"{path} has steps of different sizes in {name!r}; features are [T, D]."
        ) from None
    return found
