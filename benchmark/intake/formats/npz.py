"""NumPy's ``.npz``; an array that is stored uncompressed stays on disk."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from emobench.errors import DataError
from emobench.intake.checks import check_numeric, common_size
from emobench.intake.formats.content import Array, Content, from_block
from emobench.intake.formats.limits import refuse_claim
from emobench.intake.formats.named_arrays import NamedArrays, of_values
from emobench.intake.formats.npy import Header, any_header
from emobench.intake.formats.pickle_file import value_content
from emobench.intake.layout import IDS, find_columns, ids_as_text
from emobench.intake.pickles import unpickled


def read_npz(path: Path, modality: str | None) -> Content:
    """An array per id, or ``ids`` with one array of all utterances."""
    zipped = zipfile.ZipFile(path)
    members, headers = _headers(path, zipped)
    objects = _objects(path, zipped, headers, members)
    loaded = np.load(path, allow_pickle=False)

    def close() -> None:
        loaded.close()
        zipped.close()

    values = {n: v.item() if v.ndim == 0 else v for n, v in objects.items()}
    ids = next((n for n in IDS if _holds_ids(headers.get(n), values.get(n))), None)
    if ids is not None:
        names = ids_as_text(path, values[ids] if ids in values else loaded[ids])
        content = _npz_block(path, headers, members, loaded, (ids, names), modality)
    elif values:
        arrays = {n: values[n] if n in values else loaded[n] for n in headers}
        close()
        return value_content(path, arrays, modality)
    else:
        for name, head in headers.items():
            check_numeric(path, name, head.dtype)
        size = common_size(path, {n: h.shape for n, h in headers.items()})
        every = list(headers)
        content = Content(every, size, lambda place: loaded[every[place]])
    content.close = close
    return content


def whole_npz(path: Path) -> dict[str, Array]:
    """Read every array of a ``.npz`` into memory; none may be one of Python objects.

    Raises
    ------
    DataError
        It is absent, damaged, or an array claims more than the file holds.
    """
    try:
        with zipfile.ZipFile(path) as zipped:
            _headers(path, zipped)
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except DataError:
        raise
    except Exception as error:  # of zipfile, zlib or NumPy, for each kind of damage
        raise DataError(f"{path} cannot be read as a NumPy archive: {error}.") from None


def npz_arrays(path: Path) -> NamedArrays:
    """The arrays of a file that holds a single clip."""
    with zipfile.ZipFile(path) as zipped:
        members, headers = _headers(path, zipped)
        objects = _objects(path, zipped, headers, members)
    loaded = np.load(path, allow_pickle=False)
    inner = [v.item() for v in objects.values() if v.ndim == 0]
    if len(headers) == 1 and inner and isinstance(inner[0], dict):
        return of_values(inner[0])
    facts = {n: (h.shape, h.dtype) for n, h in headers.items() if n not in objects}
    return NamedArrays(facts, loaded.__getitem__, loaded.close)


def _headers(
    path: Path, zipped: zipfile.ZipFile
) -> tuple[dict[str, zipfile.ZipInfo], dict[str, Header]]:
    members = {i.filename.removesuffix(".npy"): i for i in zipped.infolist()}
    headers: dict[str, Header] = {}
    for name, info in members.items():
        refuse_claim(path, repr(name), info.file_size, info.compress_size)
        with zipped.open(info) as file:
            headers[name] = head = any_header(path, name, file)
        if not head.dtype.hasobject and head.end != info.file_size:
            raise DataError(f"{path} is damaged: {name!r} is not as long as its head says.")
    return members, headers


def _objects(
    path: Path,
    zipped: zipfile.ZipFile,
    headers: dict[str, Header],
    members: dict[str, zipfile.ZipInfo],
) -> dict[str, Array]:
    """Arrays of Python objects (ids, a dict), read without running anything."""
    found = {}
    for name, head in headers.items():
        if head.dtype.hasobject:
            data = zipped.read(members[name])[head.start :]
            value = unpickled(path, io.BytesIO(data), len(data))
            if not isinstance(value, np.ndarray):
                raise DataError(f"{path} is damaged: {name!r} is no array.")
            found[name] = value
    return found


def _holds_ids(head: Header | None, value: Any) -> bool:
    if head is None:
        return False
    if head.dtype.hasobject:
        return isinstance(value, np.ndarray) and all(
            isinstance(v, str | bytes | int | float) for v in value.ravel().tolist()
        )
    return head.dtype.kind in "USiu"


def _npz_block(
    path: Path,
    headers: dict[str, Header],
    members: dict[str, zipfile.ZipInfo],
    loaded: Any,
    known: tuple[str, list[str]],
    modality: str | None,
) -> Content:
    ids, names = known
    name, lengths, others = find_columns(
        path, {n: (h.shape, h.dtype) for n, h in headers.items()}, ids, modality
    )
    head, info = headers[name], members[name]
    array: Array
    if info.compress_type == zipfile.ZIP_STORED and head.end > head.start:
        start = _data_start(path, info) + head.start
        order: Any = "F" if head.fortran else "C"
        array = np.memmap(path, head.dtype, "r", start, head.shape, order)
    else:
        array = loaded[name]  # compressed: no access to the middle
    return from_block(path, names, name, array, loaded[lengths] if lengths else None, others)


def _data_start(path: Path, info: zipfile.ZipInfo) -> int:
    """Offset of a stored member's bytes: after its local header, name and extra field."""
    with path.open("rb") as file:
        file.seek(info.header_offset + 26)
        sizes = file.read(4)
    name, extra = int.from_bytes(sizes[:2], "little"), int.from_bytes(sizes[2:], "little")
    return info.header_offset + 30 + name + extra
