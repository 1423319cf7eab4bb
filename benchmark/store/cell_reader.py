"""Reads single cells of a results folder, in packs or in folders of the older layout."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from emobench.store.pack import Pack, RowGroups
from emobench.store.training_folder import Packs, entry_names, plain_json, read_packs

TRAININGS = 512
"""Trainings of which a reader remembers what their packs say."""


@dataclass(frozen=True)
class StoredCell:
    """What is stored of a cell, as plain data; see `emobench.store.pack.PackedCell`.

    Parameters
    ----------
    path
        The pack, or the folder of an older cell.
    pack
        The pack; None for an older cell.
    """

    training: str
    key: str
    path: Path
    spec: dict[str, Any]
    report: dict[str, Any] | None = None
    failure: dict[str, Any] | None = None
    pack: Pack | None = None

    @property
    def has_table(self) -> bool:
        """Whether there are predictions."""
        if self.pack is not None:
            return self.pack.entries[self.key].place is not None
        return (self.path / "predictions.parquet").is_file()


class CellReader:
    """Reads cells one by one; it remembers the packs of the trainings that were asked for last.

    Parameters
    ----------
    root
        The results folder.
    groups
        What reads row groups, and remembers some.
    """

    def __init__(self, root: Path, groups: RowGroups | None = None) -> None:
        self.root = root
        self._packs: OrderedDict[str, Packs] = OrderedDict()
        self._groups = groups if groups is not None else RowGroups()
        self._old = root / "cells"
        self._has_old = self._old.is_dir()
        self.broken: dict[str, None] = {}
        """A sentence for each pack that could not be read."""

    def cell(self, training: str | None, key: str) -> StoredCell | None:
        """What is stored of a cell, or None; a success in an older folder wins over a failure."""
        entry = None
        if training:
            packs = self._of(training)
            if (entry := packs.entries.get(key)) is not None:
                e, pack = entry, packs.pack(entry)
                found = StoredCell(training, key, e.path, e.spec, e.report, e.failure, pack)
                if entry.done:
                    return found
        old = self.old_cell(key)
        if entry is not None and (old is None or old.report is None):
            return found
        return old

    def every(self) -> Iterator[StoredCell]:
        """Every cell once, as it counts."""
        for training in entry_names(self.root / "trainings"):
            for key in list(self._of(training).entries):
                found = self.cell(training, key)
                assert found is not None
                yield found
        for key in entry_names(self._old):
            found = self.old_cell(key)
            if found is not None:
                training = str(found.spec.get("training", ""))
                packed = self._of(training).entries if training else {}
                if key not in packed:
                    yield found

    def old_cell(self, key: str) -> StoredCell | None:
        """What is stored of a cell in a folder of its own, or None."""
        if not self._has_old:
            return None
        folder = self._old / key
        report = plain_json(folder / "report.json")
        failure = None if report is not None else plain_json(folder / "failure.json")
        if report is None and failure is None:
            return None
        return StoredCell("", key, folder, plain_json(folder / "spec.json") or {}, report, failure)

    def table(self, cell: StoredCell) -> pa.Table | None:
        """Read the predictions of a cell; None where there are none.

        Raises
        ------
        OSError or pyarrow.ArrowException or ValueError
            The file is damaged; see `emobench.store.pack.BROKEN`.
        """
        if cell.pack is None:
            path = cell.path / "predictions.parquet"
            return pq.ParquetFile(path).read(use_threads=False) if path.is_file() else None
        try:
            return cell.pack.table(cell.key)
        except FileNotFoundError:  # another process has put the packs into one
            self._packs.pop(cell.training, None)
            again = self.cell(cell.training, cell.key)
            if again is None or again.pack is None or again.path == cell.path:
                raise
            return again.pack.table(cell.key)

    def _of(self, training: str) -> Packs:
        if training in self._packs:
            self._packs.move_to_end(training)
            return self._packs[training]
        found = self._packs[training] = read_packs(
            self.root / "trainings" / training, checked=True, groups=self._groups
        )
        self.broken |= dict.fromkeys(found.broken)
        if len(self._packs) > TRAININGS:
            self._packs.popitem(last=False)
        return found
