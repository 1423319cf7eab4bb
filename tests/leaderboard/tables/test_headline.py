from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard import render
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.headline import (
    headline_table,
    overview_row,
    own_regime,
    own_standings,
    paper_notes,
    paper_text,
    standings,
)
from emobench.leaderboard.tables.score_table import TableRow

from ..conftest import REGIMES

FULL, DROPOUT = (regime["name"] for regime in REGIMES)


def card(name: str, *regimes: str, note: str = "", kind: str = "published") -> dict[str, Any]:
    return {
        "name": name, "title": name, "kind": kind, "inputs": {"text": ["tokens"]},
        "paper_regimes": regimes, "paper_regime_note": note,
    }  # fmt: skip


@pytest.fixture
def folder(writer: Callable[..., Any], made: Any) -> Path:
    """A paper with dropout, one without, one whose regime is not run, an own and a reference."""
    small = writer(subsets=(), rates=())
    cards = {
        "dropper": card("dropper", DROPOUT, note="Per batch in the paper."),
        "plain": card("plain", FULL),
        "apart": card("apart", "disjoint", FULL),
        "distant": card("distant", "disjoint"),
        "own": card("own", kind="own"),
        "late_fusion": card("late_fusion", kind="reference"),
    }
    for i, (name, told) in enumerate(cards.items()):
        skill = {"text": 1.0 + 0.1 * i}
        small.grid(made(name, told["kind"], skill), model_card=told)
    return Path(small.root)


@pytest.fixture
def section(folder: Path) -> Section:
    return read_board(Results(folder)).sections[0]


def column(section: Section, regime: int) -> dict[str, str]:
    table = headline_table(standings(section, section.regimes[regime]))
    place = [one.head for one in table.columns].index("Paper's regime")
    cells = {row.label: row.cells[place] for row in table.rows}
    return {
        name: cell.text or (cell.badge.text if cell.badge else "") for name, cell in cells.items()
    }


def test_a_row_under_the_regime_of_its_paper_is_marked(section: Section) -> None:
    assert column(section, 0) == {
        "dropper": DROPOUT, "plain": "this one", "apart": "this one", "distant": "disjoint",
        "own": "", "late_fusion": "",
    }  # fmt: skip
    assert column(section, 1) == {
        "dropper": "this one", "plain": FULL, "apart": FULL, "distant": "disjoint",
        "own": "", "late_fusion": "",
    }  # fmt: skip


def test_each_model_is_ranked_under_the_regime_of_its_paper(section: Section) -> None:
    found = own_standings(section)
    assert found is not None
    assert {one.entry.label: one.row.regime for one in found.rows} == {
        "dropper": DROPOUT, "plain": FULL, "apart": FULL, "own": FULL, "late_fusion": FULL,
    }  # fmt: skip
    ranked = [one.entry.label for one in found.rows if one.rank]
    assert sorted(ranked) == ["apart", "dropper", "own", "plain"]
    table = headline_table(found)
    assert [one.head for one in table.columns][:2] == ["Rank", "Regime"]


def test_the_page_says_which_rows_are_under_their_own_regime(
    folder: Path, section: Section
) -> None:
    assert paper_text(section) == (
        "Under the regime of their own papers: apart and plain in `full`; dropper in "
        "`modality_dropout`. Not run here under the regime of the paper: distant (`disjoint`)."
    )
    assert paper_notes(section) == ["**dropper**: Per batch in the paper."]
    page = render(folder)
    text = page.read_text()
    assert "Each model under the regime of its paper" in text
    assert (
        "<p>The paper's regime: <code>modality_dropout</code>. Per batch in the paper.</p>" in text
    )
    assert "| plain | 1" in page.with_name("leaderboard.md").read_text() or "this one" in text


def test_without_two_regimes_there_is_no_table_of_its_own(
    writer: Callable[..., Any], made: Any
) -> None:
    small = writer(subsets=(), rates=(), regimes=REGIMES[:1])
    small.grid(made("plain", "published", {"text": 1.0}), model_card=card("plain", FULL))
    small.grid(made("dropper", "published", {"text": 1.0}), model_card=card("dropper", DROPOUT))
    (section,) = read_board(Results(small.root)).sections
    assert own_standings(section) is None
    dropper = section.entry("dropper")
    assert dropper is not None
    assert own_regime(section, dropper) == ""
    assert "Not run here under the regime of the paper: dropper" in paper_text(section)


def test_old_cards_say_nothing(stored: Path) -> None:
    for section in read_board(Results(stored)).sections:
        assert paper_text(section) == ""
        assert paper_notes(section) == []
        assert own_standings(section) is None
        heads = [one.head for one in headline_table(standings(section, section.regimes[0])).columns]
        assert "Paper's regime" not in heads


def test_the_overview_names_the_best_reference_row_beside_the_best_model(section: Section) -> None:
    found = standings(section, section.regimes[0])
    row = overview_row(found, TableRow("simulated", "", ()))
    assert found.leader is not None
    assert row.cells[0].text == found.leader.entry.label
    assert row.cells[2].text == "late_fusion"
    assert row.cells[2].details == (f"{found.reference.estimate.value:.3f}".removeprefix("0"),)


def test_differences_stand_out_by_the_p_of_all_of_them(section: Section) -> None:
    found = standings(section, section.regimes[0])
    planned = [one.over_fusion for one in found.rows if one.over_fusion is not None]
    assert planned
    table = headline_table(found)
    place = [one.head for one in table.columns].index("over late_fusion")
    cells = [row.cells[place] for row in table.rows if row.cells[place].value is not None]
    assert len(cells) == len(planned)
    assert [bool(cell.kind) for cell in cells] == [one.is_shown for one in planned]
    assert all(" p " in cell.interval for cell in cells)


def test_the_table_says_what_it_can_tell_apart(section: Section, folder: Path) -> None:
    notes = [text for _, text in headline_table(standings(section, section.regimes[0])).notes]
    assert any(text.startswith("Ranks hold with 95% confidence for all 5 models") for text in notes)
    assert any(text.startswith("What this can tell apart") for text in notes)
    assert "What this can tell apart" in render(folder).read_text()
