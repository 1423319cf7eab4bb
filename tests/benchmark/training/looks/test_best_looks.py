"""What a training that watches the test part keeps: the best look for each measure, no other."""

from __future__ import annotations

import numpy as np
import pytest

from emobench import ModelError
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.metrics import confusion_matrix
from emobench.leaderboard.statistics.multilabel_metrics import class_matrices
from emobench.training.looks.best_looks import WATCHED, BestLooks

TRUTH = np.array([0] * 8 + [1, 2])
NAMES = {f"u{i}#2": f"u{i}" for i in range(10)}
ALL_FIRST = np.zeros(10, dtype=int)
"""Accuracy .8, macro-F1 .296."""
RARE_RIGHT = np.array([0] * 4 + [1] * 2 + [2] * 2 + [1, 2])
"""Accuracy .6, macro-F1 .556."""


def keeper(*looks: np.ndarray, stages: str = "") -> BestLooks:
    found = BestLooks(NAMES)
    for guess, stage in zip(looks, stages or " " * len(looks), strict=True):
        found.see(list(NAMES), np.eye(3)[guess], TRUTH, guess)
        found.look(stage)
    return found


def kept(looks: BestLooks, measure: str) -> list[int]:
    table = looks.table()
    assert table["id"].tolist() == [f"u{i}" for i in range(10)]
    logits = table[[f"look_{measure}_logit_{c}" for c in range(3)]].to_numpy()
    return [int(c) for c in logits.argmax(axis=1)]


def test_each_measure_has_its_own_best_look() -> None:
    looks = keeper(ALL_FIRST, RARE_RIGHT, np.full(10, 2))
    assert kept(looks, "accuracy") == ALL_FIRST.tolist()
    assert kept(looks, "macro_f1") == kept(looks, "uar") == RARE_RIGHT.tolist()


def test_what_was_seen_between_looks_is_not_kept() -> None:
    looks = keeper(ALL_FIRST)
    looks.see(list(NAMES), np.eye(3)[TRUTH], TRUTH, TRUTH)
    assert kept(looks, "accuracy") == ALL_FIRST.tolist()


def test_the_last_stage_counts() -> None:
    assert kept(keeper(TRUTH, RARE_RIGHT, ALL_FIRST, stages="abb"), "accuracy") == [0] * 10


def test_without_a_look_there_is_nothing_to_report() -> None:
    with pytest.raises(ModelError, match="never looked"):
        BestLooks(NAMES).table()


@pytest.mark.parametrize("several", [False, True])
def test_the_scores_are_those_of_the_leaderboard(several: bool) -> None:
    random = np.random.default_rng(1)
    assert set(WATCHED) == {m.name for m in measures.counting()}
    for _ in range(20):
        shape = (30, 4) if several else (30,)
        truth, guess = (random.integers(0, 2 if several else 4, shape) for _ in range(2))
        matrix = class_matrices(truth, guess) if several else confusion_matrix(truth, guess, 4)
        for measure in measures.counting():
            expected = float(measure.of(matrix, several))
            assert WATCHED[measure.name](truth, guess) == pytest.approx(expected), measure.name
