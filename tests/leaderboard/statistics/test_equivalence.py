from __future__ import annotations

import numpy as np
import pytest

from emobench.leaderboard.statistics.equivalence import equivalence
from emobench.leaderboard.statistics.variance import Sampled


def test_equivalent_is_a_90_percent_interval_within_the_margin() -> None:
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(200):
        effects = rng.normal(0, 0.05, (3, 20))
        one = Sampled(float(rng.normal(0, 0.02)), {("m", "u"): effects})
        inner = one.interval(level=0.9)
        test = equivalence(one.value, one.error, one.freedom, 0.04, one.interval().excludes_zero)
        assert test.is_equivalent == (inner.low > -0.04 and inner.high < 0.04)
        seen.add(test.verdict)
    assert seen == {"equivalent", "undecided", "different", "different, by less than the margin"}


def test_a_wrong_equivalence_is_shown_once_in_twenty() -> None:
    rng = np.random.default_rng(1)
    sure = rng.normal(0.3, 0.2, (3000, 30))  # the true difference is the margin
    found = [
        equivalence(float(d.mean()), float(d.std(ddof=1) / np.sqrt(30)), 29, 0.3, False)
        for d in sure
    ]
    assert np.mean([one.is_equivalent for one in found]) == pytest.approx(0.05, abs=0.013)


def test_models_that_decide_alike_are_equivalent_without_a_division() -> None:
    same = equivalence(0.0, 0.0, 19, 0.02, False)
    assert (same.p_value, same.verdict) == (0.0, "equivalent")
    apart = equivalence(0.1, 0.0, 19, 0.02, True)
    assert (apart.p_value, apart.verdict) == (1.0, "different")


def test_one_unit_leaves_it_undecided() -> None:
    found = equivalence(0.0, float("inf"), 1, 0.02, False)
    assert (found.verdict, found.p_text) == ("undecided", "–")
