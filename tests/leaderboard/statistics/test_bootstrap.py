from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from emobench.leaderboard.statistics.bootstrap import (
    LEVEL,
    REPLICATES,
    Estimate,
    bootstrap,
    seed_weights,
    unit_weights,
)
from emobench.leaderboard.statistics.measures import counting
from emobench.leaderboard.statistics.metrics import confusion_matrix
from emobench.leaderboard.statistics.units import UnitCounts, count_by_unit, units_of
from emobench.leaderboard.statistics.variance import sampled


def draw(n: int, seeds: int, classes: int = 6, hit: float = 0.7) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(3)
    truth = generator.integers(0, classes, n)
    guess = generator.integers(0, classes, (seeds, n))
    return truth, np.where(generator.random((seeds, n)) < hit, truth, guess)


def counted(truth: np.ndarray, predicted: np.ndarray, size: int, name: str = "") -> UnitCounts:
    """Counts by units of `size` utterances."""
    ids = [f"u{i}" for i in range(len(truth))]
    units = units_of(ids, {u: f"{name}{i // size}" for i, u in enumerate(ids)})
    return count_by_unit(truth, predicted, 6, units)


def test_weights_are_whole_draws_of_every_unit() -> None:
    weights = unit_weights("a", 50)
    assert weights.shape == (50, REPLICATES)
    assert_array_equal(weights.sum(axis=0), np.full(REPLICATES, 50))
    assert_allclose(seed_weights("m", 3).sum(axis=1), np.ones(REPLICATES))


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_every_unit_and_every_seed_is_drawn_as_often_as_any_other(count: int) -> None:
    spread = 5 * np.sqrt(1 / REPLICATES)
    assert_allclose(unit_weights("a", count).mean(axis=1), 1, atol=spread)
    shares = seed_weights("m", count)
    assert shares.shape == (REPLICATES, count)
    assert_allclose(shares * count, np.round(shares * count), atol=1e-12)
    assert_allclose(shares.mean(axis=0) * count, 1, atol=spread)


@pytest.mark.parametrize(
    ("low", "high", "excludes"),
    [
        (-1, 1, False),
        (0, 1, False),
        (-1, 0, False),
        (0, 0, False),
        (0.1, 1, True),
        (-1, -0.1, True),
    ],
)
def test_zero_is_left_out_by_an_interval_on_one_side_of_it(
    low: float, high: float, excludes: bool
) -> None:
    assert Estimate((low + high) / 2, low, high).excludes_zero is excludes


def test_intervals_are_of_95_percent() -> None:
    assert LEVEL == 0.95


@pytest.mark.parametrize("size", [1, 4])
def test_replicates_are_the_scores_of_resampled_units(size: int) -> None:
    truth, predicted = draw(40, 2)
    counts = counted(truth, predicted, size)
    found = bootstrap(counts, "model")
    times = unit_weights(counts.units.key, len(counts.units))[:, 11].astype(int)
    shares = seed_weights("model", 2)[11]
    again = np.repeat(np.arange(40), times[counts.units.of])
    confusions = [confusion_matrix(truth[again], p[again], 6) for p in predicted]
    for measure in counting():
        scores = [float(measure.single_label(c)) for c in confusions]
        assert found[measure.name][11] == pytest.approx(np.dot(shares, scores)), measure.name


def test_the_same_units_give_every_model_the_same_draw() -> None:
    truth, predicted = draw(60, 1)
    first = bootstrap(counted(truth, predicted, 3), "one")["accuracy"]
    assert_array_equal(first, bootstrap(counted(truth, predicted, 3), "other")["accuracy"])
    else_ = bootstrap(counted(truth, predicted, 3, "else"), "one")["accuracy"]
    assert not np.array_equal(first, else_)


@pytest.mark.parametrize(("n", "limit"), [(600, 0.02), (2610, 0.04)])
def test_a_row_costs_milliseconds(n: int, limit: float) -> None:
    truth, predicted = draw(n, 3)
    spent = []
    for _ in range(5):
        counts = counted(truth, predicted, 1)
        start = time.process_time()
        sampled(counts, "m")
        spent.append(time.process_time() - start)
    assert min(spent) < limit
