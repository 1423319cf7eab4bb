"""Differences that are tested together: how many are shown, and which is the largest."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.statistics.measures import RANKING
from emobench.leaderboard.tables.answers.changes import (
    Change,
    change_table,
    changes,
    contrast_pairs,
    counts_text,
)

from ...conftest import ALL, REGIMES, Made, Writer

CONTRASTS = [
    {"name": "lost", "description": "lost", "first": ["full", "full"],
     "second": ["full", "missing_0.5"]},
    {"name": "same", "description": "the same twice", "first": ["full", "full"],
     "second": ["full", "full"]},
]  # fmt: skip


@pytest.fixture(scope="module")
def section(tmp_path_factory: pytest.TempPathFactory) -> Section:
    root: Path = tmp_path_factory.mktemp("c")
    writer = Writer(root, n=240, subsets=(), regimes=REGIMES[:1])
    for name in ("one_net", "two_net", "majority"):
        kind = "reference" if name == "majority" else "published"
        writer.grid(Made(name, kind, {} if name == "majority" else dict.fromkeys(ALL, 2.0)),
                    contrasts=CONTRASTS)  # fmt: skip
    return read_board(Results(root)).sections[0]


@pytest.fixture(scope="module")
def found(section: Section) -> list[Change]:
    return changes(contrast_pairs(section))


def test_every_model_that_decides_has_every_difference(found: list[Change]) -> None:
    assert [(one.pair.name, one.label) for one in found] == [
        ("lost", "one_net"), ("lost", "two_net"), ("same", "one_net"), ("same", "two_net"),
    ]  # fmt: skip
    for one in found:
        values = (one.pair.first.values[RANKING], one.pair.second.values[RANKING])
        assert one.gap.value == pytest.approx(values[0] - values[1])


def test_nothing_is_shown_of_what_is_the_same(found: list[Change]) -> None:
    assert [(one.is_up, one.is_down) for one in found] == [(True, False)] * 2 + [(False, False)] * 2


def test_the_sentence_counts_what_is_shown_and_names_the_largest(found: list[Change]) -> None:
    text = counts_text(found, "differences", "be above zero", "be below zero")
    most = max(found[:2], key=lambda one: one.gap.value)
    assert text.startswith("**2 of 4 differences are shown to be above zero** (Holm over all 4")
    assert f"`lost`, {most.label}: " in text
    lost = counts_text(found, "tests", "fall", "rise", flipped=True)
    assert lost.startswith("**2 of 4 tests are shown to rise**")


def test_nothing_shown_is_an_answer(found: list[Change]) -> None:
    text = counts_text(found[2:], "differences", "be above zero", "be below zero")
    assert text.startswith(
        "**None of 2 differences is shown to be above zero or to be below zero**"
    )


def test_more_tests_together_make_each_harder(section: Section, found: list[Change]) -> None:
    alone = changes([found[0].pair])
    assert alone[0].tested.p_value <= found[0].tested.p_value
    assert alone[0].gap == found[0].gap


def test_a_row_for_each_name_with_its_largest_difference(found: list[Change]) -> None:
    table = change_table(found, "Difference", ("First", "Second", "Difference"))
    assert [(row.label, row.cells[0].text) for row in table.rows] == [
        ("lost", "2 of 2"), ("same", "0 of 2")
    ]  # fmt: skip
