"""Whether everything in a results folder is as it was written, and what to do where it is not."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
from safetensors import SafetensorError, safe_open

from emobench.disk.seal import CHANGED, file_sum, is_sealed, unsealed
from emobench.store.index import NAME, Index
from emobench.store.inventory import absent_cells
from emobench.store.pack import BROKEN, is_pack, read_pack
from emobench.store.spec import read_spec
from emobench.store.training_folder import TRAINING, Outcome, entry_names, read_training

RECORDS: Final = ("trials", "grids", "corpora", "transfers", "shards", "plans", "splits")
"""Folders of JSON files, and of older trials in folders of their own."""
BESIDE: Final = ("checkpoint.safetensors", "predictions.parquet")
OLD: Final = ("spec.json", "report.json", "failure.json")
OTHERS: Final = ("leaderboard", "queue", "unfinished", "claims", "damaged")
"""What is made anew whenever it is needed, or was put aside."""
UNREADABLE: Final = (*BROKEN, SafetensorError)


@dataclass(frozen=True)
class Fault:
    """A damaged file: its path within the folder, and a phrase that says what is wrong with it."""

    path: str
    what: str


@dataclass
class Verification:
    """What a look at every file of a results folder found.

    Parameters
    ----------
    whole
        Number of files that are as they were written, by kind: ``training``, ``weights``,
        ``pack``, ``record``, ``index``.
    cells
        Cells whose predictions could be read.
    unmarked
        Files of older versions, which have no checksum, and could be read.
    faults
        The damaged files.
    absent
        Files that a training's record names and that are not there.
    partial
        Files that a killed process left half-written; the next run removes them.
    unknown
        Files that emobench did not write.
    absent_cells
        Cells that the records of grids name and that are not stored.
    """

    whole: Counter[str] = field(default_factory=Counter)
    cells: int = 0
    unmarked: int = 0
    faults: list[Fault] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    absent_cells: int = 0

    def plain(self) -> dict[str, Any]:
        """The same as plain data for JSON."""
        return {
            "whole": dict(self.whole),
            "cells": self.cells,
            "without_checksum": self.unmarked,
            "damaged": [{"path": one.path, "what": one.what} for one in self.faults],
            "absent": self.absent,
            "partial": self.partial,
            "unknown": self.unknown,
            "absent_cells": self.absent_cells,
        }


def verify(root: Path) -> Verification:
    """Read every file of the results folder `root`, and compare it with its checksum.

    The weights and records of versions that wrote no checksum are read, and a training's name is
    compared with its spec; what else was changed in them cannot be told.
    """
    found = Verification()
    for name in entry_names(root / "trainings"):
        _training(root, root / "trainings" / name, found)
    for kind in RECORDS:
        for name in entry_names(root / kind):
            _record(root, root / kind / name, found)
    for name in entry_names(root / "cells"):
        _older(root, root / "cells" / name, found)
    _index(root, found)
    _others(root, found)
    found.absent_cells = absent_cells(root)
    return found


def repair(root: Path, found: Verification) -> Path:
    """Put the damaged files of `found` aside, so that they count as not computed.

    Returns
    -------
    Path
        The folder that they were moved into, under their old paths.
    """
    aside = root / "damaged"
    for number in range(1, 1_000_000):
        if not (aside / str(number)).exists():
            aside = aside / str(number)
            break
    for fault in found.faults:
        target = aside / fault.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(root / fault.path, target)
    Index(root, kept=True)
    return aside


def _training(root: Path, folder: Path, found: Verification) -> None:
    """Look at a training's record, its weights and its packs."""
    outcome = None
    for name in entry_names(folder):
        path = folder / name
        if is_pack(name):
            _try(root, path, found, "pack", partial(_pack, path, found))
        elif name == TRAINING:
            outcome = _try(root, path, found, "training", partial(_trained, path, found))
        elif name in OLD:
            _try(root, path, found, "record", partial(_json, path, found))
    said = outcome.files if isinstance(outcome, Outcome) else {}
    for name in BESIDE:
        path = folder / name
        if path.is_file():
            kind = "weights" if name.endswith("safetensors") else "record"
            _try(root, path, found, kind, partial(_beside, path, said.get(name), found))
        elif name in said:
            found.absent.append(str(path.relative_to(root)))


def _record(root: Path, path: Path, found: Verification) -> None:
    if path.is_dir():
        _older(root, path, found)
    elif path.suffix == ".json":
        _try(root, path, found, "record", partial(_json, path, found))


def _older(root: Path, folder: Path, found: Verification) -> None:
    """Look at the folder of a cell or trial of the older layout."""
    for name in entry_names(folder):
        path = folder / name
        if name.endswith(".json"):
            _try(root, path, found, "record", partial(_json, path, found))
        elif name.endswith(".parquet"):
            _try(root, path, found, "record", partial(_beside, path, None, found))
            found.cells += 1


def _try(
    root: Path, path: Path, found: Verification, kind: str, look: Callable[[], object]
) -> object:
    """Count the file as whole, or name what is wrong; return what `look` returns."""
    try:
        seen = look()
    except FileNotFoundError:  # a run that goes on has put packs into one
        return None
    except UNREADABLE as error:
        why = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        found.faults.append(Fault(str(path.relative_to(root)), why))
        return None
    found.whole[kind] += 1
    return seen


def _json(path: Path, found: Verification) -> dict[str, Any]:
    data = path.read_bytes()
    content = unsealed(data)
    found.unmarked += not is_sealed(data)
    return content


def _trained(path: Path, found: Verification) -> Outcome | None:
    content = _json(path, found)
    spec = read_spec(content["spec"])
    if spec is not None and spec.key() != path.parent.name:
        raise ValueError("its spec is that of another training")
    return read_training(path.parent)


def _pack(path: Path, found: Verification) -> None:
    pack = read_pack(path, checked=True)
    found.cells += sum(pack.table(key) is not None for key in pack.entries)


def _beside(path: Path, said: str | None, found: Verification) -> None:
    if said is not None:
        if file_sum(path) != said:
            raise ValueError(CHANGED)
        return
    found.unmarked += 1
    if path.suffix == ".parquet":
        pq.ParquetFile(path).read(use_threads=False)
        return
    with safe_open(path, "numpy") as weights:  # a header that fits the file's size
        weights.keys()


def _index(root: Path, found: Verification) -> None:
    """Compare the index with what the folders hold."""
    if not (root / NAME).is_file():
        return
    kept, fresh = Index(root), Index(root, trusted=False)
    if any("could not be read" in note for note in kept.notes):
        found.faults.append(Fault(NAME, "it cannot be read"))
    elif kept.rows != fresh.rows:
        found.faults.append(Fault(NAME, "it says something else than the folders"))
    else:
        found.whole["index"] += 1


def _others(root: Path, found: Verification) -> None:
    """Name half-written files, and files that emobench did not write."""
    for path in _files(root):
        parts = path.relative_to(root).parts
        if any(part.startswith((".partial-", ".probe-")) for part in parts):
            found.partial.append("/".join(parts))
        elif parts[0] not in OTHERS and not _is_ours(parts):
            found.unknown.append("/".join(parts))


def _is_ours(parts: tuple[str, ...]) -> bool:
    if parts == (NAME,):
        return True
    if parts[0] == "trainings" and len(parts) == 3:
        return is_pack(parts[2]) or parts[2] in (TRAINING, *BESIDE, *OLD)
    older = len(parts) == 3 and parts[0] in ("cells", "trials") and parts[2] in (*BESIDE, *OLD)
    return older or (len(parts) == 2 and parts[0] in RECORDS and parts[1].endswith(".json"))


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names))
