from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from emobench.leaderboard.statistics.class_report import ReportLine, class_report
from emobench.leaderboard.statistics.metrics import confusion_matrix
from emobench.leaderboard.statistics.multilabel_metrics import class_matrices

NAMES = ("anger", "fear", "joy", "neutral")


def entry(line: ReportLine) -> dict[str, float | None]:
    return {
        "precision": line.precision, "recall": line.recall, "f1-score": line.f1,
        "support": line.support,
    }  # fmt: skip


def test_one_seed_is_what_scikit_learn_reports() -> None:
    generator = np.random.default_rng(0)
    truth, predicted = generator.integers(0, 4, 90), generator.integers(0, 3, 90)
    confusion = confusion_matrix(truth, predicted, 4)
    found = class_report(confusion[None], NAMES)
    expected = metrics.classification_report(
        truth, predicted, target_names=NAMES, output_dict=True, zero_division=0
    )
    for line in (*found.classes, *found.averages[1:]):
        assert entry(line) == pytest.approx(expected[line.name]), line.name
    assert found.averages[0] == ReportLine(
        "accuracy", None, None, pytest.approx(expected["accuracy"]), 90
    )
    assert found.classes[3].precision == 0.0  # never predicted


def test_several_labels_are_what_scikit_learn_reports() -> None:
    generator = np.random.default_rng(1)
    truth, predicted = generator.integers(0, 2, (2, 50, 4))
    found = class_report(class_matrices(truth, predicted)[None], NAMES)
    expected = metrics.classification_report(
        truth, predicted, target_names=NAMES, output_dict=True, zero_division=0
    )
    assert [line.name for line in found.averages] == ["micro avg", "macro avg", "weighted avg"]
    for line in (*found.classes, *found.averages):
        assert entry(line) == pytest.approx(expected[line.name]), line.name


def test_the_mean_over_seeds_and_not_the_score_of_the_sum() -> None:
    truth = np.array([0, 0, 1, 1])
    seeds = [confusion_matrix(truth, np.array(p), 2) for p in ([0, 0, 0, 0], [0, 1, 1, 1])]
    found = class_report(np.stack(seeds), ("a", "b"))
    assert found.classes[0].precision == pytest.approx((0.5 + 1.0) / 2)
    assert found.classes[0].recall == pytest.approx(0.75)
    assert found.averages[0].f1 == pytest.approx((0.5 + 0.75) / 2)


def test_a_class_that_is_never_true_is_left_out_of_the_macro_average() -> None:
    confusion = np.array([[[1.0, 1.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]]])
    found = class_report(confusion, ("a", "b", "c"))
    assert found.is_true == (True, True, False)
    assert found.averages[1].recall == pytest.approx((0.5 + 1.0) / 2)
