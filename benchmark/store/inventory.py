"""What a results folder holds, in numbers: by corpus, protocol and model, and as a whole."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from emobench.disk.seal import unsealed
from emobench.store.cell_reader import CellReader
from emobench.store.index import Index, old_state
from emobench.store.pack import BROKEN
from emobench.store.training_folder import Outcome, read_training

if TYPE_CHECKING:
    import pandas as pd


class Subject(NamedTuple):
    """A model under a protocol on a corpus, as the page names them."""

    dataset: str
    protocol: str
    model: str


@dataclass(frozen=True)
class Counts:
    """Numbers of trainings, and of cells that are done, failed, or not there, of a subject."""

    trainings: int
    done: int
    failed: int
    absent: int


@dataclass(frozen=True)
class Inventory:
    """What a results folder holds.

    Parameters
    ----------
    trainings, failed_trainings, cells, failed_cells, trials
        Their numbers; a cell counts once, however often it is stored.
    old_cells
        How many folders of the older layout there are for cells.
    files, bytes
        Files of the whole results folder, and their sizes together.
    subjects
        The cells that grid records name, by corpus, protocol and model.
    notes
        Sentences on what cannot be read.
    shared
        How often `subjects` name a training that another of them names too, beyond the first time.
    """

    trainings: int
    failed_trainings: int
    cells: int
    failed_cells: int
    trials: int
    old_cells: int
    files: int
    bytes: int
    subjects: dict[Subject, Counts]
    notes: tuple[str, ...]
    shared: int = 0

    @property
    def frame(self) -> pd.DataFrame:
        """A row per corpus, protocol and model: ``trainings``, and cells ``done`` and others."""
        import pandas as pd

        columns = [*Subject._fields, *Counts.__dataclass_fields__]
        return pd.DataFrame(self.plain()["subjects"], columns=columns)

    def plain(self) -> dict[str, Any]:
        """The same as plain data for JSON."""
        rows = [{**s._asdict(), **asdict(counts)} for s, counts in self.subjects.items()]
        whole = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**whole, "subjects": rows}


def inventory(root: Path) -> Inventory:
    """Count what the results folder `root` holds."""
    index = Index(root, kept=True)
    notes = list(index.notes)
    states = Counter(row.state for row in index.rows.values())
    old = {key: old_state(root / "cells" / key) for key in index.old_cells}
    packed = {True: 0, False: 0}
    for row in index.rows.values():
        packed[True] += row.done.count(" ") + bool(row.done)
        packed[False] += row.failed.count(" ") + bool(row.failed)
    if old:
        keys = {k for row in index.rows.values() for k in (*row.done.split(), *row.failed.split())}
        for key, state in old.items():
            if state is not None and key not in keys:
                packed[state] += 1
    files, size = _size(root)
    wanted = _wanted(root, notes)
    trainings = [key for needs in wanted.values() for key in needs]
    return Inventory(
        trainings=states["done"],
        failed_trainings=states["failed"],
        cells=packed[True],
        failed_cells=packed[False],
        trials=sum(1 for e in _entries(root / "trials")),
        old_cells=len(old),
        files=files,
        bytes=size,
        subjects={subject: _counts(index, wanted[subject]) for subject in sorted(wanted)},
        notes=tuple(notes),
        shared=len(trainings) - len(set(trainings)),
    )


def absent_cells(root: Path) -> int:
    """Number of cells that grid records name and that are neither done nor failed."""
    index, notes = Index(root), list[str]()
    wanted = _wanted(root, notes)
    return sum(_counts(index, trainings).absent for trainings in wanted.values())


def failures(root: Path) -> Iterator[tuple[str, str, str]]:
    """What failed, the reason, and the traceback, of every training and cell without a result."""
    index, reader = Index(root), CellReader(root)
    for key, row in sorted(index.rows.items()):
        if row.state == "failed" and (found := _outcome(root / "trainings" / key)):
            yield f"training {_said(key, found.spec)}", *_why(found.failure)
        for cell in row.failed.split():
            stored = reader.cell(key, cell)
            if stored is not None and stored.report is None:
                yield f"cell {cell} of training {key}", *_why(stored.failure)
    for cell in sorted(index.old_cells):
        try:
            older = reader.old_cell(cell)
        except BROKEN as error:
            yield f"cell {cell}", f"its record cannot be read ({error})", ""
            continue
        training = str(older.spec.get("training", "")) if older is not None else ""
        if older is not None and older.report is None:
            now = reader.cell(training, cell)
            if now is not None and now.pack is None:
                yield f"cell {cell} of training {training}", *_why(older.failure)


def _outcome(folder: Path) -> Outcome | None:
    """What is stored of a training; what cannot be read counts as not there."""
    try:
        return read_training(folder)
    except BROKEN:
        return None


def _said(key: str, spec: dict[str, Any]) -> str:
    if "model" not in spec:
        return key
    where = (spec.get(name, "?") for name in ("model", "dataset", "fold", "seed"))
    return "{} ({} on {}, fold {}, seed {})".format(key, *where)


def _why(failure: dict[str, Any] | None) -> tuple[str, str]:
    found = failure or {}
    return str(found.get("reason", "no reason stored")), str(found.get("traceback", ""))


def _wanted(root: Path, notes: list[str]) -> dict[Subject, dict[str, set[str]]]:
    """The cells of each training that the grid records of each subject name."""
    wanted: dict[Subject, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for entry in _entries(root / "grids"):
        try:
            grid = unsealed(Path(entry.path).read_bytes())
            subject = Subject(grid["dataset"], grid["protocol"], grid["model"])
            for row in grid["rows"]:
                if row.get("cell"):
                    wanted[subject][row.get("training") or ""].add(row["cell"])
        except BROKEN as error:
            notes.append(f"{entry.path} cannot be read ({error})")
    return wanted


def _counts(index: Index, wanted: dict[str, set[str]]) -> Counts:
    total = done = failed = 0
    for training, cells in wanted.items():
        found = index.states(training, cells)
        reached = sum(found.values())
        broken = index.training(training) == "failed"
        total, done = total + len(cells), done + reached
        failed += (len(cells) if broken else len(found)) - reached
    return Counts(len(wanted), done, failed, total - done - failed)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        found = [e for e in os.scandir(folder) if not e.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found, key=lambda e: e.name)


def _size(root: Path) -> tuple[int, int]:
    """Number of files below a folder, and their sizes together."""
    files = size = 0
    waiting = [str(root)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    files += 1
                    size += entry.stat(follow_symlinks=False).st_size
    return files, size
