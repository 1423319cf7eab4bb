"""The arrays in a feature file: their usual names, and which of them to read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emobench.errors import DataError, RequestError
from emobench.intake.checks import listed

ALIASES = {
    "text": ("text", "transcript", "language", "glove_vectors"),
    "audio": ("audio", "acoustic", "voice", "speech"),
    "vision": ("vision", "video", "visual", "face"),
}
"""Names of the modalities in files, in the order of the search."""

MODALITY_WORDS = frozenset(alias for aliases in ALIASES.values() for alias in aliases)

IDS = ("ids", "id")
LENGTHS = ("lengths", "length")
PARTS = ("train", "valid", "val", "dev", "test")
LABELS = (
    "labels",
    "label",
    "regression_labels",
    "classification_labels",
    "annotations",
    "raw_text",
)
TOKENS = "text_bert"
"""MMSA's token numbers, which are no features."""


def is_length(name: str) -> bool:
    """Whether an array of this name holds numbers of steps."""
    return name in LENGTHS or name.endswith(("_lengths", "_length"))


def chosen_array(path: Path, names: Sequence[str], modality: str | None) -> str:
    """Choose the array to read: the only array, or the array named like `modality`."""
    if modality:
        lowered = {name.lower(): name for name in reversed(names)}
        for alias in ALIASES.get(modality, (modality,)):
            if alias in lowered:
                return lowered[alias]
        for alias in ALIASES.get(modality, ()):
            starting = [n for n in names if n.lower() == f"{alias}_features"]
            if starting:
                return starting[0]
    others = [m for m, aliases in ALIASES.items() if m != modality and names[0].lower() in aliases]
    if len(names) == 1 and not (modality and others):
        return names[0]
    if modality:
        raise DataError(f"{path} has no features of {modality}; it has {listed(names)}.")
    raise RequestError(
        f"{path} has features of several kinds ({listed(names)}): say which with --modality."
    )


def find_columns(
    path: Path,
    arrays: dict[str, tuple[tuple[int, ...], np.dtype[Any]]],
    ids: str,
    modality: str | None,
) -> tuple[str, str | None, dict[str, int]]:
    """Name of the features, name of their lengths, and the number of each kind of label."""
    of_lengths = [n for n in arrays if is_length(n)]
    known = {ids, *IDS, *of_lengths, *LABELS}
    features = [
        n
        for n, (shape, dtype) in arrays.items()
        if n not in known and len(shape) in (2, 3) and dtype.kind in "biuf"
    ]
    if not features:
        raise DataError(
            f"{path} has ids but no array [N, T, D] or [N, D] beside them; it has {listed(arrays)}."
        )
    name = chosen_array(path, features, modality)
    own = [f"{n}_{length}" for n in (name, *ALIASES.get(modality or "", ())) for length in LENGTHS]
    lengths = next((n for n in (*own, *LENGTHS) if n in of_lengths), None)
    others = {n: arrays[n][0][0] for n in LABELS if n in arrays and arrays[n][0]}
    return name, lengths, others


def ids_as_text(path: Path, ids: Any) -> list[str]:
    """Ids as text: ``[N]`` or ``[N, 1]`` as they are, ``[N, k]`` (video, clip) joined by ``_``."""
    array = np.asarray(ids)
    if array.ndim not in (1, 2):
        raise DataError(f"{path} has ids of {array.ndim} dimensions; it needs one per utterance.")
    rows = array.reshape(len(array), -1).tolist()
    return ["_".join(as_text(part) for part in row) for row in rows]


def as_text(value: Any) -> str:
    """An id or label as text that any file can hold."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value).encode("utf-8", "replace").decode()  # half a surrogate can be in no file
