"""Rewrites folders of the older layout: ``cells/<key>/``, and records of several files.

What is written is there before what it replaces goes. So a migration can be killed at any moment,
loses nothing, and goes on when it is started again.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from emobench.atomic import whole_file
from emobench.disk.seal import file_sum, sealed
from emobench.store.cell_writer import PACKS, compact
from emobench.store.pack import BROKEN, PackedCell, write_pack
from emobench.store.training_folder import (
    TRAINING,
    Outcome,
    pack_names,
    plain_json,
    read_outcome,
)

OLD = ("spec.json", "report.json", "failure.json")
BESIDE = ("checkpoint.safetensors", "predictions.parquet")
CELLS = 1024
"""Cells of a training that are put into one pack at a time."""


@dataclass
class Migration:
    """What a migration rewrote, and what it left as it was, with the reasons."""

    trainings: int = 0
    cells: int = 0
    trials: int = 0
    left: tuple[str, ...] = ()


def migrate(root: Path) -> Migration:
    """Rewrite everything of the older layout in the results folder `root`."""
    done = Migration()
    for folder in _folders(root / "trainings"):
        done.trainings += _record(root, folder, folder / TRAINING, done)
    for folder in _folders(root / "trials"):
        if _record(root, folder, folder.with_name(f"{folder.name}.json"), done):
            done.trials += 1
            shutil.rmtree(folder)
    _cells(root, done)
    return done


def _folders(folder: Path) -> list[Path]:
    try:
        found = [p for p in folder.iterdir() if not p.name.startswith(".") and p.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found)


def _record(root: Path, folder: Path, path: Path, done: Migration) -> bool:
    """Put the old files of a training or trial into the record `path`; whether there were any."""
    if not any((folder / name).is_file() for name in OLD):
        return False
    try:
        found = read_outcome(path, folder)
    except BROKEN as error:
        done.left += (f"{folder} stays as it is: {error}",)
        return False
    if found is None:
        done.left += (f"{folder} stays as it is: it has neither a report nor a failure",)
        return False
    with whole_file(path, root / "unfinished") as partial:
        partial.write_text(sealed(_plain(found, folder)), encoding="utf-8")
    for name in OLD:
        (folder / name).unlink(missing_ok=True)
    return True


def _plain(found: Outcome, folder: Path) -> dict[str, object]:
    if found.report is not None:
        beside = {n: file_sum(folder / n) for n in BESIDE if (folder / n).is_file()}
        record: dict[str, object] = {"spec": found.spec, "report": found.report}
        return {**record, "files": beside} if beside else record
    return {"spec": found.spec, "failure": found.failure}


def _cells(root: Path, done: Migration) -> None:
    by_training: dict[str, list[Path]] = defaultdict(list)
    for folder in _folders(root / "cells"):
        try:
            training = str((plain_json(folder / "spec.json") or {})["training"])
        except BROKEN:
            done.left += (f"{folder} stays as it is: its spec.json does not name its training",)
            continue
        by_training[training].append(folder)
    for training, folders in sorted(by_training.items()):
        for first in range(0, len(folders), CELLS):
            _pack(root, training, folders[first : first + CELLS], done)
        place = root / "trainings" / training
        if len(pack_names(place)) > PACKS:
            compact(place, root / "unfinished")
    if (root / "cells").is_dir() and not any((root / "cells").iterdir()):
        (root / "cells").rmdir()


def _pack(root: Path, training: str, folders: list[Path], done: Migration) -> None:
    cells, read = [], []
    for folder in folders:
        try:
            cells.append(_old_cell(folder))
        except BROKEN as error:
            done.left += (f"{folder} stays as it is: {error}",)
            continue
        read.append(folder)
    if not cells:
        return
    write_pack(root / "trainings" / training, cells, root / "unfinished")
    for folder in read:
        shutil.rmtree(folder)
    done.cells += len(read)


def _old_cell(folder: Path) -> PackedCell:
    """Read the folder of a cell.

    Raises
    ------
    OSError or pyarrow.ArrowException or ValueError
        It is not whole; see `emobench.store.pack.BROKEN`.
    """
    spec = plain_json(folder / "spec.json") or {}
    report, failure = plain_json(folder / "report.json"), plain_json(folder / "failure.json")
    written = folder.stat().st_mtime
    if report is None:
        if failure is None:
            raise ValueError("it has neither a report nor a failure")
        return PackedCell(folder.name, spec, failure=failure, written=written)
    path = folder / "predictions.parquet"
    table = pq.ParquetFile(path).read(use_threads=False) if path.is_file() else None
    return PackedCell(folder.name, spec, report, table=table)
