"""Test utterances that stand in train too: said, and a score without them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from emobench.leaderboard import render
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.facts import facts

WHOLE = 30


def with_copies(root: Path, *folds: dict[str, Any]) -> None:
    for path in root.glob("corpora/*.json"):
        record = json.loads(path.read_text()) | {"copies": list(folds)}
        path.write_text(json.dumps(record))


def fold(number: int, whole: list[str], tested: int = 90, **more: Any) -> dict[str, Any]:
    exact = {"text": len(whole) + 5, "audio": len(whole), "vision": len(whole)}
    alike = {"vision": len(whole) + 9, "text": len(whole) + 5}
    record = {"fold": number, "tested": tested, "exact": exact, "alike": alike, "whole": whole}
    return record | more


@pytest.fixture
def root(writer: Callable[..., Any], made: Any) -> Path:
    small = writer(subsets=("text",), rates=())
    small.grid(made("net", "own", {"text": 1.4, "audio": 1.0}))
    small.grid(made("majority", "reference"))
    return Path(small.root)


def only(root: Path) -> Section:
    (section,) = read_board(Results(root)).sections
    return section


def test_the_score_without_copies_is_that_of_the_other_utterances(root: Path) -> None:
    whole = [f"u0-{i:04d}" for i in range(WHOLE)]
    with_copies(root, fold(0, whole))
    section = only(root)
    row = section.rows["net"]["full", "full"]
    assert row.score is not None
    assert row.without_copies is not None
    assert (row.score.n_test, row.without_copies.n_test) == (90, 90 - WHOLE)
    entry = section.entry("net")
    assert entry is not None
    expected = []
    for slot in entry.slots:
        if (slot.regime, slot.condition) == ("full", "full"):
            table = pd.read_parquet(root / "cells" / str(slot.cell) / "predictions.parquet")
            rest = table[~table["id"].isin(whole)]
            guess = rest[[f"logit_{c}" for c in range(6)]].to_numpy().argmax(axis=1)
            truth = rest["label"]
            expected.append(
                f1_score(truth, guess, average="macro", labels=np.unique(truth), zero_division=0)
            )
    assert row.without_copies.values["macro_f1"] == pytest.approx(np.mean(expected))
    bounds = row.without_copies.estimate("macro_f1")
    assert bounds.low < bounds.value < bounds.high


def test_it_is_said_on_page_and_markdown_and_stands_in_the_csv(root: Path) -> None:
    with_copies(root, fold(0, [f"u0-{i:04d}" for i in range(WHOLE)]))
    page = render(root)
    said = "30 of 90 test utterances (33.3%) are in train too, exactly"
    details = (
        "exact copies by modality: text 35, audio 30, vision 30; with those that look or read "
        "alike: vision 39"
    )
    html, text = page.read_text(), page.with_name("leaderboard.md").read_text()
    for words in (said, details):
        assert words in html
        assert words in text
    assert ">Without copies</th>" in html
    assert "| Without copies |" in text
    table = pd.read_csv(page.with_name("leaderboard.csv"))
    rest = table[table["dataset"] == "simulated[without copies]"]
    assert len(rest) * 2 == len(table)
    assert set(rest["n_test"]) == {60}
    assert (rest["macro_f1_low"] <= rest["macro_f1"]).all()


def test_folds_are_added_up(writer: Callable[..., Any], made: Any) -> None:
    small = writer(folds=2, n=40, subsets=(), rates=())
    small.grid(made("majority", "reference"))
    with_copies(small.root, *(fold(f, [f"u{f}-0001"], tested=40) for f in (0, 1)))
    section = only(small.root)
    found = facts(section).copies
    assert found is not None
    assert (found.tested, found.whole, found.exact["text"], found.alike) == (
        80, 2, 12, {"vision": 20}
    )  # fmt: skip
    row = section.rows["majority"]["full", "full"]
    assert row.without_copies is not None
    assert row.without_copies.n_test == 78


def test_a_test_part_that_is_all_copies_leaves_no_score(root: Path) -> None:
    with_copies(root, fold(0, [f"u0-{i:04d}" for i in range(90)]))
    assert only(root).rows["net"]["full", "full"].without_copies is None
    table = pd.read_csv(render(root).with_name("leaderboard.csv"))
    rest = table[table["dataset"] == "simulated[without copies]"]
    assert set(rest["reason"]) == {"every test utterance stands in train too"}
    assert rest["macro_f1"].isna().all()


def test_words_alone_are_said_to_be_the_same_word_for_word(root: Path) -> None:
    with_copies(root, fold(0, ["u0-0000"], exact={"text": 1}, alike={"text": 1}))
    found = facts(only(root)).copies
    assert found is not None
    assert found.sentence == "1 of 90 test utterances (1.1%) is in train too, word for word"
    assert found.details == ""


@pytest.mark.parametrize("folds", [(), (fold(0, []),)])
def test_without_copies_nothing_is_said(root: Path, folds: tuple[Any, ...]) -> None:
    if folds:
        with_copies(root, *folds)
    page = render(root)
    for name in ("index.html", "leaderboard.md", "leaderboard.csv"):
        text = page.with_name(name).read_text()
        assert not [w for w in ("in train too", "ithout copies") if w in text]
