"""Two one-sided tests: whether a difference is shown to be too small to matter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from emobench.leaderboard.statistics.bootstrap import LEVEL


@dataclass(frozen=True)
class Equivalence:
    """What a difference says about a margin.

    Parameters
    ----------
    margin
        Differences below it do not matter.
    p_value
        Of the two one-sided tests: the larger of both. NaN where nothing is known.
    is_different
        Whether the two-sided test shows a difference from 0.
    """

    margin: float
    p_value: float
    is_different: bool

    @property
    def is_equivalent(self) -> bool:
        """Whether the difference is shown to be below the margin."""
        return self.p_value < 1 - LEVEL

    @property
    def p_text(self) -> str:
        """The p-value as printed; of a very small one only a bound."""
        if np.isnan(self.p_value):
            return "–"
        return "< 0.001" if self.p_value < 0.001 else f"{self.p_value:.3f}"

    @property
    def verdict(self) -> str:
        """``different``, ``equivalent``, both of them, or ``undecided``."""
        if self.is_different:
            return "different, by less than the margin" if self.is_equivalent else "different"
        return "equivalent" if self.is_equivalent else "undecided"


def equivalence(
    gap: float, error: float, degrees: float, margin: float, is_different: bool
) -> Equivalence:
    """Test that a difference lies between −margin and margin.

    Parameters
    ----------
    gap, error, degrees
        The difference, its standard error and degrees of freedom. An error of 0, of two models that
        decide alike, gives p 0 below the margin and 1 beyond it.
    margin
        Above 0.
    is_different
        Whether the two-sided test shows a difference.

    Notes
    -----
    Schuirmann, "A comparison of the two one-sided tests procedure and the power approach for
    assessing the equivalence of average bioavailability", *Journal of Pharmacokinetics and
    Biopharmaceutics* 15 (1987): each of "−margin or less" and "margin or more" is tested at 1 −
    `LEVEL`, which is to ask whether the 90% interval lies within the margins.
    """
    if error == 0:
        return Equivalence(margin, float(abs(gap) >= margin), is_different)
    if not np.isfinite(error) or degrees <= 0:
        return Equivalence(margin, float("nan"), is_different)
    nearer = (margin - abs(gap)) / error  # the other bound is farther away, and its p smaller
    return Equivalence(margin, float(stdtr(degrees, -nearer)), is_different)
