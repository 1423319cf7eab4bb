"""Arrays by name in one file, known by their shapes before any of them is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emobench.errors import DataError
from emobench.intake.checks import listed
from emobench.intake.formats.content import Array
from emobench.intake.layout import IDS, LABELS, is_length
from emobench.intake.sequence import Shape

USUAL = (
    "features", "feature", "feats", "feat", "x", "data", "values", "arr_0", "embeddings",
    "embedding", "last_hidden_state", "hidden_states",
)  # fmt: skip
"""Names under which files of one clip keep its features, the commonest first."""


@dataclass
class NamedArrays:
    """What a file holds.

    Parameters
    ----------
    facts
        Name to shape and type.
    load
        Name to values.
    close
        Closes the file.
    """

    facts: dict[str, tuple[Shape, np.dtype[Any]]]
    load: Callable[[str], Array]
    close: Callable[[], None] = lambda: None


def of_values(values: dict[Any, Any]) -> NamedArrays:
    """The arrays among values that are in memory."""
    arrays = {str(n): np.asarray(v) for n, v in values.items() if is_array(v)}
    return NamedArrays({n: (a.shape, a.dtype) for n, a in arrays.items()}, arrays.__getitem__)


def is_array(value: Any) -> bool:
    """Whether a value is an array, or lists that may stand for one."""
    return isinstance(value, np.ndarray | list | tuple)


def only_name(path: Path, arrays: NamedArrays) -> str:
    """The name of the one array of features in a file of one clip.

    Raises
    ------
    DataError
        There is none, or there are several.
    """
    beside = {*IDS, *LABELS}
    names = [
        n
        for n, (shape, dtype) in arrays.facts.items()
        if shape and dtype.kind in "biuf" and n.lower() not in beside and not is_length(n)
    ]
    usual = [n for word in USUAL for n in names if n.lower() == word]
    if len(names) == 1 or usual:
        return usual[0] if usual else names[0]
    if not names:
        raise DataError(f"{path} has no array of features; it has {listed(arrays.facts)}.")
    raise DataError(
        f"{path} has several arrays ({listed(names)}), where the features of one utterance are "
        "wanted. Keep one, or name the file itself if these are ids of utterances."
    )
