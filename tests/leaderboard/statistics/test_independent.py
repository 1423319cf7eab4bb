"""Intervals against the package `confidence-intervals` of L. Ferrer and P. Riera."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from confidence_intervals import evaluate_with_conf_int
from sklearn.metrics import accuracy_score, f1_score

from emobench.leaderboard.statistics.units import count_by_unit, units_of
from emobench.leaderboard.statistics.variance import Sampled, difference_of, sampled

Metric = Callable[[np.ndarray, np.ndarray], float]


def macro_f1(truth: np.ndarray, said: np.ndarray) -> float:
    return float(f1_score(truth, said, average="macro"))


def draw(n_units: int, each: int) -> tuple[np.ndarray, ...]:
    """Truth and the decisions of two models ``[U, each]``; some units are read more easily."""
    generator = np.random.default_rng(5)
    shape = (n_units, each)
    truth = generator.integers(0, 3, shape)
    ease = generator.normal(0.7, 0.2, (n_units, 1))
    return truth, *(
        np.where(generator.random(shape) < ease + shift, truth, generator.integers(0, 3, shape))
        for shift in (0.0, -0.1)
    )


def ours(truth: np.ndarray, decided: np.ndarray, name: str, owner: str) -> Sampled:
    n_units, each = truth.shape
    ids = [f"u{i}" for i in range(truth.size)]
    units = units_of(ids, {u: str(i // each) for i, u in enumerate(ids)})
    counts = count_by_unit(truth.ravel(), decided.reshape(1, -1), 3, units)
    assert len(counts.units) == n_units
    return sampled(counts, owner)[name]


def theirs(scored: Callable[[np.ndarray], float], n_units: int) -> tuple[float, float, float]:
    """Value and percentile interval, of a function of the numbers of drawn units."""
    value, (low, high) = evaluate_with_conf_int(np.arange(n_units), scored, num_bootstraps=300)
    return value, low, high


@pytest.mark.parametrize(("n_units", "each"), [(300, 1), (60, 4)])
@pytest.mark.parametrize(("name", "metric"), [("accuracy", accuracy_score), ("macro_f1", macro_f1)])
def test_a_score_has_the_interval_that_others_draw(
    n_units: int, each: int, name: str, metric: Metric
) -> None:
    truth, decided, _ = draw(n_units, each)
    value, low, high = theirs(lambda u: metric(truth[u].ravel(), decided[u].ravel()), n_units)
    found = ours(truth, decided, name, "m")
    assert found.value == pytest.approx(value)
    assert found.interval().high - found.interval().low == pytest.approx(high - low, rel=0.15)
    assert found.interval().low == pytest.approx(low, abs=0.15 * (high - low))


def test_a_difference_has_the_interval_that_others_draw() -> None:
    truth, one, two = draw(60, 4)
    value, low, high = theirs(
        lambda u: (
            macro_f1(truth[u].ravel(), one[u].ravel()) - macro_f1(truth[u].ravel(), two[u].ravel())
        ),
        60,
    )
    found = difference_of(ours(truth, one, "macro_f1", "a"), ours(truth, two, "macro_f1", "b"))
    assert found.value == pytest.approx(value)
    assert found.interval().high - found.interval().low == pytest.approx(high - low, rel=0.15)
