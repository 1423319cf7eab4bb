from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from emobench.leaderboard.statistics.components import Components, SeedPart
from emobench.leaderboard.statistics.power import (
    detectable,
    power_of,
    seeds_needed,
    units_needed,
)


def found(seeds: float = 0.0002, n: int = 3, spread: float = 0.01) -> Components:
    return Components(0.05, spread, 20, (SeedPart(n, seeds, 0.002), SeedPart(n, seeds, 0.002)))


def test_power_is_how_often_a_t_test_finds_it() -> None:
    rng = np.random.default_rng(0)
    draws = rng.normal(0.7, 1, (4000, 12))
    p = ttest_1samp(draws, 0, axis=1).pvalue
    hits = np.mean((p < 0.05) & (draws.mean(axis=1) > 0))
    assert power_of(0.7, 1 / np.sqrt(12), 11) == pytest.approx(hits, abs=0.02)


def test_no_difference_is_found_in_one_direction_half_as_often_as_the_level() -> None:
    assert power_of(0.0, 0.1, 9) == pytest.approx(0.025)


@pytest.mark.parametrize("degrees", [2.1, 19, 1e6])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_the_detectable_difference_has_its_power(degrees: float, alpha: float) -> None:
    gap = detectable(0.02, degrees, alpha)
    assert power_of(gap, 0.02, degrees, alpha) == pytest.approx(0.8, abs=1e-4)
    assert power_of(-gap, 0.02, degrees, alpha) == pytest.approx(0.8, abs=1e-4)


@pytest.mark.parametrize("error", [0.0, float("nan"), float("inf")])
def test_without_an_error_nothing_is_claimed(error: float) -> None:
    assert np.isnan(power_of(0.1, error, 9))
    assert np.isnan(detectable(error, 9))


def test_the_least_numbers_are_the_least() -> None:
    one = found()
    units, seeds = units_needed(one, 0.07), seeds_needed(one, 0.09)
    assert units is not None
    assert seeds is not None
    chances = [power_of(0.07, one.error(n), one.degrees(n)) for n in (units - 1, units)]
    assert chances[0] < 0.8 <= chances[1]
    more = [
        power_of(0.09, one.error(n_seeds=n), one.degrees(n_seeds=n)) for n in (seeds - 1, seeds)
    ]
    assert more[0] < 0.8 <= more[1]


def test_what_no_number_finds_is_not_proposed() -> None:
    assert units_needed(found(seeds=0.01), 0.02) is None  # the seeds alone are too uncertain
    assert units_needed(found(seeds=0.01), 0.02, n_seeds=1000) is not None
    assert seeds_needed(found(), 0.001) is None  # and here the units
    assert seeds_needed(found(n=1), 0.5) is None  # one seed cannot tell
