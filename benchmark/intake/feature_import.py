"""Converts somebody else's feature file, once, into memory-mapped arrays."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.atomic import partial_prefix, sweep, whole_folder
from emobench.disk.refusal import raise_refusal
from emobench.errors import RequestError
from emobench.intake.features import FeatureTable, open_features
from emobench.intake.file_digests import FileDigests, file_digest
from emobench.intake.formats.clip_folder import ABOUT, VERSION
from emobench.intake.formats.clip_folder import about as facts_of
from emobench.modality import MODALITIES
from emobench.ragged_array import RaggedWriter

Progress = Callable[[str, int, int], None]


def import_features(
    path: Path,
    name: str,
    modality: str | None,
    folder: Path,
    progress: Progress | None = None,
    replace: bool = False,
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
    replace
        Whether features of this name are replaced, once the new ones are whole.

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
    if final.exists() and not replace:
        raise RequestError(f"{final} exists already; --replace replaces it, or take another name.")
    table = open_features(path, modality)
    try:
        sweep(folder)
        with whole_folder(final) as partial:
            _write(table, partial, name, modality, progress)
            old = final.rename(folder / f"{partial_prefix()}-old") if final.exists() else None
        if old:
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:  # `open_features` reports errors of reading itself
        raise_refusal(error, final)
        raise RequestError(f"Cannot write {final}: {error.strerror or error}.") from None
    finally:
        table.close()
    return final


def open_imported(folder: Path) -> FeatureTable:
    """Open what `import_features` wrote."""
    about(folder)
    return open_features(folder)


def about(folder: Path) -> dict[str, Any]:
    """Say where imported features are from.

    Returns
    -------
    dict
        ``name``, ``modality`` (or None), ``source`` (the file's name), ``source_path``,
        ``source_digest``, ``utterances``, ``size``, ``digest`` of the values, ``problems`` and
        ``notes`` (sentences), ``version``.
    """
    return facts_of(folder)


def source_changed(folder: Path) -> str:
    """Say that the file of an import has another content now; empty if it has not, or is gone.

    Parameters
    ----------
    folder
        What `import_features` wrote; of any other folder or file nothing is said.
    """
    if not (folder / ABOUT).is_file() or not (folder / "ids.json").is_file():
        return ""
    facts = about(folder)
    source = Path(facts["source_path"])
    if not source.exists() or _digest(source, _cache(folder.parent)) == facts["source_digest"]:
        return ""
    return (
        f"The features {facts['name']} were imported from {source}, which has changed since; "
        f"`emobench data import {shlex.quote(str(source))} --as {facts['name']} --replace` "
        "takes what it holds now."
    )


def _cache(imported: Path) -> Path:
    return imported.parent


def _digest(source: Path, cache: Path) -> str:
    """Digest of a file, or of all files of a folder and their names."""
    if source.is_file():
        return file_digest(source, cache)
    files = sorted(p for p in source.rglob("*") if p.is_file())
    whole = hashlib.sha256()
    for path, digest in FileDigests(cache).of(files).items():
        whole.update(f"{path.relative_to(source).as_posix()}\0{digest}\0".encode())
    return whole.hexdigest()


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
    source_digest = _digest(table.path, _cache(folder.parent))  # before the values are read

    def seen(utterance: str, values: NDArray[np.float32]) -> None:
        digest.update(f"{utterance}\0{values.shape}".encode())
        digest.update(np.ascontiguousarray(values).tobytes())

    write_features(table, folder, f"importing {table.path.name}", progress, seen)
    facts = {
        "name": name,
        "modality": modality,
        "source": table.path.name,
        "source_path": str(table.path.absolute()),
        "source_digest": source_digest,
        "utterances": len(table),
        "size": table.size,
        "digest": f"sha256:{digest.hexdigest()}",
        "problems": table.problems,
        "notes": table.notes,
        "version": VERSION,
    }
    (folder / ABOUT).write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")
