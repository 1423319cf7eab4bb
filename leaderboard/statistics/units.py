"""Test utterances gathered by the unit that is drawn independently: a speaker, a dialogue, a video.

Every counting measure is a function of confusion counts, and counts add up. So whatever is drawn or
left out, its scores come from one table of counts by unit: a draw is a weighted sum of its columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from emobench.leaderboard.statistics.metrics import Floats, Ints
from emobench.randomness import resampling_stream

BLOCKS: Final = 300
"""More units than these are left out in at most so many blocks: as good, and it costs less."""

DENSE: Final = 0.1
"""A fuller table of counts is multiplied faster as an ordinary matrix."""


@dataclass(frozen=True)
class Units:
    """Which unit each of N test utterances is of.

    Parameters
    ----------
    key
        Digest of the names: equal units have equal keys, and are drawn and left out alike.
    names
        The U units, in the order of the columns of every table of counts.
    of
        ``[N]`` number of each utterance's unit.
    """

    key: str
    names: tuple[str, ...]
    of: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.names)

    def take(self, rows: NDArray[Any]) -> Units:
        """Return the units of `rows` (``[N]`` bool, or positions) alone."""
        return _gathered(np.array(self.names, dtype=str)[self.of[rows]])


@dataclass(frozen=True)
class UnitNames:
    """The units of a corpus by utterance, and what one is called.

    Parameters
    ----------
    word
        ``speaker``, ``dialogue``, ``video``, …; empty for a corpus that names no unit.
    names
        Id to the name of its unit; an utterance that it lacks is its own.
    """

    word: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    _known: dict[str, Units] = field(default_factory=dict, repr=False, compare=False)

    def of(self, test: str, ids: NDArray[np.str_]) -> Units:
        """Return the units of the utterances `ids` ``[N]``, whose digest is `test`."""
        if test not in self._known:
            self._known[test] = units_of(ids, self.names)
        return self._known[test]


def units_of(ids: Sequence[str] | NDArray[np.str_], unit: Mapping[str, str]) -> Units:
    """Return the unit of every utterance; one that `unit` does not name is its own.

    Parameters
    ----------
    ids
        ``[N]`` utterance ids.
    unit
        Id to the name of its unit.
    """
    # The two kinds of names are kept apart: an id can be spelled like a speaker.
    return _gathered(np.array([f"unit {unit[i]}" if i in unit else f"id {i}" for i in ids]))


def _gathered(names: NDArray[np.str_]) -> Units:
    found, of = np.unique(names, return_inverse=True)
    listed = tuple(found.tolist())
    key = hashlib.blake2b("\n".join(listed).encode(), digest_size=12).hexdigest()
    return Units(key, listed, of.reshape(-1).astype(np.int64))


@dataclass(frozen=True)
class UnitCounts:
    """Confusion counts of S seeds by unit.

    Parameters
    ----------
    units
        The U units.
    table
        ``[S * K, U]`` counts, K the size of one seed's confusion matrix; dense or sparse.
    shape
        ``(S, C, C)``, or ``(S, C, 2, 2)`` where several classes can hold.
    """

    units: Units
    table: Any
    shape: tuple[int, ...]

    @property
    def multilabel(self) -> bool:
        """Whether several classes can hold at once."""
        return len(self.shape) == 4

    @property
    def total(self) -> Floats:
        """Counts of all units together, ``[S, C, C]``."""
        return np.asarray(self.table.sum(axis=1), np.float64).reshape(self.shape)

    def of_seed(self, seed: int) -> UnitCounts:
        """Return the counts of one seed alone."""
        size = int(np.prod(self.shape[1:]))
        table = self.table[seed * size : (seed + 1) * size]
        return UnitCounts(self.units, table, (1, *self.shape[1:]))

    def exchanged(self) -> UnitCounts:
        """Return the counts with truth and prediction exchanged."""
        places = np.arange(int(np.prod(self.shape))).reshape(self.shape)
        return UnitCounts(self.units, self.table[np.swapaxes(places, -1, -2).ravel()], self.shape)

    def weighted(self, weights: NDArray[np.float32]) -> Floats:
        """Return sums over units by `weights` ``[U, R]``: ``[R, S, C, C]``."""
        counts = np.asarray(self.table @ weights)
        return counts.T.reshape(weights.shape[1], *self.shape)

    def left_out(self) -> Floats:
        """Return the counts without each block of units, ``[B, S, C, C]``; see `blocks`."""
        parts = self.weighted(blocks(self.units.key, len(self.units)))
        return self.total - parts.astype(np.float64)


def blocks(key: str, n: int) -> NDArray[np.float32]:
    """Membership of n units in blocks that are left out together, ``[U, B]``.

    Each unit is a block of its own up to `BLOCKS` units. More are dealt out at random into blocks
    of one size, but for the last (Efron and Tibshirani 1993, section 11.7, on leaving out several).
    Equal keys have equal blocks, so differences stay paired.
    """
    size = -(-n // BLOCKS)
    place = np.arange(n) // size
    if size > 1:
        place = resampling_stream(key, n + 1).permutation(place)
    member = np.zeros((n, int(place.max()) + 1), dtype=np.float32)
    member[np.arange(n), place] = 1
    return member


def count_by_unit(truth: Ints, predicted: Ints, classes: int, units: Units) -> UnitCounts:
    """Count each seed's decisions by unit.

    Parameters
    ----------
    truth
        ``[N]`` class indices, or ``[N, C]`` of zeros and ones.
    predicted
        ``[S, N]`` or ``[S, N, C]``, one row per seed.
    classes
        Number of classes C.
    units
        The unit of each utterance.
    """
    n_seeds = len(predicted)
    shape: tuple[int, ...]
    if truth.ndim == 2:  # a matrix of no and yes per class
        shape = (n_seeds, truth.shape[1], 2, 2)
        cells = np.arange(truth.shape[1]) * 4 + truth * 2 + predicted
    else:
        shape = (n_seeds, classes, classes)
        cells = (truth * classes + predicted)[..., None]
    height = int(np.prod(shape[1:]))
    codes = np.arange(n_seeds)[:, None, None] * height + cells
    places = codes * len(units) + units.of[:, None]
    size = n_seeds * height * len(units)
    if codes.size > DENSE * size:
        table = np.bincount(places.ravel(), minlength=size).reshape(-1, len(units))
        return UnitCounts(units, table.astype(np.float32), shape)
    ones = np.ones(places.size, dtype=np.float32)
    rows, columns = np.divmod(places.ravel(), len(units))
    thin = sparse.csr_matrix((ones, (rows, columns)), shape=(n_seeds * height, len(units)))
    return UnitCounts(units, thin, shape)
