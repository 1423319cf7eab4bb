"""The index of a results folder: which trainings and cells it holds, in which state, and where.

It is a cache in one Parquet file, with a row per training. At every opening the files in the
trainings' folders are listed, and a row counts only while the names, sizes and times of its files
are what they were; whatever changed is read anew. The file can be deleted at any time. It is no
database, because those lock their files, and results lie on network file systems.

Cells in folders of the older layout are not in it: they are looked at when they are asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from emobench.atomic import whole_file
from emobench.disk.seal import CHANGED
from emobench.store.pack import BROKEN, is_pack
from emobench.store.training_folder import TRAINING, damage, entry_names, read_packs, read_training

NAME = "index.parquet"
FORMAT = "2"
SUM = b"sha256"
"""Field of the metadata with the checksum of the columns."""
RECORDS = (TRAINING, "spec.json", "report.json", "failure.json", "checkpoint.safetensors")
"""Files of a training's folder that are looked at, beside packs."""


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """What the index says of a training.

    Parameters
    ----------
    key
        Name of the training.
    files
        Names, sizes and times of its files, as text.
    bytes, packs
        Size of these files, and the number of packs.
    state
        ``done``, ``failed``, or empty for cells without a training.
    reason
        Why it failed.
    spec
        Its spec as JSON; empty without a training.
    seconds
        What it took, if it is done and says so.
    done, failed
        Keys of its cells, parted by spaces.
    broken
        A sentence on each file that cannot be believed, parted by line ends.
    damaged
        Whether its record is one of these.
    """

    key: str
    files: str
    bytes: int
    packs: int
    state: str
    reason: str
    spec: str
    seconds: float | None
    done: str
    failed: str
    broken: str
    damaged: bool


COLUMNS = tuple(TrainingRow.__slots__)
_TYPES = {
    "bytes": pa.int64(),
    "packs": pa.int64(),
    "seconds": pa.float64(),
    "damaged": pa.bool_(),
}
_SCHEMA = pa.schema(
    [(name, _TYPES.get(name, pa.string())) for name in COLUMNS],
    metadata={b"emobench": FORMAT},
)


class Index:
    """What a results folder holds, as it was when the index was opened or refreshed last.

    Parameters
    ----------
    root
        The results folder.
    kept
        Whether the index is written where it was out of date, as far as that is possible.
    trusted
        Whether a stored index is believed where the files' sizes and times are as it says.
    """

    def __init__(self, root: Path, kept: bool = False, trusted: bool = True) -> None:
        self.root = root
        self.kept = kept
        self.notes: list[str] = []
        """What there is to say: a broken index, and packs that cannot be read."""
        self.rows: dict[str, TrainingRow] = self._stored() if trusted else {}
        self._on_disk = self.rows
        self._old: frozenset[str] = frozenset()
        self.refresh()

    def refresh(self) -> None:
        """Look at the folder again."""
        before = self.rows
        self.rows = {}
        for key, files in _listed(self.root / "trainings"):
            row = before.get(key)
            if row is None or row.files != _signature(files):
                row = _read(self.root / "trainings" / key, files)
            self.rows[key] = row
        self._old = frozenset(entry_names(self.root / "cells"))
        said = (line for row in self.rows.values() if row.broken for line in row.broken.split("\n"))
        self.notes += [line for line in said if line not in self.notes]
        if self.kept and self.rows != self._on_disk:
            self._write()
            self._on_disk = self.rows

    def look(self, key: str) -> None:
        """Look at one training again."""
        folder = self.root / "trainings" / key
        try:
            files = _files(str(folder))
        except (FileNotFoundError, NotADirectoryError):
            self.rows.pop(key, None)
            return
        row = self.rows.get(key)
        if row is None or row.files != _signature(files):
            self.rows[key] = _read(folder, files)

    def training(self, key: str) -> str:
        """State of a training: ``done``, ``failed``, or empty."""
        row = self.rows.get(key)
        return row.state if row is not None else ""

    def is_damaged(self, training: str) -> bool:
        """Whether there is a record of a training that cannot be believed."""
        row = self.rows.get(training)
        return row is not None and row.damaged

    def states(self, training: str, keys: Collection[str]) -> dict[str, bool]:
        """Which of the cells `keys` of a training are done (True) or failed (False).

        A cell that is not there is not among them.
        """
        row = self.rows.get(training)
        found: dict[str, bool] = {}
        if row is not None:
            asked = set(keys)
            found = dict.fromkeys(asked.intersection(row.failed.split()), False)
            found |= dict.fromkeys(asked.intersection(row.done.split()), True)
        for key in self._old.intersection(keys) if self._old else ():
            state = old_state(self.root / "cells" / key)
            if state is not None and not found.get(key):
                found[key] = state
        return found

    @property
    def old_cells(self) -> frozenset[str]:
        """Names of the folders of cells of the older layout."""
        return self._old

    def specs(self) -> Iterator[tuple[TrainingRow, dict[str, Any]]]:
        """The spec of every stored training, as plain data, in the order of the keys."""
        for key in sorted(self.rows):
            if self.rows[key].spec:
                yield self.rows[key], json.loads(self.rows[key].spec)

    def _stored(self) -> dict[str, TrainingRow]:
        path = self.root / NAME
        try:
            table = pq.ParquetFile(path).read(use_threads=False)
            if table.schema.metadata.get(b"emobench") != FORMAT.encode():
                return {}  # another version's
            columns = [table[name].to_pylist() for name in COLUMNS]
            if table.schema.metadata.get(SUM) != _sum(columns):
                raise ValueError(CHANGED)
        except FileNotFoundError:
            return {}
        except (*BROKEN, AttributeError) as error:
            why = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
            self.notes.append(f"{path} could not be read ({why}) and is made again")
            return {}
        return {values[0]: TrainingRow(*values) for values in zip(*columns, strict=True)}

    def _write(self) -> None:
        rows = [self.rows[key] for key in sorted(self.rows)]
        columns = [[getattr(row, name) for row in rows] for name in COLUMNS]
        arrays = [pa.array(c, f.type) for c, f in zip(columns, _SCHEMA, strict=True)]
        schema = _SCHEMA.with_metadata({**_SCHEMA.metadata, SUM: _sum(columns)})
        try:
            with whole_file(self.root / NAME, self.root / "unfinished") as partial:
                table = pa.Table.from_arrays(arrays, schema=schema)
                pq.write_table(table, partial, compression="zstd", use_dictionary=False)
        except OSError:
            pass  # a folder that can only be read: the index is made again next time


def _sum(columns: list[list[Any]]) -> bytes:
    """Checksum of what the index says: a state that a flipped bit invents must not be believed."""
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest().encode()


def old_state(folder: Path) -> bool | None:
    """Whether an older folder of a cell or trial is done (True) or failed (False), else None."""
    if (folder / "report.json").is_file():
        return True
    return False if (folder / "failure.json").is_file() else None


Files = list[tuple[str, int, int]]
"""Names, sizes and times of files."""


def _listed(folder: Path) -> Iterator[tuple[str, Files]]:
    """The trainings' folders with those of their files that count."""
    base = str(folder)
    for name in entry_names(folder):
        try:
            yield name, _files(f"{base}/{name}")
        except (FileNotFoundError, NotADirectoryError):
            continue


def _files(folder: str) -> Files:
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in RECORDS or is_pack(entry.name):
                try:
                    status = entry.stat()
                except FileNotFoundError:  # packs were just put into one
                    continue
                found.append((entry.name, status.st_size, status.st_mtime_ns))
    return sorted(found)


def _signature(files: Files) -> str:
    return "\n".join(f"{name} {size} {time}" for name, size, time in files)


def _read(folder: Path, files: Files) -> TrainingRow:
    """Read a training's folder, whose `files` were listed before: what changes later is seen."""
    packs = read_packs(folder, checked=True)
    broken = list(packs.broken)
    outcome, damaged = None, False
    try:
        outcome = read_training(folder)
    except BROKEN as error:
        damaged = True
        broken.append(damage(folder / TRAINING, error))
    entries = packs.entries
    done = " ".join(sorted(key for key, entry in entries.items() if entry.done))
    failed = " ".join(sorted(key for key, entry in entries.items() if not entry.done))
    seconds = (outcome.report or {}).get("train_seconds") if outcome is not None else None
    return TrainingRow(
        key=folder.name,
        files="" if broken else _signature(files),  # what is damaged is tried again next time
        bytes=sum(size for _, size, _ in files),
        packs=sum(is_pack(name) for name, _, _ in files),
        state="" if outcome is None else "done" if outcome.done else "failed",
        reason=(outcome.reason or "") if outcome is not None else "",
        spec=json.dumps(outcome.spec, sort_keys=True) if outcome is not None else "",
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        done=done,
        failed=failed,
        broken="\n".join(broken),
        damaged=damaged,
    )
