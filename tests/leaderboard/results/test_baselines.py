from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from emobench.leaderboard.results.baselines import majority_macro_f1
from emobench.leaderboard.statistics.metrics import confusion_matrix
from emobench.leaderboard.statistics.multilabel_metrics import class_matrices


@pytest.mark.parametrize("seed", range(5))
def test_the_commonest_class_scores_what_scikit_learn_says(seed):
    generator = np.random.default_rng(seed)
    truth = generator.choice(4, size=50, p=[0.5, 0.3, 0.2, 0.0])
    guesses = generator.integers(0, 4, size=50)
    constant = np.full(50, np.bincount(truth).argmax())
    expected = f1_score(truth, constant, average="macro", labels=np.unique(truth), zero_division=0)
    assert majority_macro_f1(confusion_matrix(truth, guesses, 4)) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_of_several_labels_each_has_its_commonest_answer(seed):
    generator = np.random.default_rng(seed)
    truth = (generator.random((50, 3)) < [0.8, 0.4, 0.1]).astype(np.int64)
    constant = np.tile(truth.mean(axis=0) > 0.5, (50, 1)).astype(np.int64)
    expected = f1_score(truth, constant, average="macro", zero_division=0)
    matrices = class_matrices(truth, generator.integers(0, 2, size=(50, 3)))
    assert majority_macro_f1(matrices) == pytest.approx(expected)
