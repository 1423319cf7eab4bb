"""A joint corpus: every member apart, and only what a condition leaves of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score

from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.comparison import relative, summarise
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import NOTHING_MISSING, NOTHING_SHOWN, ScoreRow
from emobench.leaderboard.statistics.measures import MEASURES
from emobench.leaderboard.tables.members import OWN_MAJORITY, member_table, own_majority

HAS = ("words", "films")
REGIME = ({"name": "full", "description": "", "drop": 0.0},)


@pytest.fixture(scope="module")
def page(joint_page: Path) -> Path:
    return joint_page


@pytest.fixture(scope="module")
def section(page: Path) -> Section:
    (found,) = read_board(Results(page.parents[1])).sections
    return found


def predictions(section: Section, page: Path, condition: str) -> list[pd.DataFrame]:
    """The predictions behind one row of `net`, one table per seed."""
    entry = section.entry("net")
    assert entry is not None
    cells = [s.cell for s in entry.slots if (s.regime, s.condition) == ("full", condition)]
    cells_folder = page.parents[1] / "cells"
    return [pd.read_parquet(cells_folder / str(c) / "predictions.parquet") for c in cells]


def row(section: Section, condition: str) -> ScoreRow:
    return section.rows["net"]["full", condition]


@pytest.mark.parametrize("name", ["pooled", *HAS])
@pytest.mark.parametrize("condition", ["full", "text+vision", "missing_0.2"])
def test_scores_are_those_of_the_rows_that_show_anything(
    section: Section, page: Path, condition: str, name: str
) -> None:
    found = row(section, condition)
    score = found.score if name == "pooled" else found.members[name]
    assert score is not None
    expected = []
    for table in predictions(section, page, condition):
        shown = table[[f"present_{m}" for m in ("text", "audio", "vision")]].any(axis=1)
        rows = table[shown & ((table["corpus"] == name) | (name == "pooled"))]
        guess = rows[[f"logit_{c}" for c in range(6)]].to_numpy().argmax(axis=1)
        truth = rows["label"]
        macro = f1_score(truth, guess, average="macro", labels=np.unique(truth), zero_division=0)
        expected.append((len(rows), accuracy_score(truth, guess), macro))
    n, accuracy, macro = np.mean(expected, axis=0)
    assert score.n_test == n
    assert score.values["accuracy"] == pytest.approx(accuracy)
    assert score.values["macro_f1"] == pytest.approx(macro)
    bounds = score.estimate("macro_f1")
    assert bounds.low <= score.values["macro_f1"] <= bounds.high


def test_a_member_of_which_a_condition_leaves_nothing_has_no_score(section: Section) -> None:
    found = row(section, "text")
    assert found.members["films"] is None
    assert found.members["words"] is not None
    assert found.score is not None
    # What is left is one member alone: the pooled figure is its figure, interval and all.
    assert found.score.test == found.members["words"].test
    assert found.score.estimate("macro_f1") == found.members["words"].estimate("macro_f1")


def test_conditions_on_other_utterances_are_not_compared(section: Section) -> None:
    entry = section.entry("net")
    assert entry is not None
    assert relative(section, entry, "full", "text", "macro_f1") is None
    assert relative(section, entry, "full", "text+vision", "macro_f1") is not None
    summaries = {s.name: s for s in section.summaries}
    assert summarise(section, entry, "full", summaries["worst subset"], "macro_f1") is None


def test_rates_that_erase_nothing_are_not_shown_as_robustness(
    writer: Callable[..., Any], made: Any, make_joint: Any
) -> None:
    written = writer(subsets=(), rates=(0.2,), seeds=1, regimes=REGIME)
    written.grid(made("net", "own", {"text": 1.0}))
    make_joint(written.root, rates=False)
    (section,) = read_board(Results(written.root)).sections
    assert (row(section, "missing_0.2").status, row(section, "full").status) == ("skipped", "done")
    assert row(section, "missing_0.2").reason == NOTHING_MISSING
    assert row(section, "missing_0.2").score is None


def test_a_condition_that_leaves_nothing_at_all_is_skipped(
    writer: Callable[..., Any], made: Any, make_joint: Any
) -> None:
    written = writer(subsets=("text",), rates=(), seeds=1, regimes=REGIME)
    written.grid(made("net", "own", {"text": 1.0}))
    make_joint(written.root)
    for path in written.root.glob("cells/*/predictions.parquet"):
        table = pd.read_parquet(path)
        if not table["present_audio"].any():
            table.assign(present_text=False).to_parquet(path)
    (section,) = read_board(Results(written.root)).sections
    assert (row(section, "text").status, row(section, "text").reason) == ("skipped", NOTHING_SHOWN)


@pytest.mark.parametrize("name", HAS)
def test_the_own_majority_answers_with_the_members_commonest_class(
    section: Section, page: Path, name: str
) -> None:
    assert section.corpus is not None
    table = predictions(section, page, "full")[0]
    truth = table["label"][table["corpus"] == name].to_numpy()
    guess = np.full(len(truth), 3)
    for measure, expected in (
        ("accuracy", accuracy_score(truth, guess)),
        ("macro_f1", f1_score(truth, guess, average="macro", labels=np.unique(truth))),
    ):
        assert own_majority(section.corpus, name)[measure] == pytest.approx(expected)


def test_the_table_has_the_members_beside_the_pooled_figure(section: Section) -> None:
    table = member_table(section, section.regimes[0], MEASURES[0])
    assert [column.head for column in table.columns] == [
        "pooled",
        "words (n = 55)",
        "films (n = 35)",
    ]
    assert [line.label for line in table.rows] == ["net", "majority", OWN_MAJORITY]
    found = row(section, "full")
    scores = [found.score, found.members["words"], found.members["films"]]
    values = [score.values["accuracy"] for score in scores if score is not None]
    assert [cell.value for cell in table.rows[0].cells] == values
    assert values[0] == pytest.approx((55 * values[1] + 35 * values[2]) / 90)


def test_the_csv_has_a_line_per_member(page: Path) -> None:
    table = pd.read_csv(page.with_name("leaderboard.csv"))
    net = table[(table["model"] == "net") & (table["regime"] == "full")]
    assert Counter(net["dataset"]) == dict.fromkeys(
        ("simulated", "simulated[words]", "simulated[films]"), 5
    )
    full = net[net["condition"] == "full"].set_index("dataset")["n_test"].to_dict()
    assert full == {"simulated": 90, "simulated[words]": 55, "simulated[films]": 35}
    text = net[net["condition"] == "text"].set_index("dataset")
    assert text.loc["simulated[films]", ["status", "reason"]].tolist() == ["skipped", NOTHING_SHOWN]
    assert text.loc["simulated[films]", ["accuracy", "n_test"]].isna().all()
    assert text.loc["simulated", "n_test"] == 55


def test_page_and_markdown_show_each_corpus_apart(page: Path) -> None:
    html, text = page.read_text(), page.with_name("leaderboard.md").read_text()
    assert "Each corpus apart" in html
    _, _, apart = text.partition("### Each corpus apart")
    assert apart.index("Macro-F1:") < apart.index("Accuracy:")
    for words in ("words (n = 55)", "films (n = 35)", OWN_MAJORITY):
        assert words.replace("'", "&#39;") in html
        assert words in text
    flat = " ".join(html.split())
    assert (
        "keep at least one of its modalities: <code>text</code> 55, <code>audio</code> 35" in flat
    )


def test_an_ordinary_corpus_has_no_such_table(stored: Path) -> None:
    section = next(s for s in read_board(Results(stored)).sections if s.dataset == "simulated")
    assert member_table(section, section.regimes[0], MEASURES[0]).columns == ()
