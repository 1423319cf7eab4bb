"""Copies several results folders into one, and says where they contradict each other."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from emobench.atomic import whole_file
from emobench.store.cell_reader import CellReader, StoredCell
from emobench.store.pack import BROKEN, PackedCell, write_pack
from emobench.store.training_folder import (
    TRAINING,
    Outcome,
    entry_names,
    pack_names,
    plain_json,
    read_outcome,
    read_packs,
)

RECORDS = ("grids", "corpora", "transfers", "shards", "plans", "splits")
OLD_FAILURE = ("spec.json", "failure.json")
"""What an older layout has of a result that failed."""


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
            if _copy_result(source, out, TRAININGS, folder, done):
                done.conflicts.append(
                    f"training {folder} of {source} has other weights, so that its cells are not "
                    "copied"
                )
                done.foreign.add((source, folder))
        for name in {Path(n).stem for n in entry_names(source / "trials")}:
            if _copy_result(source, out, TRIALS, name, done):
                done.conflicts.append(f"trial {name} of {source} has another score")
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


@dataclass(frozen=True)
class _Kind:
    """A kind of result: where its record and its folder are, and what of it has to agree.

    `own` are the files of its folder beside the record, or the older files, that say what came of
    it; these are copied last, for they say that the others are there.
    """

    name: str
    record: str
    own: tuple[str, ...]
    content: Callable[[Path, Outcome], object]

    def place(self, root: Path, key: str) -> tuple[Path, Path]:
        """The record and the folder of a result in a results folder."""
        folder = root / f"{self.name}s"
        return folder / self.record.format(key), folder / key


def _weights(folder: Path, _: Outcome) -> object:
    path = folder / "checkpoint.safetensors"
    return path.read_bytes() if path.is_file() else b""


def _score(_: Path, found: Outcome) -> object:
    return (found.report or {}).get("dev_macro_f1")


TRAININGS = _Kind(
    "training", f"{{}}/{TRAINING}", ("checkpoint.safetensors", "predictions.parquet"), _weights
)
TRIALS = _Kind("trial", "{}.json", (), _score)


def _copy_result(source: Path, out: Path, kind: _Kind, key: str, done: Merge) -> bool:
    """Copy a result that `out` lacks or has a failure of; return whether theirs is another one."""
    (ours_at, here), (theirs_at, there) = (kind.place(root, key) for root in (out, source))
    try:
        ours, theirs = read_outcome(ours_at, here), read_outcome(theirs_at, there)
    except BROKEN as error:
        done.broken.append(f"{kind.name} {key} of {source} or {out} cannot be read ({error})")
        return False
    if theirs is None:
        return False
    if ours is None or (theirs.done and not ours.done):
        parts = (*kind.own, "spec.json", "report.json") if theirs.done else OLD_FAILURE
        copies = [(there / name, here / name) for name in parts] + [(theirs_at, ours_at)]
        for one, target in copies:
            if one.is_file():
                _copy(one, target, out)
        if theirs.done:
            (here / "failure.json").unlink(missing_ok=True)
        done.copied[f"{kind.name}s"] += 1
        return False
    both = ours.done and theirs.done
    return both and kind.content(here, ours) != kind.content(there, theirs)


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
        try:
            found = theirs.old_cell(key)
        except BROKEN as error:
            done.broken.append(f"cell {key} of {source} cannot be read ({error})")
            continue
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
