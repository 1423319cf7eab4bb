"""A whole pickle in MMSA's layout: every modality, its labels, texts and parts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from emobench.errors import DataError
from emobench.intake.checks import check_counts, listed, places_of, readable
from emobench.intake.features import FeatureTable
from emobench.intake.formats.pickle_file import as_array, ids_in, joined, part_content, parts_of
from emobench.intake.layout import ALIASES, LABELS, as_text
from emobench.intake.pickles import read_pickle


@dataclass(frozen=True)
class Parts:
    """What a file in MMSA's layout holds, its utterances in one order.

    Parameters
    ----------
    ids
        Utterance ids; parts ``[video, start, end]`` are joined by ``_``.
    part
        Part of each utterance, as the file calls it (``train``, ``valid``, …; ``all`` if it has
        none).
    facts
        Labels and texts that the file has, one per utterance: numbers (NaN where a part lacks
        them) or text (empty there).
    features
        Modality to its features, where it has any.
    problems
        Modality to sentences on changes of its values; known for unpacked pickles only.
    """

    ids: tuple[str, ...]
    part: tuple[str, ...]
    facts: dict[str, list[float] | list[str]]
    features: dict[str, FeatureTable]
    problems: dict[str, list[str]] = field(default_factory=dict)


def open_parts(path: Path, modalities: Iterable[str]) -> Parts:
    """Read a pickle in MMSA's layout once, for all `modalities`.

    The whole file is in memory as long as any of the features are;
    `emobench.intake.unpack.unpack_parts` leaves it on disk.

    Raises
    ------
    DataError
        The file is absent, damaged, hostile or of another layout, or its numbers do not agree.
    """
    content = read_pickle(path)
    with readable(path):
        parts = {n: _as_arrays(p) for n, p in parts_of(path, content).items()}
        if not parts:
            raise DataError(
                f"{path} has neither 'train', 'valid' and 'test' nor 'id'; it has "
                f"{listed(content)}."
            )
        ids = {n: ids_in(path, n, part)[2] for n, part in parts.items()}
        every = tuple(name for names in ids.values() for name in names)
        places_of(path, every)
        tables = {
            m: FeatureTable(
                path, joined(path, [part_content(path, n, p, m) for n, p in parts.items()])
            )
            for m in modalities
            if any(_offers(part, m) for part in parts.values())
        }
        facts = {}
        for fact in LABELS:
            values = _fact(path, fact, [(ids[n], part.get(fact)) for n, part in parts.items()])
            if values is not None:
                facts[fact] = values
    return Parts(every, tuple(n for n, names in ids.items() for _ in names), facts, tables)


def _as_arrays(part: dict[Any, Any]) -> dict[Any, Any]:
    return {n: as_array(v) if isinstance(v, list | tuple) else v for n, v in part.items()}


def _offers(part: dict[Any, Any], modality: str) -> bool:
    """Whether a part has an array of numbers that is called like `modality`."""
    names = {n for alias in ALIASES[modality] for n in (alias, f"{alias}_features")}
    return any(
        str(n).lower() in names
        and isinstance(a, np.ndarray)
        and a.ndim > 1
        and a.dtype.kind in "biuf"
        for n, a in part.items()
    )


def _fact(
    path: Path, name: str, parts: list[tuple[list[str], Any]]
) -> list[float] | list[str] | None:
    """One value per utterance of all parts; None if there are none, or several per utterance."""
    arrays = [a if isinstance(a, np.ndarray) and a.ndim else None for _, a in parts]
    for (ids, _), array in zip(parts, arrays, strict=True):
        check_counts(path, len(ids), {} if array is None else {name: len(array)})
    there = [a for a in arrays if a is not None]
    if not there or any(math.prod(a.shape[1:]) != 1 for a in there):
        return None
    numeric = all(a.dtype.kind in "biuf" for a in there)
    found: list[Any] = []
    for (ids, _), array in zip(parts, arrays, strict=True):
        if array is None:
            found += [math.nan if numeric else ""] * len(ids)
        else:
            values = array.reshape(-1).tolist()
            found += [float(v) if numeric else as_text(v) for v in values]
    return found
