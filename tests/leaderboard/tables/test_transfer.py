"""The matrix of who was trained where and tested where."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard.report.csv_table import csv_table
from emobench.leaderboard.report.html import page
from emobench.leaderboard.report.markdown import markdown
from emobench.leaderboard.report.sections import section_views
from emobench.leaderboard.results.board import Board, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.shared_corpora import (
    copies,
    not_shared,
    people,
    shared,
    voices,
)
from emobench.leaderboard.tables.transfer import TransferView, transfer_table, transfer_views

CARD = {"name": "cross", "title": "Elsewhere", "question": "What is left?", "show": "transfer"}


REGIMES = ({"name": "full", "description": "", "drop": 0.0},)
FACTS = {
    "source": "alpha", "target": "beta", "created": "2026", "classes": ["angry", "sad"],
    "tested": 90, "other_classes": 7, "trained_on": 2, "representations": {"text": ["tokens"]},
    "forms": {
        "text": [["transcript"], ["transcript"]], "vision": [["action_units"], ["frames"]],
        "audio": [["waveform"], []],
    },
    "speakers": ["ann", "bob"], "spoken": 45, "exact": {"text": 4}, "alike": {"text": 6},
}  # fmt: skip


def write(writer: Any, made: Any, own: str, other: str) -> Path:
    """One corpus with the other's test, and its own on the common classes."""
    names = (other, f"in_corpus[{other}]")
    here = writer(dataset=own, subsets=names, rates=(), regimes=REGIMES)
    conditions = [
        {"name": "full"},
        {"name": names[0], "corpus": other},
        {"name": names[1], "corpus": own, "classes": other},
    ]
    changes = {"conditions": conditions, "protocol": "cross", "protocol_card": CARD}
    for one in (made("net"), made("majority", "reference")):
        here.grid(one, summaries=[], **changes)
    here.json("transfers/one.json", FACTS)
    here.json("transfers/older.json", FACTS | {"created": "2025", "tested": 1})
    root: Path = here.root
    return root


@pytest.fixture
def root(writer: Any, made: Any) -> Path:
    write(writer, made, "alpha", "beta")
    return write(writer, made, "beta", "alpha")


@pytest.fixture
def board(root: Path) -> Board:
    return read_board(Results(root))


@pytest.fixture
def view(root: Path, board: Board) -> TransferView:
    (found,) = transfer_views(board.sections, Results(root).transfers())
    return found


def test_a_line_per_training_a_column_per_test_and_models_before_references(
    view: TransferView,
) -> None:
    assert [m[0].model for m in view.matrices] == ["net", "majority"]
    first = view.matrices[0][0]
    assert first.columns == ("alpha", "beta")
    assert [name for name, _ in first.rows] == ["alpha", "beta"]
    assert [[c.own for c in cells] for _, cells in first.rows] == [[True, False], [False, True]]


def test_a_cell_stands_beside_the_target_s_own_score_on_the_same_classes(
    view: TransferView, board: Board
) -> None:
    away = dict(view.matrices[0][0].rows)["alpha"][1]
    there = next(s for s in board.sections if s.dataset == "beta")
    score = there.rows["net"]["full", "in_corpus[alpha]"].score
    assert score is not None
    assert away.in_corpus == score.values["macro_f1"]
    assert away.loss is not None
    assert away.estimate is not None
    assert away.loss.value == pytest.approx(away.estimate.value - away.in_corpus)


def test_the_majority_row_has_the_majority_s_score(view: TransferView) -> None:
    for matrix in view.matrices[1]:
        for _, cells in matrix.rows:
            for cell in cells:
                assert cell.estimate is not None
                assert cell.majority == pytest.approx(cell.estimate.value)


def test_the_newest_facts_are_told_in_words(view: TransferView) -> None:
    (facts,) = view.transfers
    assert facts.tested == 90
    assert shared(facts) == "text: tokens"
    assert not_shared(facts) == "vision (frames there, action_units here), audio (absent)"
    assert people(facts) == "2 (ann, bob), who speak 50% of the test"
    assert copies(facts) == "text 4, 6 with those that are alike"


def test_page_and_markdown_show_the_matrix(root: Path, board: Board, view: TransferView) -> None:
    views = section_views(Results(root), board)
    html = page(board, views, [view])
    assert "tested on" in html
    assert "7 of other classes left out" in html
    assert "2 left out: trained on" in html
    text = markdown(board, views, [view])
    assert "| trained on | tested on alpha | tested on beta |" in text
    assert "in-corpus ." in text


def test_another_corpus_s_rows_have_no_lines_for_members_or_copies(
    root: Path, board: Board
) -> None:
    for line in csv.DictReader(io.StringIO(csv_table(board))):
        assert line["dataset"] in ("alpha", "beta")
    assert not any(s.elsewhere("full") for s in board.sections)
    assert all(s.elsewhere("beta") == (s.dataset == "alpha") for s in board.sections)


def test_a_protocol_that_asks_for_no_matrix_gets_none(root: Path, stored: Path) -> None:
    sections = read_board(Results(stored)).sections
    assert transfer_views(sections, Results(root).transfers()) == []


def test_a_cell_says_what_its_score_is_compared_with(view: TransferView) -> None:
    table = transfer_table(view.matrices[0][0])
    own, away = table.rows[0].cells
    assert own.kind == "own"
    assert own.details[0].startswith("own test, ")
    assert away.details[0].startswith("in-corpus .")
    assert "less in-corpus" in away.note


BY_SPEAKER = {"name": "by_speaker", "description": "", "drop": 0.0, "standardise": "speaker"}


def test_each_standardisation_is_a_line_held_against_its_own_kind(writer: Any, made: Any) -> None:
    for own, other in (("alpha", "beta"), ("beta", "alpha")):
        names = {"full": "source", other: "source", f"{other}[by corpus]": "corpus",
                 f"{other}[by speaker]": "speaker", f"in_corpus[{other}]": "source"}  # fmt: skip
        here = writer(
            dataset=own, subsets=tuple(names)[1:], rates=(), regimes=(*REGIMES, BY_SPEAKER)
        )
        conditions = [
            {
                "name": n, "standardise": way, "role": "in_corpus" if "in_" in n else "transfer",
                "corpus": own if "in_" in n else other, "classes": other if "in_" in n else None,
            }
            for n, way in names.items()
            if n != "full"
        ]  # fmt: skip
        conditions.insert(0, {"name": "full", "role": "real"})
        net = made("net", "own")
        asked = {
            "full": {"full", other, f"{other}[by corpus]", f"in_corpus[{other}]"},
            "by_speaker": {"full", f"{other}[by speaker]", f"in_corpus[{other}]"},
        }
        rows = [r for r in here.rows(net) if r["condition"] in asked[r["regime"]]]
        changes = {"conditions": conditions, "protocol": "cross", "protocol_card": CARD}
        here.grid(net, summaries=[], rows=rows, **changes)
        here.json("transfers/one.json", FACTS | {"voices": 24, "fewest": 3})
    sections = read_board(Results(here.root)).sections
    (found,) = transfer_views(sections, Results(here.root).transfers())
    lines = dict(found.matrices[0][0].rows)
    suffixes = ("", ", test standardised by corpus", ", standardised by speaker")
    assert list(lines) == [f"{c}{s}" for c in ("alpha", "beta") for s in suffixes]
    there = next(s for s in sections if s.dataset == "beta").rows["net"]
    for suffix, regime in zip(suffixes, ("full", "full", "by_speaker"), strict=True):
        score = there[regime, "in_corpus[alpha]"].score
        assert score is not None
        assert lines[f"alpha{suffix}"][1].in_corpus == score.values["macro_f1"]
        assert lines[f"alpha{suffix}"][1].note == ""
    assert lines["alpha, test standardised by corpus"][0].estimate is None
    regimes = [lines[f"alpha{s}"][1].estimate for s in suffixes]
    assert regimes[0] == regimes[1] != regimes[2], "predictions are made up by regime here"
    assert "transductive" in found.note
    (facts,) = found.transfers
    assert "24 tested speakers" in voices(facts)
    assert "3 recordings, which is very little" in voices(facts)


def test_without_another_standardisation_nothing_is_said_of_it(view: TransferView) -> None:
    assert view.note == ""
    assert voices(view.transfers[0]) == ""
