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


PROCESS = Budget(128 << 20)
"""The budget of this process."""


class Share:
    """What one cache has of a budget.

    Parameters
    ----------
    budget
        The budget.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.used = 0

    def take(self, size: int) -> bool:
        """Take `size` bytes if they are left; whether they were."""
        if not self.budget.take(size):
            return False
        self.used += size
        return True

    def give_back(self) -> None:
        """Give all of it back."""
        self.budget.used -= self.used
        self.used = 0


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
        self.feature = feature
        self.lengths = feature.table.lengths
        self._share = Share(budget)
        weakref.finalize(self, self._share.give_back)
        # One array for all rows, so that a batch is taken from it at once. Its first step is zero,
        # what padding is; the memory of the others is only used when they are written.
        fits = budget.size // (4 * max(1, feature.table.size))
        most = 1 + min(int(self.lengths.sum()), fits)
        self._steps = np.empty((most, feature.table.size), np.float32)
        self._steps[0] = 0.0
        self._end = 1
        self._first = np.zeros(len(self.lengths), np.int64)
        """Where each row begins; 0 where it is not held."""

    def padded(self, rows: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.float32]:
        """Sequences of `rows`, standardised: ``[n, T, D]``, T the largest of `lengths`.

        Parameters
        ----------
        rows
            ``[n]`` row numbers in the corpus.
        lengths
            ``[n]`` steps of each row, or 0 where nothing is to be shown; the rest stays zero.

        Raises
        ------
        ValueError
            A row has fewer steps than are asked for: the next row's would follow.
        """
        if (lengths > self.lengths[rows]).any():
            raise ValueError(f"a row of {self.feature.name} has fewer steps than asked for")
        first = self._first[rows]
        absent = (first == 0) & (lengths > 0)
        if absent.any():
            for row in rows[absent].tolist():
                self._hold(row)
            first = self._first[rows]
            absent = (first == 0) & (lengths > 0)
        step = np.arange(max(1, int(lengths.max(initial=1))))
        places = first[:, None] + step
        places *= step < np.where(absent, 0, lengths)[:, None]
        # The places are in range, and clipping them is faster than looking.
        values = self._steps.take(places, axis=0, mode="clip")
        for i in np.flatnonzero(absent).tolist():
            self.feature.read(int(rows[i]), values[i, : lengths[i]])
        return values

    def _hold(self, row: int) -> None:
        """Read a row and keep it, if it is not kept yet and there is room."""
        end = self._end + int(self.lengths[row])
        if self._first[row] or end > len(self._steps):
            return
        place = self._steps[self._end : end]
        if not self._share.take(place.nbytes):
            return
        self.feature.read(row, place)
        self._first[row], self._end = self._end, end
