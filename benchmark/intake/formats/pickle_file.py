"""Pickles: arrays by id, or MMSA's layout of parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from emobench.errors import DataError
from emobench.intake.checks import listed
from emobench.intake.formats.content import Array, Content, from_arrays, from_block
from emobench.intake.layout import IDS, PARTS, TOKENS, find_columns, ids_as_text
from emobench.intake.pickles import read_pickle


def read_pickled(path: Path, modality: str | None) -> Content:
    """An array per id, or MMSA's layout."""
    content = read_pickle(path)
    parts = parts_of(path, content)
    if not parts:
        return from_arrays(path, content)
    return joined(path, [part_content(path, name, part, modality) for name, part in parts.items()])


def parts_of(path: Path, content: Any) -> dict[str, dict[Any, Any]]:
    """Parts of MMSA's layout by name; ``all`` where there is one; none in another layout."""
    if not isinstance(content, dict):
        raise DataError(
            f"{path} holds a {type(content).__name__}; it must be a dict of arrays by id, or by "
            "train, valid and test."
        )
    parts = {n: p for n, p in content.items() if n in PARTS and isinstance(p, dict)}
    if not parts and any(n in content for n in IDS):
        return {"all": content}
    return parts


def ids_in(path: Path, name: str, part: dict[Any, Any]) -> tuple[Path, str, list[str]]:
    """Place of a part in the file, the key of its ids, and the ids."""
    place = path / name if name != "all" else path
    key = next((n for n in IDS if n in part), None)
    if key is None:
        raise DataError(f"{place} has no 'id'; it has {listed(part)}.")
    return place, key, ids_as_text(place, part[key])


def part_content(path: Path, name: str, part: dict[Any, Any], modality: str | None) -> Content:
    """One part of MMSA's layout: arrays of all its utterances by modality, ids, labels."""
    place, key, ids = ids_in(path, name, part)
    arrays = {
        str(n): as_array(v)
        for n, v in part.items()
        if n not in (key, TOKENS) and isinstance(v, list | tuple | np.ndarray)
    }
    facts = {n: (a.shape, a.dtype) for n, a in arrays.items()}
    found, lengths, others = find_columns(place, facts, key, modality)
    steps = arrays[lengths] if lengths else None
    return from_block(place, ids, found, arrays[found], steps, others)


def as_array(values: Any) -> Array:
    """An array; of objects where the items differ in shape."""
    try:
        return np.asarray(values)
    except ValueError:
        ragged = np.empty(len(values), dtype=object)
        ragged[:] = values
        return ragged


def joined(path: Path, parts: list[Content]) -> Content:
    """Several parts as one."""
    sizes = {p.size for p in parts}
    if len(sizes) > 1:
        raise DataError(f"{path} has parts of {' and '.join(map(str, sorted(sizes)))} features.")
    where = [(part, place) for part in parts for place in range(len(part.ids))]
    with_lengths = [p.lengths for p in parts if p.lengths is not None]
    if with_lengths and len(with_lengths) < len(parts):
        raise DataError(f"{path} has lengths in some parts and none in others.")

    def read(place: int) -> Array:
        part, row = where[place]
        return part.read(row)

    return Content(
        [name for part in parts for name in part.ids],
        parts[0].size,
        read,
        parts[0].padded,
        np.concatenate(with_lengths) if with_lengths else None,
    )
