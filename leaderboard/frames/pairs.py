"""Comparisons of models as data frames."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from emobench.leaderboard.results.comparisons.prospects import Prospect
from emobench.leaderboard.results.model_pairs import Pair


def pair_frame(pairs: Sequence[Pair]) -> pd.DataFrame:
    """Return a row per setting and condition, as ``emobench compare`` prints them.

    Parameters
    ----------
    pairs
        Two models under the conditions that both have.

    Returns
    -------
    DataFrame
        ``difference`` is the first less the second, ``low`` and ``high`` are its paired 95%
        interval. With a margin there is ``margin_p_value``, of two one-sided tests.
    """
    rows = []
    for one in pairs:
        row = _setting(one) | {
            "first_score": one.first.value,
            "second_score": one.second.value,
            "difference": one.gap.value,
            "low": one.gap.low,
            "high": one.gap.high,
            "p_value": one.p_value,
            "verdict": one.verdict,
            "n_test": one.n_test,
        }
        if one.equivalence is not None:
            row["margin_p_value"] = one.equivalence.p_value
        rows.append(row)
    return pd.DataFrame(rows)


def prospect_frame(found: Sequence[Prospect], difference: float | None = None) -> pd.DataFrame:
    """Return a row per pair of models and regime, as ``emobench power`` prints them.

    Parameters
    ----------
    found
        Pairs of models.
    difference
        A true difference: with which ``power`` it is found, and how many units, with as many seeds,
        or seeds of each model, on as many units, find it with 80% power; missing where no number
        does.
    """
    rows = []
    for one in found:
        row = _setting(one) | {
            "difference": one.found.value,
            "error": one.found.error(),
            "detectable": one.detectable,
            "n_units": one.found.n_units,
            "unit": one.unit,
        }
        if difference is not None:
            row |= {
                "power": one.power(difference),
                "units_needed": one.units(difference),
                "seeds_needed": one.seeds(difference),
            }
        rows.append(row)
    frame = pd.DataFrame(rows)
    counts = [name for name in ("units_needed", "seeds_needed") if name in frame]
    return frame.astype(dict.fromkeys(counts, "Int64"))


def _setting(one: Pair | Prospect) -> dict[str, object]:
    return {
        "dataset": one.dataset,
        "track": one.track,
        "protocol": one.protocol,
        "regime": one.regime,
        "condition": one.condition,
        "first": one.labels[0],
        "second": one.labels[1],
    }
