"""Collects the cells of a job, and writes them as packs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd
import pyarrow as pa
from pydantic import BaseModel

from emobench.store.pack import BROKEN, PackedCell, write_pack
from emobench.store.records import CellReport, Failure
from emobench.store.training_folder import pack_names, read_packs

SECONDS = 30.0
"""The longest that cells wait to be written: what a killed process loses at most."""
CELLS = 1024
BYTES = 64 * 2**20
"""The most cells, and bytes of predictions, that wait to be written."""
PACKS = 8
"""The most packs that a training keeps; more are put into one."""
MANY = 64
"""The most packs while a job is going on."""


class CellWriter:
    """Collects cells of one training, and writes them when it is left, or earlier if they are many.

    Where the process before died among the cells of this training, each cell is written at once: so
    a cell that kills its process takes no other cell with it.

    Parameters
    ----------
    folder
        The training's folder.
    within
        Where files are while they are not whole.
    """

    def __init__(self, folder: Path, within: Path) -> None:
        self.folder, self.within = folder, within
        self._waiting: dict[str, PackedCell] = {}
        self._bytes = 0
        self._since = time.monotonic()
        self._mark = within / f"{folder.name}.predicting"
        self._careful = False

    def add(
        self, key: str, spec: BaseModel, report: CellReport, table: pd.DataFrame | None = None
    ) -> None:
        """Take a cell with its predictions; `write_due` or leaving the context writes it."""
        rows = None if table is None else pa.Table.from_pandas(table, preserve_index=False)
        self._bytes += 0 if rows is None else rows.nbytes
        self._take(PackedCell(key, spec.model_dump(mode="json"), report.content(), table=rows))

    def add_failure(self, key: str, spec: BaseModel, reason: str, traceback: str) -> None:
        """Take a cell that failed."""
        failure = Failure(reason=reason, traceback=traceback).content()
        now = time.time()
        self._take(PackedCell(key, spec.model_dump(mode="json"), failure=failure, written=now))

    def _take(self, cell: PackedCell) -> None:
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting[cell.key] = cell

    def write_due(self) -> None:
        """Write what waits if it has waited long, or is much."""
        waited = time.monotonic() - self._since
        much = len(self._waiting) >= CELLS or self._bytes >= BYTES
        if much or waited >= SECONDS or self._careful:
            self.write()
            self._compact(MANY)

    def write(self) -> None:
        """Write what waits."""
        if self._waiting:
            write_pack(self.folder, self._waiting.values(), self.within)
            self._waiting, self._bytes = {}, 0

    def _compact(self, most: int) -> None:
        if len(pack_names(self.folder)) > most:
            compact(self.folder, self.within)

    def __enter__(self) -> Self:
        self._careful = self._mark.exists()
        self.within.mkdir(parents=True, exist_ok=True)
        self._mark.touch()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.write()
            self._compact(PACKS)
        finally:
            self._mark.unlink(missing_ok=True)


def compact(folder: Path, within: Path) -> None:
    """Put the packs of a training into one; a damaged one stays where it is.

    The new pack is there before the old ones go, and only those go whose cells it holds. Two
    processes that do this at once write the same file, or one that holds the other's.
    """
    found = read_packs(folder, checked=True)
    try:
        cells = list(found.cells())
    except BROKEN:
        return  # another process was faster, or a pack is damaged inside: all stays as it is
    replace_packs(folder, cells, [pack.path for pack in found.whole], within)


def replace_packs(
    folder: Path, cells: Sequence[PackedCell], old: Sequence[Path], within: Path
) -> None:
    """Write one pack of `cells`, then delete the packs `old`, of which it holds every cell."""
    new = write_pack(folder, cells, within)
    for path in old:
        if path != new:
            path.unlink(missing_ok=True)
