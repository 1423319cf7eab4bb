"""Random draws of parts of given sizes that keep the proportions of the classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def stratified_draw(
    strata: Rows, sizes: Sequence[int], generator: np.random.Generator
) -> list[Rows]:
    """Draw parts of `sizes` from the positions of `strata` ``[N]``; the last part is the rest.

    The order of drawing spaces the shuffled members of each class evenly, so that every stretch of
    it holds each class in proportion, to within one.
    """
    places = np.empty(len(strata))
    for one in np.unique(strata):
        members = np.flatnonzero(strata == one)
        start = generator.random()
        places[generator.permutation(members)] = (np.arange(len(members)) + start) / len(members)
    order = np.argsort(places, kind="stable")
    return [np.sort(part) for part in np.split(order, np.cumsum(sizes))]


def proportional_sizes(shares: Sequence[int], whole: int, count: int) -> list[int]:
    """Sizes in proportion to `shares` of `whole`, for `count` rows."""
    ends = np.round(np.cumsum(shares) * count / whole).astype(int)
    return [int(size) for size in np.diff(ends, prepend=0)]
