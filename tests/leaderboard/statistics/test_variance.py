from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from emobench.leaderboard.explorer.pair_gaps import gaps
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.components import components_of, pair_errors
from emobench.leaderboard.statistics.units import count_by_unit, units_of
from emobench.leaderboard.statistics.variance import (
    Sampled,
    combined,
    difference_of,
    interaction,
    sampled,
)


def made(truth: np.ndarray, predicted: np.ndarray, of: np.ndarray, owner: str = "m") -> Sampled:
    ids = [f"u{i}" for i in range(len(truth))]
    units = units_of(ids, dict(zip(ids, map(str, of), strict=True)))
    return sampled(count_by_unit(truth, predicted, 2, units), owner)["accuracy"]


def right_and_wrong(shares: list[float], n: int, seed: int = 0) -> np.ndarray:
    """Whether each of n utterances of each unit is decided rightly."""
    generator = np.random.default_rng(seed)
    return np.concatenate([generator.random(n) < share for share in shares]).astype(int)


SHARES = [0.9, 0.5, 0.7, 0.8, 0.4, 0.95, 0.6, 0.75]
OF = np.repeat(np.arange(8), 25)


def test_accuracy_of_equal_units_is_students_interval_of_their_means() -> None:
    right = right_and_wrong(SHARES, 25)
    found = made(np.ones(200, int), right[None], OF)
    means = right.reshape(8, 25).mean(axis=1)
    low, high = stats.t.interval(0.95, 7, means.mean(), stats.sem(means))
    assert found.freedom == pytest.approx(7)
    assert found.interval() == Estimate(
        pytest.approx(means.mean()), pytest.approx(low), pytest.approx(high)
    )


@pytest.mark.parametrize(("value", "p"), [(0.0, 1.0), (0.25, 0.0), (-0.25, 0.0)])
def test_where_nothing_varies_a_difference_is_certain(value: float, p: float) -> None:
    found = Sampled(value, {("m", "units"): np.zeros((4, 2))})
    assert found.error == 0
    assert found.p_value == p
    assert found.interval() == Estimate(value, value, value)


def test_an_interval_is_cut_off_and_widens_with_its_level() -> None:
    found = made(np.ones(200, int), right_and_wrong(SHARES, 25)[None], OF)
    plain, wide = found.interval(), found.interval(level=0.99)
    assert wide.low < plain.low < plain.value < plain.high < wide.high
    assert found.interval(plain.value - 0.01, plain.value + 0.02) == Estimate(
        plain.value, plain.value - 0.01, plain.value + 0.02
    )


def test_a_paired_difference_is_students_paired_test() -> None:
    one, two = right_and_wrong(SHARES, 25, 1), right_and_wrong(SHARES, 25, 2)
    truth = np.ones(200, int)
    gap = difference_of(made(truth, one[None], OF, "a"), made(truth, two[None], OF, "b"))
    means = [x.reshape(8, 25).mean(axis=1) for x in (one, two)]
    assert gap.p_value == pytest.approx(stats.ttest_rel(*means).pvalue)
    assert (gap.p_value < 0.05) == gap.interval().excludes_zero


def test_units_of_single_utterances_are_the_binomial_interval() -> None:
    right = right_and_wrong([0.64], 2000)
    found = made(np.ones(2000, int), right[None], np.arange(2000)).interval()
    half = 1.96 * np.sqrt(right.mean() * (1 - right.mean()) / 2000)
    assert found.low == pytest.approx(right.mean() - half, abs=0.003)
    assert found.high == pytest.approx(right.mean() + half, abs=0.003)


def test_the_variance_is_that_of_crossed_random_effects() -> None:
    """Scores of 8 units by 3 seeds: the mean squares of a two-way table without repetition."""
    right = np.stack([right_and_wrong([s * f for s in SHARES], 25, k)
                      for k, f in enumerate((1.0, 0.7, 0.9))])  # fmt: skip
    found = made(np.ones(200, int), right, OF)
    table = right.reshape(3, 8, 25).mean(axis=2)
    whole, rows, columns = table.mean(), table.mean(axis=1), table.mean(axis=0)
    seeds = 8 * ((rows - whole) ** 2).sum() / 2
    units = 3 * ((columns - whole) ** 2).sum() / 7
    rest = ((table - rows[:, None] - columns + whole) ** 2).sum() / 14
    assert found.error**2 == pytest.approx((units + seeds - rest) / 24)
    freedom = (units + seeds - rest) ** 2 / (units**2 / 7 + seeds**2 / 2 + rest**2 / 14)
    assert found.freedom == pytest.approx(freedom)


def test_what_rows_and_columns_explain_is_no_interaction() -> None:
    generator = np.random.default_rng(0)
    rows, columns = generator.normal(3, 1, (2, 4, 1)), generator.normal(-1, 1, (2, 1, 6))
    np.testing.assert_allclose(interaction(rows + columns), 0, atol=1e-12)
    noise = generator.normal(2, 1, (2, 4, 6))
    grand = noise.mean(axis=(1, 2), keepdims=True)
    rest = noise - noise.mean(axis=1, keepdims=True) - noise.mean(axis=2, keepdims=True) + grand
    expected = (rest**2).sum(axis=(1, 2)) / 15
    np.testing.assert_allclose(interaction(rows + columns + noise), expected)


def test_seeds_that_only_differ_by_chance_add_nothing() -> None:
    same = right_and_wrong(SHARES, 25)
    one, three = (made(np.ones(200, int), np.stack([same] * k), OF) for k in (1, 3))
    assert three.error == pytest.approx(one.error)
    assert three.freedom == pytest.approx(one.freedom)


def test_few_seeds_that_differ_widen_the_interval_beyond_their_spread() -> None:
    truth, scores = np.ones(4000, int), [0.60, 0.70, 0.65]
    right = np.stack([right_and_wrong([s], 4000, k) for k, s in enumerate(scores)])
    found = made(truth, right, np.arange(4000)).interval()
    low, high = stats.t.interval(0.95, 2, 0.65, stats.sem(scores))
    assert found.high - found.low == pytest.approx(high - low, rel=0.1)


def test_conditions_share_their_trainings_and_models_do_not() -> None:
    truth = np.ones(200, int)
    right = np.stack([right_and_wrong(SHARES, 25, k) for k in range(3)])
    right[0] = 0  # a training that failed
    one, again, other = (made(truth, right, OF, owner) for owner in ("a", "a", "b"))
    assert difference_of(one, again).error == 0
    assert difference_of(one, other).error == pytest.approx(
        np.sqrt(2 * (one.error**2 - made(truth, right.mean(axis=0)[None] > 0.5, OF).error ** 2)),
        rel=0.5,
    )
    assert difference_of(one, other).error > one.error


def test_other_units_are_independent() -> None:
    truth, right = np.ones(200, int), right_and_wrong(SHARES, 25)[None]
    here, there = made(truth, right, OF, "a"), made(truth, right, OF + 100, "b")
    assert difference_of(here, there).error == pytest.approx(np.hypot(here.error, there.error))
    assert difference_of(here, made(truth, right, OF, "b")).error == 0


def test_a_combination_is_weighted() -> None:
    truth, right = np.ones(200, int), right_and_wrong(SHARES, 25)[None]
    one = made(truth, right, OF)
    assert combined(5.0, [(0.5, one), (1.5, one)]).error == pytest.approx(2 * one.error)


def test_one_unit_tells_nothing_of_others() -> None:
    found = made(np.ones(9, int), right_and_wrong([0.5], 9)[None], np.zeros(9, int))
    assert found.interval(0.0, 1.0) == Estimate(found.value, 0.0, 1.0)
    assert found.p_value > 0.05


def test_bounds_stay_among_possible_values() -> None:
    right = right_and_wrong([1.0, 1.0, 0.2], 25)[None]
    found = made(np.ones(75, int), right, np.repeat(np.arange(3), 25)).interval(0.0, 1.0)
    assert (found.low, found.high) == (0.0, 1.0)


@given(
    st.integers(2, 4),
    st.integers(2, 9),
    st.integers(0, 10**6),
    st.integers(0, 30),
    st.integers(0, 30),
)
@settings(max_examples=200, deadline=None)
def test_a_sum_is_known_as_well_as_its_least_known_part(
    seeds: int, units: int, draw: int, between: int, together: int
) -> None:
    # What seeds and units do together may outweigh what units do: then a part is taken off.
    noise = np.random.default_rng(draw)
    lines = between / 10 * noise.standard_normal((seeds, 1))
    effects = lines + together / 10 * noise.standard_normal((seeds, units))
    effects -= 0.9 * effects.mean(axis=0)
    found = Sampled(0.1, {("a", "units"): effects})
    assert found.freedom >= min(seeds, units) - 1
    ends = found.interval()
    assert np.isfinite([ends.low, ends.high]).all()
    other = Sampled(0.2, {("b", "units"): effects[:, ::-1]})
    (low,), (high,) = (lambda g: (g.lows, g.highs))(gaps([found, other], [(0, 1)]))
    both = difference_of(found, other).interval(-1.0, 1.0)
    assert (low, high) == (pytest.approx(both.low), pytest.approx(both.high))
    terms = components_of(-0.1, [effects, effects[:, ::-1]], units)
    assert terms.degrees() >= min(seeds, units) - 1
    pairs = pair_errors([0.1, 0.2], [effects, effects[:, ::-1]])
    assert pairs.degrees[0, 1] >= min(seeds, units) - 1
