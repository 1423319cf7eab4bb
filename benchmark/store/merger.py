"""Copies several results folders into one, and says where they contradict each other."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emobench.atomic import whole_file
from emobench.store.cell_reader import CellReader, StoredCell
from emobench.store.pack import BROKEN, PackedCell, write_pack
from emobench.store.training_folder import (
    TRAINING,
    entry_names,
    pack_names,
    plain_json,
    read_outcome,
    read_packs,
)

RECORDS = ("grids", "corpora", "transfers", "shards")
PARTS = ("checkpoint.safetensors", "predictions.parquet", "spec.json", "report.json", TRAINING)
"""Files of a training, its record last: it says that the others are there."""


@dataclass
class Merge:
    """What was copied, by kind, and where the folders contradict each other."""

    copied: Counter[str] = field(default_factory=Counter)
    conflicts: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    foreign: set[tuple[Path, str]] = field(default_factory=set)
    """Trainings with other weights than those that were kept: their cells are not mixed in."""


def merge(sources: list[Path], out: Path) -> Merge:
    """Copy `sources` into `out`, which may hold results already; what is there first is kept.

    A result of one folder takes the place of another's failure. The sources stay as they are.
    """
    done = Merge()
    for source in sources:
        for kind in RECORDS:
            for path in _files(source / kind):
                _copy_record(path, out / kind / path.name, kind, done)
        for folder in entry_names(source / "trainings"):
            _copy_training(source, out, folder, done)
        for name in {Path(n).stem for n in entry_names(source / "trials")}:
            _copy_trial(source, out, name, done)
        _copy_cells(source, out, done)
    return done


def _files(folder: Path) -> list[Path]:
    return [folder / name for name in entry_names(folder) if name.endswith(".json")]


def _copy(source: Path, target: Path, out: Path) -> None:
    with whole_file(target, out / "unfinished") as partial:
        shutil.copyfile(source, partial)


def _copy_record(source: Path, target: Path, kind: str, done: Merge) -> None:
    out = target.parents[1]
    if not target.is_file():
        _copy(source, target, out)
        done.copied[kind] += 1
        return
    try:
        ours, theirs = plain_json(target) or {}, plain_json(source) or {}
    except BROKEN as error:
        done.broken.append(f"{source} or {target} cannot be read ({error})")
        return
    times = str(ours.pop("created", "")), str(theirs.pop("created", ""))
    if ours != theirs:
        done.conflicts.append(f"{kind}/{source.name} of {source.parents[1]} is another one")
    elif times[1] > times[0]:  # the same request was run there later
        _copy(source, target, out)


def _copy_training(source: Path, out: Path, key: str, done: Merge) -> None:
    here, there = out / "trainings" / key, source / "trainings" / key
    try:
        ours, theirs = (read_outcome(f / TRAINING, f) for f in (here, there))
    except BROKEN as error:
        done.broken.append(f"training {key} of {source} or {out} cannot be read ({error})")
        return
    if theirs is None:
        return
    if ours is None or (theirs.done and not ours.done):
        names = PARTS if theirs.done else ("spec.json", "failure.json", TRAINING)
        for name in names:
            if (there / name).is_file():
                _copy(there / name, here / name, out)
        if theirs.done:
            (here / "failure.json").unlink(missing_ok=True)
        done.copied["trainings"] += 1
    elif ours.done and theirs.done and _weights(here) != _weights(there):
        done.conflicts.append(
            f"training {key} of {source} has other weights, so that its cells are not copied"
        )
        done.foreign.add((source, key))


def _weights(folder: Path) -> bytes:
    path = folder / "checkpoint.safetensors"
    return path.read_bytes() if path.is_file() else b""


def _copy_trial(source: Path, out: Path, key: str, done: Merge) -> None:
    places = [root / "trials" for root in (out, source)]
    try:
        ours, theirs = (read_outcome(p / f"{key}.json", p / key) for p in places)
    except BROKEN as error:
        done.broken.append(f"trial {key} of {source} or {out} cannot be read ({error})")
        return
    if theirs is None:
        return
    if ours is None or (theirs.done and not ours.done):
        if (places[1] / f"{key}.json").is_file():
            _copy(places[1] / f"{key}.json", places[0] / f"{key}.json", out)
        else:
            for name in ("spec.json", "report.json", "failure.json"):
                if (places[1] / key / name).is_file():
                    _copy(places[1] / key / name, places[0] / key / name, out)
        done.copied["trials"] += 1
    elif ours.done and theirs.done and _score(ours.report) != _score(theirs.report):
        done.conflicts.append(f"trial {key} of {source} has another score")


def _score(report: dict[str, Any] | None) -> object:
    return (report or {}).get("dev_macro_f1")


def _copy_cells(source: Path, out: Path, done: Merge) -> None:
    """Copy the cells that `out` lacks, or has failures of, training by training."""
    theirs, ours = CellReader(source), CellReader(out)
    by_training: dict[str, list[PackedCell]] = {}
    for name in entry_names(source / "trainings"):
        if (source, name) in done.foreign:
            continue
        if not pack_names(out / "trainings" / name) and not (out / "cells").is_dir():
            _copy_packs(source, out, name, done)
            continue
        for key in read_packs(source / "trainings" / name).entries:
            _take(theirs, ours, theirs.cell(name, key), name, by_training, done)
        _write(out, by_training, done)
    for key in entry_names(source / "cells"):
        found = theirs.old_cell(key)
        if found is not None:
            training = str(found.spec.get("training", ""))
            if (source, training) in done.foreign:
                continue
            _take(theirs, ours, found, training, by_training, done)
    _write(out, by_training, done)
    done.broken += theirs.broken


def _copy_packs(source: Path, out: Path, training: str, done: Merge) -> None:
    """Copy the packs of a training of which `out` has no cell."""
    packs = read_packs(source / "trainings" / training, checked=True)
    for pack in packs.whole:
        _copy(pack.path, out / "trainings" / training / pack.path.name, out)
    done.copied["cells"] += len(packs.entries)
    done.broken += packs.broken


def _take(
    theirs: CellReader,
    ours: CellReader,
    cell: StoredCell | None,
    training: str,
    found: dict[str, list[PackedCell]],
    done: Merge,
) -> None:
    """Put `cell` among those to be written, unless it is there; name it where it differs."""
    if cell is None or not training:
        return
    known = ours.cell(training, cell.key)
    try:
        table = theirs.table(cell)
        if known is not None and (known.report is not None or cell.report is None):
            if known.report is not None and cell.report is not None:
                other = ours.table(known)
                if (table is None) != (other is None) or (table and not table.equals(other)):
                    done.conflicts.append(f"cell {cell.key} of {theirs.root} has other predictions")
            return
    except BROKEN as error:
        done.broken.append(f"cell {cell.key} of {theirs.root} or {ours.root}: {error}")
        return
    found.setdefault(training, []).append(
        PackedCell(cell.key, cell.spec, cell.report, cell.failure, table=table)
    )


def _write(out: Path, found: dict[str, list[PackedCell]], done: Merge) -> None:
    for training, cells in found.items():
        write_pack(out / "trainings" / training, cells, out / "unfinished")
        done.copied["cells"] += len(cells)
    found.clear()
