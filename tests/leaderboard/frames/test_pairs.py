"""Comparisons as data frames: every number is that of the comparison."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from emobench.leaderboard import compare, power
from emobench.leaderboard.frames.pairs import pair_frame, prospect_frame


def test_a_row_of_a_comparison_is_a_pair(stored: Path) -> None:
    pairs = compare(stored, "late_fusion", "majority", margin=0.1)
    frame = pair_frame(pairs)
    assert len(frame) == len(pairs) > 4
    for row, pair in zip(frame.to_dict("records"), pairs, strict=True):
        assert (row["regime"], row["condition"]) == (pair.regime, pair.condition)
        assert (row["first"], row["second"]) == ("late_fusion", "majority")
        assert (row["low"], row["difference"], row["high"]) == (
            pair.gap.low, pair.gap.value, pair.gap.high
        )  # fmt: skip
        assert abs(row["first_score"] - row["second_score"] - row["difference"]) < 1e-12
        assert (row["p_value"], row["verdict"]) == (pair.p_value, pair.verdict)
        assert pair.equivalence is not None
        assert row["margin_p_value"] == pair.equivalence.p_value
    assert "margin_p_value" not in pair_frame(compare(stored, "late_fusion", "majority"))


def test_a_row_of_a_prospect_says_what_would_be_found(stored: Path) -> None:
    found = power(stored, ["alpha_net", "late_fusion"])
    frame = prospect_frame(found, 0.02)
    for row, one in zip(frame.to_dict("records"), found, strict=True):
        assert (row["detectable"], row["power"]) == (one.detectable, one.power(0.02))
        units = one.units(0.02)
        assert pd.isna(row["units_needed"]) if units is None else row["units_needed"] == units
    assert "power" not in prospect_frame(found)
