"""Scores as whole numbers of the last digit that the page prints."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

Whole = list[int | None]


def whole(values: ArrayLike | Iterable[float], digits: int = 3) -> Whole:
    """Return values in units of their last printed digit; None for what is not a number.

    Parameters
    ----------
    values
        ``[N]`` scores.
    digits
        Digits after the point that are printed.

    Notes
    -----
    They are what formatting prints, ``f"{value:.3f}"``: near a tie, where a product with 1000 can
    fall on the other side, formatting decides.
    """
    exact = np.asarray(values, np.float64)
    scaled = exact * 10**digits
    near = np.abs(np.abs(scaled - np.floor(scaled)) - 0.5) < 1e-6
    known = np.isfinite(scaled)
    rounded = np.rint(np.where(known, scaled, 0.0)).astype(np.int64).tolist()
    found: Whole = [n if is_known else None for n, is_known in zip(rounded, known, strict=True)]
    for place in np.flatnonzero(near & known):
        found[place] = round(float(f"{exact[place]:.{digits}f}") * 10**digits)
    return found
