"""Differences between rows of one model: paired where the utterances are the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emobench.leaderboard.number_format import BLANK, signed
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.comparison import contrast, difference
from emobench.leaderboard.results.predictions import Predictions
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import Score, score_seeds
from emobench.leaderboard.statistics.measures import MEASURES
from emobench.leaderboard.tables.contrasts import FEW, UNPAIRED, contrast_table
from emobench.leaderboard.tables.score_table import TableRow
from emobench.store.records import Contrast

MEASURE = "macro_f1"
(MACRO,) = (m for m in MEASURES if m.name == MEASURE)
DROPOUT = Contrast(
    name="dropout",
    description="",
    first=("modality_dropout", "missing_0.5"),
    second=("full", "missing_0.5"),
)
VOICE = Contrast(name="voice", description="", first=("full", "audio"), second=("full", "full"))
FAILED = Contrast(name="words", description="", first=("full", "text"), second=("full", "full"))
NOWHERE = Contrast(
    name="gone", description="", first=("full", "audio"), second=("full", "no such row")
)


@pytest.fixture(scope="module")
def section(stored: Path) -> Section:
    return next(s for s in read_board(Results(stored)).sections if s.dataset == "simulated")


def with_contrasts(section: Section, *asked: Contrast) -> Section:
    return replace(section, contrasts=asked)


def line(lines: tuple[TableRow, ...], label: str, detail: str = "") -> TableRow:
    (found,) = (one for one in lines if (one.label, one.detail) == (label, detail))
    return found


def score(section: Section, label: str, place: tuple[str, str]) -> Score:
    entry = section.entry(label)
    assert entry is not None
    row = section.row(entry, *place)
    assert row is not None
    assert row.score is not None
    return row.score


def test_a_cell_is_the_paired_difference_of_its_two_rows(section: Section) -> None:
    table = contrast_table(with_contrasts(section, DROPOUT, VOICE), MACRO)
    assert [column.head for column in table.columns] == ["dropout", "voice"]
    for label in ("beta_net", "late_fusion"):
        for cell, one in zip(line(table.rows, label).cells, (DROPOUT, VOICE), strict=True):
            first, second = (score(section, label, place) for place in (one.first, one.second))
            wanted = difference(first, second, MEASURE)
            assert wanted is not None
            assert cell.value == wanted.value == first.values[MEASURE] - second.values[MEASURE]
            assert cell.text == signed(wanted.value)
            assert (cell.note, cell.mark) == ("", "")
    assert table.notes == ()


def test_what_has_no_score_is_blank_and_a_model_without_any_is_left_out(section: Section) -> None:
    table = contrast_table(with_contrasts(section, FAILED, VOICE), MACRO)
    # Of alpha_net's text one seed failed; text_only cannot be tested without text.
    words, voice = line(table.rows, "alpha_net").cells
    assert words.text == BLANK
    assert voice.value is not None
    labels = [one.label for one in table.rows]
    assert "text_only" in labels
    assert "audio_only" in labels
    none = contrast_table(with_contrasts(section, NOWHERE), MACRO)
    assert none.rows == ()


def test_many_contrasts_stand_one_below_the_other_with_both_scores(section: Section) -> None:
    many = [replace_name(DROPOUT, "dropout"), replace_name(VOICE, "voice"), FAILED, NOWHERE]
    many += [replace_name(VOICE, f"voice {i}") for i in range(FEW - 3)]
    assert len(many) == FEW + 1
    table = contrast_table(with_contrasts(section, *many), MACRO)
    assert [column.head for column in table.columns] == ["first", "second", "difference"]
    found = [one for one in table.rows if one.label == "beta_net"]
    assert len(found) == len(many) - 1  # all but the one that has no row
    first, second, gap = line(table.rows, "beta_net", "dropout").cells
    assert first.value == score(section, "beta_net", DROPOUT.first).values[MEASURE]
    assert second.value == score(section, "beta_net", DROPOUT.second).values[MEASURE]
    assert gap.value == pytest.approx(first.value - second.value)
    narrow = contrast_table(with_contrasts(section, DROPOUT), MACRO)
    assert line(narrow.rows, "beta_net").cells[0].text == gap.text


def replace_name(one: Contrast, name: str) -> Contrast:
    return replace(one, name=name)


def scored(hit: float, name: str, n: int = 400, first: int = 0) -> Score:
    """A made-up score whose test set starts at utterance `first`."""
    generator = np.random.default_rng([ord(name[0])])
    truth = np.random.default_rng(1).integers(0, 3, n)
    logits = generator.normal(0, 1, (n, 3)).astype(np.float32)
    logits[np.arange(n), truth] += 9.0 * (generator.random(n) < hit)
    ids = np.array([f"u{i:05d}" for i in range(first, first + n)])
    return score_seeds([Predictions(ids, truth, logits, {})], name)


def test_other_utterances_are_compared_unpaired_with_a_wider_interval() -> None:
    here, elsewhere = scored(0.9, "a"), scored(0.6, "b", first=7)
    paired = contrast(here, scored(0.6, "b"), MEASURE)
    apart = contrast(here, elsewhere, MEASURE)
    assert difference(here, elsewhere, MEASURE) is None
    assert paired is not None
    assert apart is not None
    assert apart.value == pytest.approx(here.values[MEASURE] - elsewhere.values[MEASURE])
    assert apart.low < apart.value < apart.high
    assert apart.low > 0  # .9 against .6 on 400 utterances can be told apart unpaired, too
    spread = np.hypot(*(one.replicates[MEASURE].std() for one in (here, elsewhere)))
    assert apart.high - apart.low == pytest.approx(2 * 1.96 * spread, rel=0.2)
    assert contrast(None, here, MEASURE) is None


def test_the_same_utterances_are_compared_paired() -> None:
    # The same decisions: paired, the difference is zero for certain; apart it would not be.
    same = contrast(scored(0.8, "a"), scored(0.8, "a"), MEASURE)
    assert same is not None
    assert (same.low, same.value, same.high) == (0, 0, 0)


def test_an_unpaired_cell_is_marked(section: Section) -> None:
    label, entry = "beta_net", section.entry("beta_net")
    assert entry is not None
    row = section.row(entry, *VOICE.second)
    assert row is not None
    elsewhere = replace(row, score=scored(0.5, "z", first=9))
    rows = {**section.rows, label: {**section.rows[label], VOICE.second: elsewhere}}
    other = replace(with_contrasts(section, VOICE), rows=rows)
    table = contrast_table(other, MACRO)
    (cell,) = line(table.rows, label).cells
    assert cell.note == UNPAIRED
    assert cell.mark
    assert table.notes == ((cell.mark, UNPAIRED),)
    (plain,) = line(table.rows, "late_fusion").cells
    assert plain.note == ""
