"""Regimes that differ in several ways are named: no cause of a difference can be told then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.facts import facts
from emobench.store.records import Regime

FULL = Regime(name="full", description="")


@pytest.fixture(scope="module")
def section(stored: Path) -> Section:
    return next(s for s in read_board(Results(stored)).sections if s.dataset == "simulated")


def notes(section: Section, *others: dict[str, Any]) -> tuple[str, ...]:
    regimes = tuple(Regime(name=f"r{i}", description="", **how) for i, how in enumerate(others))
    return facts(replace(section, regimes=(FULL, *regimes))).regime_notes


@pytest.mark.parametrize(
    "how",
    [
        {}, {"drop": 0.3}, {"rate": 0.2}, {"present": ("text",)}, {"single": True},
        {"auxiliary": False}, {"fill": "learned"},
    ],
    ids=str,
)  # fmt: skip
def test_one_difference_is_a_cause(section: Section, how: dict[str, Any]) -> None:
    assert notes(section, how) == ()


def test_two_differences_are_named_with_what_they_are(section: Section) -> None:
    found = notes(section, {"drop": 0.3}, {"drop": 0.3, "fill": "learned"})
    assert found == (
        "r1 differs from full in 2 ways (modality dropout and what replaces a missing "
        "modality): a difference between them has no single cause.",
    )


def test_three_are_counted(section: Section) -> None:
    (note,) = notes(section, {"single": True, "auxiliary": False, "rate": 0.1})
    assert (
        "in 3 ways (the missing rate in training and one modality per training utterance and"
        in (note)
    )


def test_stored_regimes_that_differ_in_one_way_need_no_note(section: Section) -> None:
    assert len(section.regimes) == 2
    assert facts(section).regime_notes == ()
