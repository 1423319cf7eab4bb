from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from emobench.leaderboard.statistics.expected_best import (
    REPLICATES,
    best_curve,
    best_replicates,
    expected_best,
    subset_shares,
)


def by_hand(preset: float, drawn: list[float]) -> list[float]:
    """The mean best over every subset, one by one."""
    return [
        float(np.mean([max([preset, *some]) for some in combinations(drawn, k)]))
        for k in range(len(drawn) + 1)
    ]


@pytest.mark.parametrize("count", [0, 1, 2, 5, 9])
def test_it_is_the_mean_over_all_subsets(count: int) -> None:
    generator = np.random.default_rng(count)
    for _ in range(5):
        drawn = np.round(generator.random(count), 1)  # rounded, so that some are equal
        found = expected_best(np.array(0.4), drawn)
        assert found == pytest.approx(by_hand(0.4, drawn.tolist()))
        assert found[0] == 0.4
        assert found[-1] == max([0.4, *drawn])
        assert (np.diff(found) >= -1e-12).all()


def test_folds_are_axes_and_do_not_mix() -> None:
    generator = np.random.default_rng(1)
    preset, drawn = generator.random(3), generator.random((3, 6))
    found = expected_best(preset, drawn)
    for fold in range(3):
        assert found[fold] == pytest.approx(expected_best(preset[fold], drawn[fold]))


def test_shares_of_subsets_sum_to_one_for_long_searches() -> None:
    assert subset_shares(1500).sum(axis=0) == pytest.approx(np.ones(1500))


def test_it_is_unbiased_where_drawing_with_replacement_is_too_low() -> None:
    generator = np.random.default_rng(2)
    truth = np.maximum(generator.normal(0.6, 0.05, (40_000, 7)).max(axis=1), 0.6).mean()
    ours, plug_in = [], []
    shares = np.diff((np.arange(8) / 7) ** 7)
    for drawn in generator.normal(0.6, 0.05, (2000, 7)):
        ours.append(expected_best(np.array(0.6), drawn)[7])
        plug_in.append(np.maximum(np.sort(drawn), 0.6) @ shares)
    assert np.mean(ours) == pytest.approx(truth, abs=0.002)
    assert np.mean(plug_in) < truth - 0.008


def test_intervals_contain_the_truth_about_as_often_as_they_say() -> None:
    generator = np.random.default_rng(3)
    preset = np.array([0.6])
    truth = [
        np.maximum(generator.normal(0.6, 0.05, (20_000, k)).max(axis=1), 0.6).mean()
        for k in (3, 15)
    ]
    hits = np.zeros(2)
    for i, drawn in enumerate(generator.normal(0.6, 0.05, (120, 1, 15))):
        points = best_curve(preset, drawn, best_replicates(preset, drawn, f"search {i}"))
        hits += [points[k].low <= t <= points[k].high for k, t in zip((3, 15), truth, strict=True)]
    # Resampled without smoothing, the second is .48.
    assert (hits / 120 > 0.85).all()


def test_replicates_share_the_trials_of_all_folds() -> None:
    drawn = np.tile(np.linspace(0.2, 0.8, 7), (5, 1))
    one = best_replicates(np.full(1, 0.1), drawn[:1], "a search")
    five = best_replicates(np.full(5, 0.1), drawn, "a search")
    # Folds that agree in everything say no more than one of them.
    assert five.std(axis=0)[1:] == pytest.approx(one.std(axis=0)[1:], rel=0.15)


def test_the_preset_alone_is_certain_and_equal_trials_too() -> None:
    drawn = np.full((2, 3), 0.5)
    found = best_replicates(np.array([0.4, 0.6]), drawn, "a search")
    assert found.shape == (REPLICATES, 4)
    assert found[:, 0] == pytest.approx(0.5)
    assert found[:, 3] == pytest.approx(0.55)
    assert best_replicates(np.array([0.4]), np.zeros((1, 0)), "a search").shape == (REPLICATES, 1)


def test_replicates_stay_between_0_and_1() -> None:
    drawn = np.array([[0.0, 0.02, 0.97, 0.99]])
    found = best_replicates(np.array([0.0]), drawn, "a search")
    assert (found >= 0).all()
    assert (found <= 1).all()
