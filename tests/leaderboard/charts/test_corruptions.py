"""The panels hold one kind of damage each, from undamaged to severity 5."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emobench.leaderboard.charts.corruptions import corruption_chart, severity_points
from emobench.leaderboard.charts.style import styles
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.reader import Results

KINDS = {0.1: "noise", 0.2: "noise", 0.3: "blur"}


@pytest.fixture
def section(writer: Callable[..., Any], made: Any) -> Section:
    """Stored results whose rates stand for damage: noise at 1 and 2, blur at 3."""
    store = writer(subsets=("text",), rates=tuple(KINDS))
    conditions = [
        c | ({"corruption": {"kind": KINDS[c["rate"]], "severity": round(10 * c["rate"])}}
             if c["rate"] in KINDS else {})
        for c in store.conditions
    ]  # fmt: skip
    store.grid(made("net", "own", {"text": 1.3}, failed=("missing_0.2",)), conditions=conditions)
    store.grid(made("majority", "reference"), conditions=conditions)
    [found] = read_board(Results(store.root)).sections
    return found


def test_each_kind_has_its_severities_beside_the_undamaged_score(section: Section) -> None:
    points = severity_points(section, section.regimes[0])
    assert list(points) == ["noise", "blur"]
    assert {label: list(p) for label, p in points["blur"].items()} == {
        "net": [0, 3],
        "majority": [0, 3],
    }
    # What failed is no point: a score over fewer seeds would not be the same model's.
    assert list(points["noise"]["net"]) == [0, 1]
    full = section.row(section.entries[0], "full", "full")
    assert full is not None
    assert full.score is not None
    label = section.entries[0].label
    assert points["blur"][label][0] == full.score.estimate("macro_f1")


def test_the_panels_are_drawn_alike_twice(section: Section, writer: Callable[..., Any]) -> None:
    board = read_board(Results(writer().root))
    looks = styles(board)
    text = corruption_chart(section, section.regimes[0], looks)
    assert text == corruption_chart(section, section.regimes[0], looks)
    assert ">noise</text>" in text
    assert ">blur</text>" in text


def test_without_damage_there_is_no_chart(writer: Callable[..., Any], made: Any) -> None:
    store = writer()
    store.grid(made("net", "own", {"text": 1.3}))
    board = read_board(Results(store.root))
    [section] = board.sections
    assert corruption_chart(section, section.regimes[0], styles(board)) == ""
