from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from emobench.leaderboard.statistics.bootstrap import (
    REPLICATES,
    bootstrap,
    estimate,
    seed_weights,
    utterance_weights,
)
from emobench.leaderboard.statistics.measures import counting
from emobench.leaderboard.statistics.metrics import confusion_matrix


def draw(n: int, seeds: int, classes: int = 6, hit: float = 0.7) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(3)
    truth = generator.integers(0, classes, n)
    guess = generator.integers(0, classes, (seeds, n))
    return truth, np.where(generator.random((seeds, n)) < hit, truth, guess)


def test_weights_are_whole_draws_of_every_utterance() -> None:
    weights = utterance_weights("a", 50)
    assert weights.shape == (50, REPLICATES)
    assert_array_equal(weights.sum(axis=0), np.full(REPLICATES, 50))
    assert_allclose(seed_weights("m", 3).sum(axis=1), np.ones(REPLICATES))


def test_replicates_are_the_scores_of_resampled_utterances() -> None:
    truth, predicted = draw(40, 2)
    found = bootstrap(truth, predicted, 6, "test", "model")
    times = utterance_weights("test", 40)[:, 11].astype(int)
    shares = seed_weights("model", 2)[11]
    again = np.repeat(np.arange(40), times)
    confusions = [confusion_matrix(truth[again], p[again], 6) for p in predicted]
    for measure in counting():
        scores = [float(measure.single_label(c)) for c in confusions]
        assert found[measure.name][11] == pytest.approx(np.dot(shares, scores)), measure.name


def test_one_test_set_gives_every_model_the_same_draw() -> None:
    truth, predicted = draw(60, 1)
    first = bootstrap(truth, predicted, 6, "test", "one")["accuracy"]
    second = bootstrap(truth, predicted, 6, "test", "other")["accuracy"]
    assert_array_equal(first, second)
    assert not np.array_equal(first, bootstrap(truth, predicted, 6, "else", "one")["accuracy"])


def test_interval_has_the_width_that_theory_gives() -> None:
    truth, predicted = draw(2000, 1, hit=0.64)
    right = (truth == predicted[0]).mean()
    found = estimate(right, bootstrap(truth, predicted, 6, "t", "m")["accuracy"])
    half = 1.96 * np.sqrt(right * (1 - right) / 2000)
    assert found.low == pytest.approx(right - half, abs=0.004)
    assert found.high == pytest.approx(right + half, abs=0.004)


def test_seeds_that_differ_widen_the_interval() -> None:
    truth, good = draw(400, 1, hit=0.95)
    _, bad = draw(400, 1, hit=0.2)
    same = bootstrap(truth, np.vstack([good] * 3), 6, "t", "m")["accuracy"]
    mixed = bootstrap(truth, np.vstack([good, bad, good]), 6, "t", "m")["accuracy"]
    assert mixed.std() > 3 * same.std()


@pytest.mark.parametrize(("n", "limit"), [(600, 0.04), (2610, 0.12)])
def test_a_row_costs_milliseconds(n: int, limit: float) -> None:
    truth, predicted = draw(n, 3)
    utterance_weights("t", n)
    spent = []
    for _ in range(5):
        start = time.process_time()
        bootstrap(truth, predicted, 6, "t", "m")
        spent.append(time.process_time() - start)
    assert min(spent) < limit
