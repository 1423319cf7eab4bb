"""A pickle of features, unpacked once into arrays that all processes map into memory.

Such pickles have gigabytes, and reading one takes more memory than the file has bytes. Unpacked
arrays are read in part only, and worker processes share them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from emobench.atomic import sweep
from emobench.disk.refusal import raise_refusal
from emobench.disk.soundness import is_sound
from emobench.disk.sums import read_checked, sealed_folder
from emobench.errors import DataError, RequestError
from emobench.intake.feature_import import write_features
from emobench.intake.features import open_features
from emobench.intake.file_digests import file_digest
from emobench.intake.parts import Parts, open_parts
from emobench.modality import ordered

Progress = Callable[[str, int, int], None]

VERSION = 1
"""Raise it when the output for the same file changes."""

ABOUT = "about.json"


def unpack_parts(
    path: Path,
    modalities: Iterable[str],
    cache: Path,
    progress: Progress | None = None,
) -> Parts:
    """Read a pickle in MMSA's layout through the cache.

    The pickle is read (by `emobench.read_pickle`, which lets it call nothing) unless the cache has
    `modalities` of a file with this content.

    Parameters
    ----------
    path
        The pickle.
    modalities
        Which to unpack; those that it lacks are left out of ``features``.
    cache
        Folder in which unpacked pickles are kept.
    progress
        Called with the step, the number of utterances done, and their total.

    Raises
    ------
    DataError
        The file is absent, damaged, hostile or of another layout; nothing is left behind.
    RequestError
        `cache` cannot be written.
    """
    wanted = ordered(set(modalities))
    folder = cache / _name(path, wanted, cache)
    if not is_sound(folder, progress):
        _unpack(path, wanted, folder, progress)
    about = json.loads(read_checked(folder, ABOUT))
    return Parts(
        ids=tuple(about["ids"]),
        part=tuple(about["part"]),
        facts=about["facts"],
        features={m: open_features(folder / m) for m in about["problems"]},
        problems=about["problems"],
    )


def _name(path: Path, modalities: tuple[str, ...], cache: Path) -> str:
    try:
        digest = file_digest(path, cache)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    key = f"{VERSION}|{digest}|{modalities}"
    return f"unpacked-{path.stem}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def _unpack(
    path: Path, modalities: tuple[str, ...], folder: Path, progress: Progress | None
) -> None:
    parts = open_parts(path, modalities)
    try:
        sweep(folder.parent)
        with sealed_folder(folder) as partial:
            for modality, table in parts.features.items():
                what = f"unpacking {modality} of {path.name}"
                write_features(table, partial / modality, what, progress)
            about = {
                "ids": parts.ids,
                "part": parts.part,
                "facts": parts.facts,
                "problems": {
                    m: [p.removeprefix(f"{path}: ") for p in table.problems]
                    for m, table in parts.features.items()
                },
            }
            (partial / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    except OSError as error:  # errors of reading have their own messages
        raise_refusal(error, folder)
        raise RequestError(f"Cannot write {folder}: {error.strerror or error}.") from None
