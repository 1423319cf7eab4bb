"""Which stored cell is meant: by its name, or by the address of its row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emobench.errors import RequestError
from emobench.interface.protocol import Condition
from emobench.leaderboard.pedigree.address import SEGMENTS, segments
from emobench.leaderboard.pedigree.catalogue import resolve
from emobench.leaderboard.results.entries import ModelEntry, merge
from emobench.leaderboard.results.reader import Results
from emobench.store.cell_reader import CellReader, StoredCell
from emobench.store.records import Slot
from emobench.store.training_folder import Outcome, read_training
from emobench.wording import and_more

NAME: Final = re.compile(r"[0-9a-f]{6,20}")
"""A cell or a training by the first digits of its name."""
LISTED: Final = 12


@dataclass(frozen=True)
class FoundCell:
    """A stored cell, and the row that it belongs to.

    Parameters
    ----------
    root
        The results folder.
    entry, slot, condition
        Its row, its place there, and what its inputs look like.
    training, cell
        What is stored of it; None where nothing is.
    """

    root: Path
    entry: ModelEntry
    slot: Slot
    condition: Condition
    training: Outcome | None
    cell: StoredCell | None

    @property
    def key(self) -> str:
        """Name of the cell."""
        return self.slot.cell or ""

    @property
    def title(self) -> str:
        """Which cell it is, in words."""
        dataset, track, protocol = self.entry.section
        return (
            f"{self.entry.label} on {dataset}, {track} track, {protocol}, regime "
            f"{self.slot.regime}, condition {self.slot.condition}, fold {self.slot.fold}, seed "
            f"{self.slot.seed}"
        )

    @property
    def spec(self) -> dict[str, Any]:
        """The spec of its training as plain data; empty where none is stored."""
        return self.training.spec if self.training is not None else {}


def found_cell(
    root: Path, text: str, seed: int | None = None, fold: int | None = None
) -> FoundCell:
    """Find the cell that `text` means in the results folder `root`.

    Parameters
    ----------
    root
        The results folder.
    text
        The name of a cell or of a training (then under the main condition), or its first digits;
        the address of a row or a number, or the short ID of a number, as ``emobench why`` has them.
    seed, fold
        Which cell of a row with several.

    Raises
    ------
    RequestError
        There is none, or there are several; the message lists them.
    """
    if not root.is_dir():
        raise RequestError(f"There is no results folder {root}; name it with --results.")
    results = Results(root)
    word = text.strip()
    found = [*_by_name(results, word.lower())] if NAME.fullmatch(word.lower()) else []
    if not found:
        try:
            found = [*_by_address(root, word)]
        except RequestError:
            if NAME.fullmatch(word.lower()):  # it can be a name, and no address
                raise _not_one(root, text, []) from None
            raise
    found = [
        (entry, slot)
        for entry, slot in found
        if slot.seed == (slot.seed if seed is None else seed)
        and slot.fold == (slot.fold if fold is None else fold)
    ]
    cells = {slot.cell: (entry, slot) for entry, slot in found}
    if len(cells) != 1:
        raise _not_one(root, text, [*cells.values()])
    ((entry, slot),) = cells.values()
    condition = next(c for c in entry.conditions if c.name == slot.condition)
    training = read_training(root / "trainings" / slot.training) if slot.training else None
    cell = CellReader(root).cell(slot.training, slot.cell or "")
    return FoundCell(root, entry, slot, condition, training, cell)


Places = Iterator[tuple[ModelEntry, Slot]]


def _by_name(results: Results, word: str) -> Places:
    """Cells whose name, or whose training's name, begins with `word`, of older tables too."""
    # Each table alone: merging leaves out what a newer source or corpus has superseded.
    entries = [entry for grid in results.grids() for entry in merge([grid])]
    named = [(e, s) for e in entries for s in e.slots if s.cell and s.cell.startswith(word)]
    if not named:
        named = [
            (e, s)
            for e in entries
            for s in e.slots
            if s.cell and s.training and s.training.startswith(word)
            if s.condition == e.main_condition
        ]
    yield from named


def _by_address(root: Path, text: str) -> Places:
    names = segments(text)
    typed = text if len(names) != len(SEGMENTS) - 1 else f"{text.strip('/')}/macro_f1"
    sections, address = resolve(root, typed)
    for entry in sections.entries(address.section):
        for slot in entry.slots if entry.label == address.model else ():
            if (slot.regime, slot.condition) == (address.regime, address.condition) and slot.cell:
                yield entry, slot


def _not_one(root: Path, text: str, found: Sequence[tuple[ModelEntry, Slot]]) -> RequestError:
    if not found:
        return RequestError(
            f"{root} has no cell {text!r}, and no training or number of that name. "
            "`emobench why ID` lists the cells of a number, and `emobench why` alone the numbers."
        )
    listed = [f"{s.cell} (fold {s.fold}, seed {s.seed})" for _, s in found]
    return RequestError(
        f"{text!r} is several cells: {and_more(listed, LISTED)}. Name one, or say --seed "
        "and --fold."
    )
