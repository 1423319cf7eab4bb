from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from emobench.leaderboard.statistics.components import components_of, pair_errors
from emobench.leaderboard.statistics.variance import Sampled, difference_of


def effects(seed: int, size: int, n: int, training: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    parts = rng.normal(size=n), training * rng.normal(size=(size, 1)), rng.normal(size=(size, n))
    return np.asarray(parts[0] + parts[1] + parts[2])


@pytest.mark.parametrize("sizes", [(3, 3), (1, 4), (2, 5), (1, 1)])
@pytest.mark.parametrize("training", [0.0, 2.0])
def test_error_and_degrees_are_those_of_the_interval(
    sizes: tuple[int, int], training: float
) -> None:
    for seed in range(20):
        models = [effects(2 * seed + i, size, 12, training) for i, size in enumerate(sizes)]
        shown = difference_of(*(Sampled(0.5, {(f"m{i}", "u"): m}) for i, m in enumerate(models)))
        found = components_of(0.0, models, 12)
        assert found.error() == pytest.approx(shown.error)
        assert found.degrees() == pytest.approx(shown.freedom)
        assert found.one_seed == (1 in sizes)


def test_variances_are_found_again() -> None:
    rng = np.random.default_rng(0)
    found = []
    for _ in range(400):
        parts = rng.normal(0, 2, 30), rng.normal(0, 1, (8, 1)), rng.normal(0, 3, (8, 30))
        found.append(components_of(0.0, [parts[0] + parts[1] + parts[2]], 30))
    assert np.mean([one.units for one in found]) == pytest.approx(4, rel=0.1)
    assert np.mean([one.both for one in found]) == pytest.approx(9, rel=0.05)
    assert np.mean([one.seeds for one in found]) == pytest.approx(1, rel=0.2)


def test_more_units_and_more_seeds_make_it_surer() -> None:
    found = components_of(0.0, [effects(1, 3, 20, 0.3), effects(2, 3, 20, 0.3)], 20)
    assert found.error(20, 3) == pytest.approx(found.error())
    assert found.error(80) < found.error(40) < found.error()
    assert found.error(n_seeds=30) < found.error(n_seeds=6) < found.error()
    # Endlessly many units leave the seeds' part, endlessly many seeds the units'.
    seeds = sum(side.seeds / 3 for side in found.sides)
    assert found.error(10**9) == pytest.approx(np.sqrt(seeds), rel=1e-3)
    assert found.error(n_seeds=10**9) == pytest.approx(np.sqrt(found.units / 20), rel=1e-3)


def test_blocks_of_units_stand_for_their_units() -> None:
    models = [effects(1, 3, 20)]
    one, four = components_of(0.0, models, 20), components_of(0.0, models, 80)
    assert four.error() == pytest.approx(one.error())
    assert four.error(160) == pytest.approx(one.error(40))


def test_one_unit_tells_nothing() -> None:
    found = components_of(0.1, [effects(1, 3, 1)], 1)
    assert np.isnan(found.error())
    assert found.degrees() == 0
    pairs = pair_errors([0.5, 0.4], [effects(1, 3, 1), effects(2, 3, 1)])
    assert np.isinf(pairs.errors).all()


def test_pairs_without_seeds_are_those_of_the_paired_t_test() -> None:
    from scipy.stats import ttest_rel

    models = [effects(seed, 1, 15) for seed in range(4)]
    pairs = pair_errors([m.mean() for m in models], models, [True] * 4)
    for i, one in enumerate(models):
        for k, other in enumerate(models):
            if i != k:
                t = ttest_rel(one[0], other[0]).statistic
                assert pairs.gaps[i, k] / pairs.errors[i, k] == pytest.approx(t)
                assert pairs.degrees[i, k] == pytest.approx(14)


def test_no_model_counts_with_less_than_its_own_spread_between_seeds() -> None:
    calm = [effects(seed, 3, 15, 0.1) for seed in range(5)]
    wild = effects(9, 3, 15, 8.0)
    alone = components_of(0.0, [calm[0], wild], 15)
    pairs = pair_errors([0.5] * 6, [*calm, wild])
    assert pairs.errors[0, 5] >= alone.error()
    assert pairs.degrees[0, 1] > components_of(0.0, calm[:2], 15).degrees()
    assert (pairs.errors == pairs.errors.T).all()
    assert (np.diag(pairs.errors) == 0).all()


def test_one_seed_counts_with_the_spread_of_the_others_unless_it_tells_all() -> None:
    others = [effects(seed, 3, 15, 3.0) for seed in range(4)]
    one = effects(9, 1, 15)
    taken = pair_errors([0.5] * 5, [*others, one], [False] * 5)
    fixed = pair_errors([0.5] * 5, [*others, one], [False] * 4 + [True])
    assert (taken.errors[4, :4] > fixed.errors[4, :4]).all()
    assert taken.errors[0, 1] == fixed.errors[0, 1]


def same_seeds(seed: int, size: int, n: int) -> np.ndarray:
    return np.repeat(effects(seed, 1, n), size, axis=0)


def same_scores(seed: int, size: int, n: int) -> np.ndarray:
    """Seeds that differ on every unit, and whose scores are exactly the same."""
    found = np.round(8 * effects(seed, size, n)) / 8  # sums of these have no rounding
    found[:, -1] -= found.sum(axis=1) - found[0].sum()
    return np.asarray(found)


KINDS = {
    "same seeds": lambda size, n: same_seeds(1, size, n),
    "constant": lambda size, n: np.zeros((size, n)),
    "same scores": lambda size, n: same_scores(2, size, n),
    "one seed": lambda size, n: effects(3, 1, n),
    "seeds without a spread of their own": lambda size, n: effects(4, size, n, 0.0),
    "ordinary": lambda size, n: effects(5, size, n),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [1, 2, 8, 12])
def test_no_estimate_below_zero_shortens_an_error(n: int) -> None:
    for size, first, second in product([2, 3], KINDS, KINDS):
        models = [KINDS[first](size, n), KINDS[second](size, n)]
        pairs = pair_errors([0.5, 0.4], models)
        if n < 2:
            assert np.isinf(pairs.errors).all()
            continue
        # Where seeds tell nothing, or less than nothing, what is left is the spread over units.
        units = np.sqrt((models[0].mean(axis=0) - models[1].mean(axis=0)).var(ddof=1) / n)
        assert pairs.errors[0, 1] >= units * (1 - 1e-12), (first, second)
        assert np.isfinite(pairs.degrees).all()
        found = components_of(0.1, models, n)
        assert min(found.units, found.seeds, found.both) >= 0
        assert found.error() >= units * (1 - 1e-12)


def test_seeds_that_rounding_alone_tells_apart_are_the_same() -> None:
    others = [effects(seed, 3, 8, 2.0) for seed in range(3)]
    same = same_seeds(9, 3, 8)
    exact = pair_errors([0.5] * 4, [*others, same])
    noisy = same * (1 + 2.3e-16 * np.arange(3)[:, None])
    rounded = pair_errors([0.5] * 4, [*others, noisy])
    assert rounded.errors == pytest.approx(exact.errors, rel=1e-9)
    assert rounded.degrees == pytest.approx(exact.degrees, rel=1e-9)
