"""The majority class scores what scikit-learn says of a constant answer."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from emobench.leaderboard.statistics.majority import majority_scores
from emobench.leaderboard.statistics.multilabel_metrics import class_matrices


def expected(truth: np.ndarray, constant: np.ndarray) -> dict[str, float]:
    labels = np.unique(truth)
    zero = {"labels": labels, "zero_division": 0}
    return {
        "accuracy": metrics.accuracy_score(truth, constant),
        "macro_f1": metrics.f1_score(truth, constant, average="macro", **zero),
        "weighted_f1": metrics.f1_score(truth, constant, average="weighted", zero_division=0),
        "uar": metrics.recall_score(truth, constant, average="macro", **zero),
    }


@pytest.mark.parametrize("counts", [(5, 3, 2), (1, 9), (4, 0, 4), (7,), (0, 3, 0)])
def test_the_commonest_class_is_answered(counts: tuple[int, ...]) -> None:
    truth = np.repeat(np.arange(len(counts)), counts)
    constant = np.full(len(truth), np.argmax(counts))
    found = majority_scores(np.array(counts, float))
    wanted = expected(truth, constant)
    assert {name: found[name] for name in wanted} == pytest.approx(wanted)


@pytest.mark.parametrize("guess", range(4))
def test_another_answer_can_be_asked_for(guess: int) -> None:
    counts = (6, 3, 0, 2)
    truth = np.repeat(np.arange(4), counts)
    found = majority_scores(np.array(counts, float), guess)
    assert found == pytest.approx(expected(truth, np.full(len(truth), guess)))


@pytest.mark.parametrize("seed", range(5))
def test_of_several_labels_each_has_its_commonest_answer(seed: int) -> None:
    generator = np.random.default_rng(seed)
    truth = (generator.random((50, 3)) < [0.8, 0.4, 0.1]).astype(np.int64)
    constant = np.tile(truth.mean(axis=0) > 0.5, (50, 1)).astype(np.int64)
    matrices = class_matrices(truth, generator.integers(0, 2, size=(50, 3)))
    found = majority_scores(matrices.sum(axis=-1))
    wanted = metrics.f1_score(truth, constant, average="macro", zero_division=0)
    assert found["macro_f1"] == pytest.approx(wanted)
    assert found["accuracy"] == pytest.approx(1 - metrics.hamming_loss(truth, constant))
