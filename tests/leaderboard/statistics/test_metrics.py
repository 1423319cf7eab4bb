from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn import metrics

from emobench.leaderboard.statistics import metrics as statistics
from emobench.leaderboard.statistics.measures import counting

CLASSES = 5
PAIRS = st.lists(
    st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1)), min_size=1, max_size=60
)


@given(PAIRS)
def test_measures_agree_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truth, predicted = np.array(pairs).T
    confusion = statistics.confusion_matrix(truth, predicted, CLASSES)
    labels = np.unique(truth)
    f1 = {"labels": labels, "zero_division": 0}
    expected = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "macro_f1": metrics.f1_score(truth, predicted, average="macro", **f1),
        "weighted_f1": metrics.f1_score(truth, predicted, average="weighted", **f1),
        "uar": metrics.recall_score(truth, predicted, average="macro", **f1),
    }
    assert_allclose(confusion, metrics.confusion_matrix(truth, predicted, labels=range(CLASSES)))
    scores = {m.name: float(m.single_label(confusion)) for m in counting()}
    assert {name: scores[name] for name in expected} == pytest.approx(expected)


@given(PAIRS)
def test_class_scores_agree_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truth, predicted = np.array(pairs).T
    confusion = statistics.confusion_matrix(truth, predicted, CLASSES)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        truth, predicted, labels=range(CLASSES), zero_division=0
    )
    assert_allclose(statistics.class_precision(confusion), precision)
    assert_allclose(statistics.class_recall(confusion), recall)
    assert_allclose(statistics.class_f1(confusion), f1)


def test_measures_take_leading_axes() -> None:
    stack = np.random.default_rng(0).integers(0, 9, (4, 3, CLASSES, CLASSES)).astype(float)
    for measure in counting():
        scores = measure.single_label(stack)
        assert scores.shape == (4, 3)
        assert scores[2, 1] == pytest.approx(float(measure.single_label(stack[2, 1])))
    for by_class in (statistics.class_f1, statistics.class_recall, statistics.class_precision):
        scores = by_class(stack)
        assert scores.shape == (4, 3, CLASSES)
        assert_allclose(scores[2, 1], by_class(stack[2, 1]))


def test_a_class_that_is_only_predicted_is_left_out_of_the_mean() -> None:
    confusion = statistics.confusion_matrix(np.array([0, 0]), np.array([0, 1]), 3)
    assert float(statistics.macro_f1(confusion)) == pytest.approx(2 / 3)


def test_no_utterance_has_no_score() -> None:
    empty = np.zeros((3, 3))
    assert all(np.isnan(measure.single_label(empty)) for measure in counting())
    assert np.isnan(
        statistics.expected_calibration_error(np.empty((0, 3)), np.empty(0, dtype=np.int64))
    )


def test_bins_are_open_below_but_for_a_probability_of_zero() -> None:
    edges = np.array([0.0, 1e-9, 0.1, 0.1 + 1e-9, 0.95, 1.0])
    assert statistics.bin_of(edges, 10).tolist() == [0, 0, 0, 1, 9, 9]


def test_calibration_error_of_known_cases() -> None:
    sure = np.array([[50.0, 0.0], [50.0, 0.0]])
    assert statistics.expected_calibration_error(sure, np.array([0, 0])) == pytest.approx(0)
    assert statistics.expected_calibration_error(sure, np.array([0, 1])) == pytest.approx(0.5)
    unsure = np.log([[0.7, 0.3], [0.7, 0.3]])
    assert statistics.expected_calibration_error(unsure, np.array([0, 0])) == pytest.approx(0.3)


@given(
    st.lists(st.lists(st.floats(-30, 30), min_size=3, max_size=3), min_size=1, max_size=40),
    st.randoms(),
)
def test_calibration_error_agrees_with_its_definition(
    rows: list[list[float]], random: object
) -> None:
    logits = np.array(rows)
    truth = np.array([random.randrange(3) for _ in rows])  # type: ignore[attr-defined]
    chances = statistics.probabilities(logits)
    confidence, right = chances.max(1), chances.argmax(1) == truth
    expected = 0.0
    for low in range(15):
        inside = (confidence * 15 > low) & (confidence * 15 <= low + 1)
        if inside.any():
            expected += abs(right[inside].mean() - confidence[inside].mean()) * inside.mean()
    assert statistics.expected_calibration_error(logits, truth) == pytest.approx(expected)


def test_probabilities_survive_huge_logits() -> None:
    chances = statistics.probabilities(np.array([[1e30, -1e30, 0.0]], dtype=np.float32))
    assert_allclose(chances, [[1.0, 0.0, 0.0]])
