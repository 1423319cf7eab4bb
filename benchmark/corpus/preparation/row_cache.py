"""Rows of representations that a process keeps in memory, so that each is read once.

A training reads the same utterances some fifty times, and an evaluation once per condition. What
does not fit the budget is read from the memory-mapped file each time: a corpus may be larger than
the memory.
"""

from __future__ import annotations

import weakref

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.preparation.fit import Feature

Row = NDArray[np.float32]


class Budget:
    """Bytes that all caches of a process may hold together.

    Parameters
    ----------
    size
        Number of bytes.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.used = 0

    def take(self, size: int) -> bool:
        """Take `size` bytes if they are left; whether they were."""
        if self.used + size > self.size:
            return False
        self.used += size
        return True

    def give_back(self, cache: dict[int, Row]) -> None:
        """Give back the bytes of all rows of `cache`."""
        self.used -= sum(row.nbytes for row in cache.values())


PROCESS = Budget(128 << 20)
"""The budget of this process."""


class RowCache:
    """The standardised rows of one representation.

    Parameters
    ----------
    feature
        The representation.
    budget
        What the rows are held from; it gets their bytes back when the cache is gone.
    """

    def __init__(self, feature: Feature, budget: Budget = PROCESS) -> None:
        self.feature, self.budget = feature, budget
        self.lengths = feature.table.lengths
        self._rows: dict[int, Row] = {}
        weakref.finalize(self, budget.give_back, self._rows)

    def padded(self, rows: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.float32]:
        """Sequences of `rows`, standardised: ``[n, T, D]``, T the largest of `lengths`.

        Parameters
        ----------
        rows
            ``[n]`` row numbers in the corpus.
        lengths
            ``[n]`` steps of each row, or 0 where nothing is to be shown; the rest stays zero.
        """
        longest = max(1, int(lengths.max(initial=1)))
        values = np.zeros((len(rows), longest, self.feature.table.size), np.float32)
        held = self._rows
        for i, (row, steps) in enumerate(zip(rows.tolist(), lengths.tolist(), strict=True)):
            if not steps:
                continue
            found = held.get(row)
            if found is not None:
                values[i, :steps] = found
                continue
            place = values[i, :steps]
            self.feature.read(row, place)
            if self.budget.take(place.nbytes):
                held[row] = place.copy()
        return values
