from __future__ import annotations

from pathlib import Path

import pytest

from emobench.errors import RequestError
from emobench.leaderboard import compare


def test_two_models_are_compared_where_both_are_done(stored: Path) -> None:
    found = compare(stored, "oracle", "alpha_net")
    assert {pair.dataset for pair in found} == {"simulated"}
    # alpha_net failed under `text`, so four of five conditions are left in both regimes.
    assert len(found) == 8
    full = found[0]
    assert full.gap.value == pytest.approx(full.first.value - full.second.value)
    assert full.gap.excludes_zero == (full.p_value < 0.05)
    assert full.n_test == 90


def test_the_order_only_turns_the_sign(stored: Path) -> None:
    there = compare(stored, "oracle", "alpha_net", measure="accuracy")[0]
    back = compare(stored, "alpha_net", "oracle", measure="accuracy")[0]
    assert there.gap.value == -back.gap.value
    assert there.p_value == back.p_value


def test_an_unknown_model_gets_a_suggestion(stored: Path) -> None:
    with pytest.raises(RequestError, match="Did you mean 'alpha_net'"):
        compare(stored, "alpha_nett", "oracle")
    with pytest.raises(RequestError, match="Unknown measure 'f1'"):
        compare(stored, "alpha_net", "oracle", measure="f1")
