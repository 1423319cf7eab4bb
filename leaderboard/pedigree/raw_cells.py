"""The cells of one row, read straight from their files, without the page's own reader."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from emobench.errors import RequestError
from emobench.store.cell_reader import CellReader, StoredCell
from emobench.store.pack import BROKEN
from emobench.store.records import Slot


@dataclass(frozen=True)
class RawCell:
    """One cell as its file has it.

    Parameters
    ----------
    slot
        Fold, seed and the hashes of training and cell.
    file
        The file, below the results folder.
    place
        Which rows of the file are the cell's, in words.
    ids, truth, logits
        ``[N]``, ``[N]`` class numbers (``[N, C]`` zeros and ones of several labels), ``[N, C]``.
    shown
        ``[N]`` bool, whether any modality was there; None where the file does not say.
    member
        ``[N]`` member of a joint corpus; None of any other corpus.
    """

    slot: Slot
    file: str
    place: str
    ids: NDArray[np.str_]
    truth: NDArray[np.int64]
    logits: NDArray[np.float32]
    shown: NDArray[np.bool_] | None = None
    member: NDArray[np.str_] | None = None

    @property
    def decisions(self) -> NDArray[np.int64]:
        """What was predicted, in the form of `truth`."""
        if self.truth.ndim == 2:
            return (self.logits > 0).astype(np.int64)
        return np.argmax(self.logits, axis=1)

    def only(self, rows: NDArray[np.bool_]) -> RawCell:
        """Return the cell with some of its utterances."""
        shown = None if self.shown is None else self.shown[rows]
        member = None if self.member is None else self.member[rows]
        return RawCell(
            self.slot, self.file, self.place, self.ids[rows], self.truth[rows], self.logits[rows],
            shown, member,
        )  # fmt: skip


def raw_cells(root: Path, slots: Collection[Slot], look: str = "") -> list[RawCell]:
    """Read the cells of a row that are there, by seed and fold.

    Parameters
    ----------
    root
        The results folder.
    slots
        Every cell of the row.
    look
        Take the logits of the best look for this measure, where they were kept.

    Raises
    ------
    RequestError
        A file is damaged.
    """
    reader = CellReader(root)
    found = []
    for slot in sorted(slots, key=lambda s: (s.seed, s.fold)):
        stored = reader.cell(slot.training, slot.cell) if slot.cell else None
        if stored is None or stored.report is None or not stored.has_table:
            continue
        try:
            table = reader.table(stored)
            assert table is not None
            found.append(_raw_cell(root, slot, stored, table, look))
        except (*BROKEN, KeyError) as error:
            raise RequestError(
                f"{stored.path} cannot be read ({error}). Delete it and run the same command again."
            ) from None
    return found


def whole_seeds(cells: Sequence[RawCell], slots: Collection[Slot]) -> dict[int, list[RawCell]]:
    """Gather the cells of every seed that has all folds of the row."""
    folds = {slot.fold for slot in slots}
    seeds = {cell.slot.seed: [c for c in cells if c.slot.seed == cell.slot.seed] for cell in cells}
    return {s: found for s, found in seeds.items() if {c.slot.fold for c in found} == folds}


def _raw_cell(root: Path, slot: Slot, stored: StoredCell, table: pa.Table, look: str) -> RawCell:
    frame = table.to_pandas()
    prefix = f"look_{look}_logit_" if f"look_{look}_logit_0" in frame else "logit_"
    size = sum(name.startswith("logit_") for name in frame)
    if "label" in frame:
        truth = frame["label"].to_numpy(np.int64)
    else:
        truth = frame[[f"label_{c}" for c in range(size)]].to_numpy(np.int64)
    seen = [name for name in frame if name.startswith("present_")]
    file, place = _where(stored)
    return RawCell(
        slot, file.relative_to(root).as_posix(), place,
        frame["id"].to_numpy().astype(np.str_), truth,
        frame[[f"{prefix}{c}" for c in range(size)]].to_numpy(np.float32),
        frame[seen].to_numpy(bool).any(axis=1) if seen else None,
        frame["corpus"].to_numpy().astype(np.str_) if "corpus" in frame else None,
    )  # fmt: skip


def _where(stored: StoredCell) -> tuple[Path, str]:
    """The file of a cell's predictions, and its rows in it."""
    if stored.pack is None:
        return stored.path / "predictions.parquet", "all rows"
    place = stored.pack.entries[stored.key].place
    assert place is not None
    rows = f"rows {place.first} to {place.first + place.rows - 1}"
    return stored.path, f"row group {place.group}, {rows}"
