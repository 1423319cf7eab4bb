"""Converts somebody else's feature file, once, into memory-mapped arrays."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emobench.atomic import sweep, whole_folder
from emobench.errors import DataError, RequestError
from emobench.intake.features import FeatureTable, open_features
from emobench.modality import MODALITIES
from emobench.ragged_array import RaggedWriter

Progress = Callable[[str, int, int], None]

ABOUT = "about.json"
VERSION = 1
"""Raise it when the output for the same file changes."""


def import_features(
    path: Path,
    name: str,
    modality: str | None,
    folder: Path,
    progress: Progress | None = None,
) -> Path:
    """Convert a file of features into ``folder/name``, one utterance in memory at a time.

    Parameters
    ----------
    path
        Anything that `open_features` reads.
    name
        What the features will be called.
    modality
        ``text``, ``audio`` or ``vision``; needed where the file has several.
    folder
        Where imported features are kept.
    progress
        Called with the step, the number of utterances done, and their total.

    Returns
    -------
    Path
        The new folder; `open_imported` reads it, and its `about` says what was changed.

    Raises
    ------
    DataError
        The file is absent, damaged or of another layout; nothing is left behind.
    RequestError
        The name or modality makes no sense, the name is taken, or `folder` cannot be written.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise RequestError(
            f"{name!r} cannot be a name: letters, digits, _ and - are allowed, as in covarep_74."
        )
    if modality is not None and modality not in MODALITIES:
        raise RequestError(f"{modality!r} is no modality; there are {', '.join(MODALITIES)}.")
    final = folder / name
    if final.exists():
        raise RequestError(f"{final} exists already; remove it, or take another name.")
    table = open_features(path, modality)
    try:
        sweep(folder)
        with whole_folder(final) as partial:
            _write(table, partial, name, modality, progress)
    except OSError as error:  # a full disk; `open_features` reports errors of reading itself
        raise RequestError(f"Cannot write {final}: {error.strerror or error}.") from None
    finally:
        table.close()
    return final


def open_imported(folder: Path) -> FeatureTable:
    """Open what `import_features` wrote."""
    about(folder)
    return open_features(folder)


def about(folder: Path) -> dict[str, object]:
    """Say where imported features are from.

    Returns
    -------
    dict
        ``name``, ``modality`` (or None), ``source`` (the file's name), ``utterances``, ``size``,
        ``digest`` of the values, ``problems`` (sentences), ``version``.
    """
    try:
        found: dict[str, object] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise DataError(
            f"{folder} holds no imported features; `emobench data import FILE --as NAME` makes "
            "such a folder."
        ) from None
    if found.get("version") != VERSION:
        raise DataError(
            f"{folder} was written by another version of emobench. Remove it and import "
            f"{found.get('source')} again."
        )
    return found


def write_features(
    table: FeatureTable,
    folder: Path,
    what: str,
    progress: Progress | None = None,
    seen: Callable[[str, NDArray[np.float32]], None] = lambda utterance, values: None,
) -> None:
    """Write `table` into `folder` for `open_features`; `seen` is called for each utterance."""
    writer = RaggedWriter(folder)
    for done, utterance in enumerate(table.ids, start=1):
        values = table[utterance]
        writer.append(values)
        seen(utterance, values)
        if progress and (done % 100 == 0 or done == len(table)):
            progress(what, done, len(table))
    writer.close()
    (folder / "ids.json").write_text(json.dumps(table.ids, ensure_ascii=False), encoding="utf-8")


def _write(
    table: FeatureTable,
    folder: Path,
    name: str,
    modality: str | None,
    progress: Progress | None,
) -> None:
    digest = hashlib.sha256()

    def seen(utterance: str, values: NDArray[np.float32]) -> None:
        digest.update(f"{utterance}\0{values.shape}".encode())
        digest.update(np.ascontiguousarray(values).tobytes())

    write_features(table, folder, f"importing {table.path.name}", progress, seen)
    facts = {
        "name": name,
        "modality": modality,
        "source": table.path.name,
        "utterances": len(table),
        "size": table.size,
        "digest": f"sha256:{digest.hexdigest()}",
        "problems": table.problems,
        "version": VERSION,
    }
    (folder / ABOUT).write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")
