"""Reads the predictions of all cells of a row group at once: most of the work is per table."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from numpy.typing import NDArray

from emobench.leaderboard.results.predictions import Predictions, UnreadableError, predictions_of
from emobench.store.cell_reader import StoredCell
from emobench.store.pack import BROKEN

ROWS = 2**20
"""Rows of predictions that are remembered at most, beyond the last row group."""

P = TypeVar("P", Predictions, Predictions | None)
Key = tuple[Path, int, int, str]
"""File or folder, layout and row group in it, look."""


class GroupReader:
    """Reads cells; it remembers the row groups of packs and the lone cells that were read last.

    Ids and labels, which most groups of a page share, are held once.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[Key, Predictions | None] = OrderedDict()
        self._arrays: WeakValueDictionary[bytes, NDArray[Any]] = WeakValueDictionary()
        self._rows = 0

    def predictions(self, cell: StoredCell, look: str) -> Predictions | None:
        """The predictions of a cell; None where they have to be read alone, to say what is wrong.

        With `look` the logits are those of the best look for that measure, where they were kept.
        """
        if cell.pack is None or (place := cell.pack.entries[cell.key].place) is None:
            return None
        key = (cell.path, place.layout, place.group, look)
        if key in self._known:
            self._known.move_to_end(key)
        else:
            try:
                found: Predictions | None = predictions_of(cell.pack.group(place), look)
            except (UnreadableError, *BROKEN):
                found = None
            self._remember(key, found)
        whole = self._known[key]
        if whole is None:
            return None
        return whole.take(slice(place.first, place.first + place.rows))

    def alone(self, cell: StoredCell, look: str, read: Callable[[], Predictions]) -> Predictions:
        """Return the predictions of a cell that lies in a folder of its own.

        They are read with `read` unless they are still remembered.
        """
        key = (cell.path, -1, -1, look)
        if (known := self._known.get(key)) is not None:
            self._known.move_to_end(key)
            return known
        return self._remember(key, read())

    def _remember(self, key: Key, found: P) -> P:
        """Remember what was read last, and forget what was not asked for the longest."""
        if found is not None:
            ids, truth = self._shared(found.ids), self._shared(found.truth)
            found = replace(found, ids=ids, truth=truth)
        self._known[key] = found
        self._rows += len(found.ids) if found is not None else 0
        while self._rows > ROWS and len(self._known) > 1:
            gone = self._known.popitem(last=False)[1]
            self._rows -= len(gone.ids) if gone is not None else 0
        return found

    def _shared(self, values: NDArray[Any]) -> NDArray[Any]:
        """An array with the same values that is in use already, or this one."""
        digest = hashlib.blake2b(f"{values.dtype.str} {values.shape} ".encode())
        digest.update(values.tobytes())
        values.flags.writeable = False  # it may become that of several predictions
        return self._arrays.setdefault(digest.digest(), values)
