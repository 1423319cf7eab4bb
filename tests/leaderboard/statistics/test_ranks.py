from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from emobench.leaderboard.statistics.components import PairErrors, pair_errors
from emobench.leaderboard.statistics.ranks import RankSet, normal_scores, simultaneous_ranks


def ranked(values: list[float], error: float = 0.01, degrees: float = 19.0) -> RankSet:
    """Independent scores, each with the same error."""
    p = len(values)
    between = np.full((p, p), error * np.sqrt(2))
    pairs = PairErrors(np.subtract.outer(values, values), between, np.full((p, p), degrees))
    drawn = np.random.default_rng(1).normal(0, error, (p, 2000)) + np.array(values)[:, None]
    return simultaneous_ranks(pairs, drawn)


def test_models_far_apart_have_one_place_each_and_equal_ones_share_theirs() -> None:
    found = ranked([0.9, 0.9, 0.5, 0.1])
    assert found.first.tolist() == [1, 1, 3, 4]
    assert found.last.tolist() == [2, 2, 3, 4]


def test_nobody_is_better_and_worse_at_once() -> None:
    rng = np.random.default_rng(3)
    for _ in range(30):
        found = ranked(rng.normal(0.5, 0.05, 6).tolist())
        assert not (found.better & found.better.T).any()
        assert (found.first <= found.last).all()


def test_all_pairs_are_harder_than_one_and_few_degrees_than_many() -> None:
    # A difference of three errors is shown between two models, not among eight.
    gap = 3.0 * 0.01 * np.sqrt(2)
    assert ranked([0.5 + gap, 0.5]).better[0, 1]
    assert not ranked([0.5 + gap, *[0.5] * 7]).better.any()
    assert not ranked([0.5 + gap, 0.5], degrees=2.0).better.any()
    alphas = [ranked([0.5] * p).alpha for p in (2, 4, 8)]
    assert alphas == sorted(alphas, reverse=True)
    assert alphas[0] == pytest.approx(0.05, abs=0.01)


def test_what_is_refuted_makes_the_rest_easier() -> None:
    # Eight models far above two, whose difference is just not shown among all pairs at once.
    error, far = 0.01 * np.sqrt(2), [0.9 - 0.08 * i for i in range(8)]
    bound = -student.ppf(ranked([*far, 0.2, 0.2]).alpha / 2, 1e9)

    def shown(below: float) -> bool:
        gap = -student.ppf(norm.sf(bound - below), 19) * error
        return bool(ranked([*far, 0.2 + gap, 0.2]).better[8, 9])

    assert shown(-0.02)
    assert shown(0.1)
    assert not shown(0.6)


def test_the_level_is_that_of_tukey_for_independent_scores() -> None:
    from scipy.stats import studentized_range

    found = ranked([0.5] * 6, degrees=1e9)
    exact = studentized_range.isf(0.05, 6, np.inf) / np.sqrt(2)
    assert -student.ppf(found.alpha / 2, 1e9) == pytest.approx(exact, rel=0.03)


def test_models_that_decide_alike_share_every_place() -> None:
    effects = np.random.default_rng(0).normal(size=(1, 20))
    pairs = pair_errors([0.5, 0.5, 0.2], [effects, effects, effects - 0.3], [True] * 3)
    drawn = np.random.default_rng(1).normal(size=1000)
    found = simultaneous_ranks(pairs, np.array([drawn, drawn, drawn - 0.3]))
    # Every unit differs by the same: there is no error, and so no test.
    assert found.first.tolist() == [1, 1, 1]
    assert found.last.tolist() == [3, 3, 3]


def test_one_unit_or_one_model_is_no_contest() -> None:
    unit = np.array([[0.5]])
    pairs = pair_errors([0.9, 0.1], [unit, unit])
    found = simultaneous_ranks(pairs, np.array([np.full(10, 0.9), np.full(10, 0.1)]))
    assert not found.better.any()
    alone = simultaneous_ranks(pair_errors([0.9], [unit]), np.ones((1, 10)))
    assert (alone.first[0], alone.last[0]) == (1, 1)
    nobody = simultaneous_ranks(pair_errors([], []), np.ones((0, 10)))
    assert nobody.first.tolist() == []


def test_normal_scores_keep_the_tail() -> None:
    found = normal_scores(np.array([2.0, -2.0, 1.0]), np.ones(3), np.array([4.0, 4.0, np.inf]))
    assert norm.sf(found[0]) == pytest.approx(student.sf(2.0, 4))
    assert found[1] == -found[0]
    assert found[2] == pytest.approx(1.0)
