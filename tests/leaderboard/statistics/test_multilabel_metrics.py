from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from sklearn import metrics

from emobench.leaderboard.statistics.bootstrap import bootstrap, seed_weights, unit_weights
from emobench.leaderboard.statistics.measures import counting
from emobench.leaderboard.statistics.multilabel_metrics import (
    binary_calibration_error,
    class_matrices,
    label_f1,
    label_precision,
    label_recall,
)
from emobench.leaderboard.statistics.units import count_by_unit, units_of

CLASSES = 4
ANSWERS = st.integers(1, 30).flatmap(
    lambda n: st.tuples(*[arrays(np.int64, (n, CLASSES), elements=st.integers(0, 1))] * 2)
)


@given(ANSWERS)
def test_measures_agree_with_scikit_learn(answers: tuple[np.ndarray, np.ndarray]) -> None:
    truth, predicted = answers
    matrices = class_matrices(truth, predicted)
    assert_allclose(matrices, metrics.multilabel_confusion_matrix(truth, predicted))
    f1 = metrics.f1_score(truth, predicted, average=None, zero_division=0)
    assert_allclose(label_f1(matrices), f1)
    recall = metrics.recall_score(truth, predicted, average=None, zero_division=0)
    assert_allclose(label_recall(matrices), recall)
    precision = metrics.precision_score(truth, predicted, average=None, zero_division=0)
    assert_allclose(label_precision(matrices), precision)
    found = {m.name: float(m.multi_label(matrices)) for m in counting()}
    assert found["accuracy"] == pytest.approx(1 - metrics.hamming_loss(truth, predicted))
    occurring = truth.any(axis=0)
    if occurring.any():
        assert found["macro_f1"] == pytest.approx(f1[occurring].mean())
        weighted = metrics.f1_score(truth, predicted, average="weighted", zero_division=0)
        assert found["weighted_f1"] == pytest.approx(weighted)
    both = [c for c in range(CLASSES) if 0 < truth[:, c].sum() < len(truth)]
    if both:
        balanced = [metrics.balanced_accuracy_score(truth[:, c], predicted[:, c]) for c in both]
        assert found["uar"] == pytest.approx(np.mean(balanced))


def test_measures_take_leading_axes() -> None:
    stack = np.random.default_rng(0).integers(0, 9, (4, 3, CLASSES, 2, 2)).astype(float)
    stack[..., 0, 1, :] = 0  # a class that never holds
    for measure in counting():
        scores = measure.multi_label(stack)
        assert scores.shape == (4, 3)
        assert scores[2, 1] == pytest.approx(float(measure.multi_label(stack[2, 1])))
    for by_class in (label_f1, label_recall, label_precision):
        assert by_class(stack).shape == (4, 3, CLASSES)
        assert_allclose(by_class(stack)[2, 1], by_class(stack[2, 1]))


def test_recall_of_yes_and_no_is_over_classes_of_which_both_occur() -> None:
    truth = np.array([[1, 1, 0], [0, 1, 0], [1, 1, 0], [0, 1, 0]])
    said = np.array([[1, 0, 1], [0, 0, 1], [0, 1, 1], [0, 1, 1]])
    (uar,) = (m for m in counting() if m.name == "uar")
    assert float(uar.multi_label(class_matrices(truth, said))) == 0.75


def test_replicates_are_the_scores_of_resampled_utterances() -> None:
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 2, (50, CLASSES))
    predicted = generator.integers(0, 2, (2, 50, CLASSES))
    units = units_of([f"u{i:02d}" for i in range(50)], {})
    found = bootstrap(count_by_unit(truth, predicted, CLASSES, units), "model")
    again = np.repeat(np.arange(50), unit_weights(units.key, 50)[:, 7].astype(int))
    shares = seed_weights("model", 2)[7]
    for measure in counting():
        each = [
            float(measure.multi_label(class_matrices(truth[again], p[again]))) for p in predicted
        ]
        assert found[measure.name][7] == pytest.approx(np.dot(shares, each)), measure.name


def test_calibration_is_the_mean_over_classes() -> None:
    logits = np.array([[10.0, -10.0]] * 4)
    truth = np.array([[1, 0], [1, 0], [1, 1], [1, 1]])
    assert binary_calibration_error(logits, truth) == pytest.approx(0.25, abs=1e-3)
