"""NumPy's ``.npz``; an array that is stored uncompressed stays on disk."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from emobench.errors import DataError
from emobench.intake.checks import check_numeric, common_size
from emobench.intake.formats.content import Array, Content, from_block
from emobench.intake.formats.npy import Header, read_header
from emobench.intake.layout import IDS, find_columns, ids_as_text


def read_npz(path: Path, modality: str | None) -> Content:
    """An array per id, or ``ids`` with one array of all utterances."""
    zipped = zipfile.ZipFile(path)
    members = {i.filename.removesuffix(".npy"): i for i in zipped.infolist()}
    headers: dict[str, Header] = {}
    for name, info in members.items():
        with zipped.open(info) as file:
            headers[name] = head = read_header(path, name, file)
        if head.end != info.file_size:
            raise DataError(f"{path} is damaged: {name!r} is not as long as its head says.")
    loaded = np.load(path, allow_pickle=False)

    def close() -> None:
        loaded.close()
        zipped.close()

    ids = next((n for n in IDS if n in headers and headers[n].dtype.kind in "USiu"), None)
    if ids is not None:
        content = _npz_block(path, headers, members, loaded, ids, modality)
    else:
        for name, head in headers.items():
            check_numeric(path, name, head.dtype)
        size = common_size(path, {n: h.shape for n, h in headers.items()})
        names = list(headers)
        content = Content(names, size, lambda place: loaded[names[place]])
    content.close = close
    return content


def _npz_block(
    path: Path,
    headers: dict[str, Header],
    members: dict[str, zipfile.ZipInfo],
    loaded: Any,
    ids: str,
    modality: str | None,
) -> Content:
    names = ids_as_text(path, loaded[ids])
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
