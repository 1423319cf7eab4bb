"""A folder of ``ID.npy``, or of features that were imported."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from emobench.errors import DataError
from emobench.intake.checks import check_counts, check_numeric, common_size, readable
from emobench.intake.formats import KINDS
from emobench.intake.formats.content import Content
from emobench.intake.formats.npy import read_header
from emobench.ragged_array import Ragged


def read_folder(path: Path, modality: str | None) -> Content:
    """``ID.npy`` per utterance, or what ``emobench data import`` wrote."""
    if (path / "ids.json").is_file():
        return _read_imported(path)
    files = sorted(path.glob("*.npy"))
    if not files:
        raise DataError(f"{path} is a folder without ID.npy files; those that are read: {KINDS}.")
    shapes: dict[str, tuple[int, ...]] = {}
    for file in files:
        with readable(file), file.open("rb") as opened:
            head = read_header(file, file.stem, opened)
        check_numeric(file, file.stem, head.dtype)
        if file.stat().st_size < head.end:
            raise DataError(
                f"{file} is truncated: it has {file.stat().st_size} of {head.end} bytes. "
                "Copy or download it again."
            )
        shapes[file.stem] = head.shape
    size = common_size(path, shapes)
    return Content(list(shapes), size, lambda place: np.load(files[place], allow_pickle=False))


def _read_imported(path: Path) -> Content:
    ids = json.loads((path / "ids.json").read_text(encoding="utf-8"))
    values = Ragged(path)
    check_counts(path, len(ids), {"offsets.npy": len(values)})
    return Content(ids, values.size, values.__getitem__)
