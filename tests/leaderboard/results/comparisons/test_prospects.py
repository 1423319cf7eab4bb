from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emobench.errors import RequestError
from emobench.leaderboard import compare, power

REGIME = ({"name": "full", "description": "", "drop": 0.0},)


def test_every_pair_under_the_main_condition(stored: Path) -> None:
    found = power(stored, ["alpha_net", "late_fusion", "text_only"], dataset="simulated")
    assert {one.condition for one in found} == {"full"}
    assert [one.labels for one in found if one.regime == "full"] == [
        ("alpha_net", "late_fusion"), ("alpha_net", "text_only"), ("late_fusion", "text_only")
    ]  # fmt: skip
    one = found[0]
    shown = next(p for p in compare(stored, *one.labels, dataset="simulated") if p.is_main)
    half = (shown.gap.high - shown.gap.low) / 2
    assert one.found.value == pytest.approx(shown.gap.value)
    assert half / one.found.error() > 1.9
    assert one.power(one.detectable) == pytest.approx(0.8, abs=1e-3)
    assert one.power(one.detectable / 3) < 0.5


def test_all_models_that_read_something_if_none_is_named(stored: Path) -> None:
    found = {label for one in power(stored, dataset="simulated") for label in one.labels}
    assert {"alpha_net", "beta_net", "late_fusion", "text_only"} <= found
    assert not {"majority", "oracle"} & found


def test_a_request_without_a_pair_says_why(stored: Path) -> None:
    with pytest.raises(RequestError, match="takes two models, got alpha_net"):
        power(stored, ["alpha_net", "alpha_net"])
    with pytest.raises(RequestError, match="Did you mean 'alpha_net'"):
        power(stored, ["alpha_nett", "text_only"])
    with pytest.raises(RequestError, match="No two of gamma_net, text_only are finished"):
        power(stored, ["gamma_net", "text_only"])


def test_models_that_decide_alike_are_said_to(writer: Callable[..., Any], made: Any) -> None:
    small = writer(subsets=(), rates=(), regimes=REGIME)
    net = made("net", "own", {"text": 1.0})
    small.grid(net)
    # The noise of a made model is a function of the letters of its name.
    small.grid(replace(net, name="ent"))
    small.grid(made("other", "own", {"text": 1.0}))
    (same,) = power(small.root, ["net", "ent"])
    assert same.is_same
    (pair,) = compare(small.root, "net", "ent", margin=0.02)
    assert pair.verdict == "the same on every unit"
    (apart,) = power(small.root, ["net", "other"])
    assert not apart.is_same
    assert np.isfinite(apart.detectable)


def test_a_margin_is_tested_for_every_setting(stored: Path) -> None:
    found = compare(stored, "oracle", "alpha_net", margin=0.9)
    assert {pair.verdict for pair in found} <= {"equivalent", "different, by less than the margin"}
    strict = compare(stored, "oracle", "alpha_net", margin=0.0001)
    assert {pair.verdict for pair in strict} <= {"different", "undecided"}
    with pytest.raises(RequestError, match="between 0 and 1, got 2"):
        compare(stored, "oracle", "alpha_net", margin=2)
