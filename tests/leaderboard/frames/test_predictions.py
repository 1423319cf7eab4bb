"""Stored predictions as tables, against what the page and scikit-learn say of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from emobench.errors import RequestError
from emobench.leaderboard.frames.predictions import (
    confusion_frame,
    prediction_frame,
    report_frame,
)
from emobench.leaderboard.results.board import read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.stored_rows import RowChoice

from ..conftest import CLASSES


@pytest.mark.parametrize("condition", [None, "text"])
def test_a_confusion_matrix_is_that_of_the_page(stored: Path, condition: str | None) -> None:
    choice = RowChoice("late_fusion", "simulated", condition=condition)
    found = confusion_frame(stored, choice)
    sections = read_board(Results(stored), ["late_fusion"]).sections
    (section,) = (s for s in sections if s.dataset == "simulated")
    row = section.rows["late_fusion"]["full", condition or "full"]
    assert row.score is not None
    assert (found.to_numpy() == row.score.confusion).all()
    assert (*found.index,) == (*found.columns,) == CLASSES


def test_it_counts_the_predictions_of_all_folds_and_of_one_seed(stored: Path) -> None:
    choice = RowChoice("alpha_net", "folded", regime="full")
    rows = prediction_frame(stored, choice)
    assert set(rows["fold"]) == {0, 1, 2}
    assert set(rows["seed"]) == {0, 1}
    assert len(rows) == 2 * 120
    every = []
    for seed, group in rows.groupby("seed"):
        counts = confusion_matrix(group["truth"], group["predicted"], labels=CLASSES)
        assert (confusion_frame(stored, choice, int(str(seed))).to_numpy() == counts).all()
        every.append(counts)
    assert (confusion_frame(stored, choice).to_numpy() == np.mean(every, axis=0)).all()


def test_what_is_predicted_follows_from_the_logits(stored: Path) -> None:
    rows = prediction_frame(stored, RowChoice("alpha_net", "simulated"), seed=0)
    assert set(rows["regime"]) == {"full", "modality_dropout"}
    assert set(rows["condition"]) == {"full"}
    logits = rows[[f"logit_{name}" for name in CLASSES]].to_numpy(np.float64)
    chances = rows[[f"p_{name}" for name in CLASSES]].to_numpy()
    powers = np.exp(logits)
    assert chances == pytest.approx(powers / powers.sum(axis=1, keepdims=True))
    assert (np.array(CLASSES)[logits.argmax(axis=1)] == rows["predicted"]).all()


def test_a_report_is_scikit_learns(stored: Path) -> None:
    choice = RowChoice("alpha_net", "folded", regime="full")
    rows = prediction_frame(stored, choice, seed=1)
    expected = precision_recall_fscore_support(
        rows["truth"], rows["predicted"], labels=CLASSES, zero_division=0
    )
    found = report_frame(stored, choice, seed=1).set_index("class").loc[list(CLASSES)]
    for column, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert found[column].to_numpy(float) == pytest.approx(values)


def test_of_several_corpora_one_is_named(stored: Path) -> None:
    with pytest.raises(RequestError, match=r"is in several settings: .*folded.*Name one with"):
        confusion_frame(stored, RowChoice("alpha_net"))
    (setting,) = {("folded", "controlled", "missing_modality")}
    found = confusion_frame(stored, RowChoice("alpha_net"), settings={setting})
    assert found.equals(confusion_frame(stored, RowChoice("alpha_net", "folded")))
    elsewhere = ("words", "controlled", "missing_modality")
    for of in (confusion_frame, prediction_frame, report_frame):
        with pytest.raises(RequestError, match="not in what was asked for here"):
            of(stored, RowChoice("alpha_net"), settings={elsewhere})
    with pytest.raises(RequestError, match="does not have all its predictions"):
        confusion_frame(stored, RowChoice("alpha_net", "folded"), seed=7)
    with pytest.raises(RequestError, match="Unknown stored condition"):
        prediction_frame(stored, RowChoice("alpha_net", condition="ful"))
