"""Holm's step-down correction for several planned comparisons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.statistics.metrics import Floats


def adjusted(p_values: Floats) -> NDArray[np.float64]:
    """Return adjusted p-values: below a level where Holm's procedure rejects at that level.

    Parameters
    ----------
    p_values
        ``[m]``, valid each on its own; they may depend on each other in any way.

    Returns
    -------
    NDArray
        ``[m]`` in the same order, none above 1.

    Notes
    -----
    Holm, "A simple sequentially rejective multiple test procedure", *Scandinavian Journal of
    Statistics* 6 (1979): the smallest counts m times, the next m − 1 times, and none less than one
    before it.
    """
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(order), 0, -1)
    steps = np.maximum.accumulate(np.asarray(p_values, np.float64)[order] * factors)
    found = np.empty(len(order))
    found[order] = np.minimum(steps, 1.0)
    return found
