"""Values by id, or in MMSA's layout of parts, as pickles and files of PyTorch hold them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from emobench.errors import DataError
from emobench.intake.checks import listed
from emobench.intake.formats.content import Array, Content, from_arrays, from_block
from emobench.intake.layout import (
    IDS,
    MODALITY_WORDS,
    PARTS,
    TOKENS,
    as_text,
    chosen_array,
    find_columns,
    ids_as_text,
)
from emobench.intake.pickles import read_pickle


def read_pickled(path: Path, modality: str | None) -> Content:
    """An array per id, or MMSA's layout."""
    return value_content(path, read_pickle(path), modality)


def value_content(path: Path, value: Any, modality: str | None) -> Content:
    """The features in a value that was read: a dict by id, by modality or by part, or records.

    Raises
    ------
    DataError
        It is of another layout: a matrix without ids, for instance.
    """
    while isinstance(value, dict) and len(value) == 1 and _is_wrapper(value):
        value = next(iter(value.values()))
    if isinstance(value, np.ndarray) and value.dtype.hasobject and value.ndim == 0:
        return value_content(path, value.item(), modality)
    if isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
        value = _by_id(path, value)
    if isinstance(value, np.ndarray | list | tuple):
        raise DataError(
            f"{path} holds one array of shape {list(np.shape(as_array(value)))} and no ids, so "
            "that nobody can know whose features they are. Write them together: "
            f"numpy.savez({path.stem + '.npz'!r}, ids=ids, features=array)."
        )
    parts = parts_of(path, value)
    if parts and not any(n in part for part in parts.values() for n in IDS):
        value = _without_parts(path, parts)
        parts = {}
    if parts:
        return joined(path, [part_content(path, n, p, modality) for n, p in parts.items()])
    return from_arrays(path, _of_modality(path, value, modality))


def _is_wrapper(value: dict[Any, Any]) -> bool:
    inner = next(iter(value.values()))
    name = str(next(iter(value))).lower()
    return isinstance(inner, dict) and name in ("features", "data", "embeddings")


def _by_id(path: Path, records: list[dict[Any, Any]]) -> dict[str, Any]:
    """Records such as ``{"id": …, "features": …}`` by id."""
    without = [i for i, r in enumerate(records) if not any(n in r for n in IDS)]
    if without:
        raise DataError(f"{path} has records without 'id': number {listed(without)}.")
    found: dict[str, Any] = {}
    for record in records:
        name = as_text(next(record[n] for n in IDS if n in record))
        if name in found:
            raise DataError(f"{path} has utterances more than once: {name}.")
        found[name] = {k: v for k, v in record.items() if k not in IDS}
    return found


def _without_parts(path: Path, parts: dict[str, dict[Any, Any]]) -> dict[Any, Any]:
    """Arrays by id within train, dev and test, as one dict."""
    found: dict[Any, Any] = {}
    for name, part in parts.items():
        if any(str(n).lower().removesuffix("_features") in MODALITY_WORDS for n in part):
            ids_in(path, name, part)  # MMSA's layout, of which the ids are absent
        if twice := found.keys() & part.keys():
            raise DataError(f"{path} has utterances more than once: {listed(sorted(twice))}.")
        found |= part
    return found


def _of_modality(path: Path, value: dict[Any, Any], modality: str | None) -> dict[Any, Any]:
    """Arrays by id out of a dict by modality and id, or by id and modality."""
    inner = [v for v in value.values() if isinstance(v, dict)]
    if not inner:
        return value
    if len(inner) < len(value):
        odd = [n for n, v in value.items() if not isinstance(v, dict)]
        raise DataError(f"{path} has a dict for some utterances and none for: {listed(odd)}.")
    outer = [str(n) for n in value]
    if all(n.lower() in MODALITY_WORDS for n in outer):
        chosen = chosen_array(path, outer, modality)
        found: dict[Any, Any] = next(v for n, v in value.items() if str(n) == chosen)
        return found
    named = [
        n
        for n in dict.fromkeys(str(n) for v in inner for n in v)
        if any(_features(v.get(n)) for v in inner)
    ]
    if not named:
        raise DataError(f"{path} has no array in the dicts of its utterances.")
    chosen = chosen_array(path, named, modality)
    return {n: v.get(chosen) for n, v in value.items()}


def _features(value: Any) -> bool:
    if not isinstance(value, np.ndarray | list | tuple):
        return False
    array = as_array(value)
    return array.ndim > 0 and array.dtype.kind in "biuf"


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
