"""The matrix of who was trained where and tested where."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard import render_run
from emobench.leaderboard.number_format import plain
from emobench.leaderboard.report.csv_table import STANDARDISED, csv_table
from emobench.leaderboard.report.html import page
from emobench.leaderboard.report.markdown import markdown
from emobench.leaderboard.report.sections import section_views
from emobench.leaderboard.report.terminal.transfer_lines import transfer_lines
from emobench.leaderboard.results.board import Board, read_board
from emobench.leaderboard.results.comparison import gap
from emobench.leaderboard.results.comparisons.standardisations import OTHER_TEST
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.statistics.holm import adjusted
from emobench.leaderboard.tables.families.standardisations import TITLE
from emobench.leaderboard.tables.shared_corpora import (
    copied,
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
    assert copied([facts]) == view.caution
    assert "4 of 90 (4%) of " in view.caution
    assert copied([facts.model_copy(update={"exact": {}})]) == ""


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


def write_standardised(writer: Any, made: Any, *models: str) -> Path:
    """Two corpora with each other's test, by the statistics of source, corpus and speaker."""
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
        asked = {
            "full": {"full", other, f"{other}[by corpus]", f"in_corpus[{other}]"},
            "by_speaker": {"full", f"{other}[by speaker]", f"in_corpus[{other}]"},
        }
        changes = {"conditions": conditions, "protocol": "cross", "protocol_card": CARD}
        for net in (made(name, "own") for name in models):
            rows = [r for r in here.rows(net) if r["condition"] in asked[r["regime"]]]
            here.grid(net, summaries=[], rows=rows, **changes)
        here.json("transfers/one.json", FACTS | {"voices": 24, "fewest": 3})
    root: Path = here.root
    return root


def test_each_standardisation_is_a_line_held_against_its_own_kind(writer: Any, made: Any) -> None:
    root = write_standardised(writer, made, "net")
    sections = read_board(Results(root)).sections
    (found,) = transfer_views(sections, Results(root).transfers())
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
    assert view.gains == ()
    assert [title for title, _ in view.tables] == ["net", "majority"]
    assert transfer_lines([view]) == []
    assert voices(view.transfers[0]) == ""


def test_standardisations_are_subtracted_on_the_same_utterances_and_corrected_together(
    writer: Any, made: Any
) -> None:
    root = write_standardised(writer, made, "net", "mesh")
    sections = read_board(Results(root)).sections
    (view,) = transfer_views(sections, {})
    for measure, gains in view.gains:
        # Two models, two corpora: each tested on the other in three ways, on its own in two.
        assert Counter(one.way for one in gains) == {"corpus": 4, "speaker": 8}
        raw = []
        for one in gains:
            rows = one.section.rows[one.entry.label]
            base = one.section.headline if one.tested == one.section.dataset else one.tested
            first, second = one.row.score, rows["full", base].score
            told = gap(first, second, measure.name)
            assert told is not None
            assert one.planned is not None
            assert first is not None
            assert second is not None
            assert one.planned.gap == told.interval(-1, 1)
            values = first.values[measure.name], second.values[measure.name]
            assert one.planned.gap.value == pytest.approx(values[0] - values[1])
            assert one.trained_apart == (one.way == "speaker")
            raw.append(told.p_value)
        found = [one.planned.p_value for one in gains if one.planned]
        np.testing.assert_allclose(found, adjusted(np.array(raw)))
    # By corpus the predictions of these two rows are the same: no difference, and no chance in it.
    same = [one.planned for one in view.ranking_gains if one.way == "corpus"]
    assert all(p and (p.gap.low, p.gap.high, p.p_value) == (0, 0, 1) for p in same)


def test_page_markdown_csv_and_terminal_tell_the_same_difference(writer: Any, made: Any) -> None:
    root = write_standardised(writer, made, "net")
    page_path, lines, _ = render_run(root, "")
    html, text = page_path.read_text(), page_path.with_name("leaderboard.md").read_text()
    rows = [*csv.DictReader(page_path.with_name("leaderboard.csv").open())]
    (view,) = transfer_views(read_board(Results(root)).sections, {})
    assert TITLE in html
    assert f"### {TITLE}" in text
    for one in view.ranking_gains:
        assert one.planned is not None
        gain = one.planned.gap
        (row,) = (
            r
            for r in rows
            if (r["dataset"], r["regime"], r["condition"])
            == (one.section.dataset, one.row.regime, one.row.condition)
        )
        cells = [row[name] for name in STANDARDISED]
        assert cells == [*map(plain, (gain.value, gain.low, gain.high, one.planned.p_value))]
        printed = f"{numbers.signed(gain.value)} {numbers.signed_interval(gain)}"
        told = [line for line in lines if f"{one.section.dataset} → {one.tested}, by" in line]
        assert any(f"by {one.way} less by source  {printed}" in line for line in told)
        assert printed in text
    others = [r for r in rows if r["over_source"]]
    assert len(others) == len(view.ranking_gains)


def test_an_unfinished_row_has_a_reason_in_place_of_a_difference(writer: Any, made: Any) -> None:
    root = write_standardised(writer, made, "net")
    board = read_board(Results(root))
    rows = board.sections[0].rows["net"]
    assert isinstance(rows, dict)
    for key, row in rows.items():
        if key == ("by_speaker", "beta[by speaker]"):
            rows[key] = replace(row, status="incomplete", reason="1 of 2 seeds")
        if key == ("full", "beta[by corpus]"):
            assert row.score is not None
            rows[key] = replace(row, score=replace(row.score, test="another test"))
    (view,) = transfer_views(board.sections, {})
    doubts = {(g.way, g.doubt) for g in view.ranking_gains if g.planned is None}
    assert doubts == {("speaker", "incomplete: 1 of 2 seeds"), ("corpus", OTHER_TEST)}
    table = view.tables[-1][1][0]
    assert {note for mark, note in table.notes if mark} == {doubt for _, doubt in doubts}
    assert any("(incomplete: 1 of 2 seeds)" in line for line in transfer_lines([view]))
