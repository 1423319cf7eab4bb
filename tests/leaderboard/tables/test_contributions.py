"""What each modality contributes: as the authors claim it, and as it is measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard import render
from emobench.leaderboard.results.board import read_board
from emobench.leaderboard.results.comparison import contributions
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.statistics.measures import ranking_first
from emobench.leaderboard.tables.claims import NO_SHARE, contribution_table

from ..conftest import REGIMES, SUBSETS

SKILL = {"text": 2.0, "audio": 0.6, "vision": 1.2}
CLAIMED = {"text": 0.45, "audio": 0.3, "vision": 0.25}


def folder(writer: Callable[..., Any], made: Any, skill: dict[str, float], **changes: Any) -> Path:
    small = writer(subsets=SUBSETS, rates=(), n=400, seeds=3, regimes=REGIMES[:1], **changes)
    card = {
        "name": "net", "title": "net", "kind": "published",
        "inputs": {m: ["x"] for m in skill}, "claimed_contributions": CLAIMED,
    }  # fmt: skip
    small.grid(made("net", "published", skill), model_card=card)
    small.grid(made("other", "published", skill))
    return Path(small.root)


def test_shares_are_of_what_is_lost_without_each_modality(
    writer: Callable[..., Any], made: Any
) -> None:
    (section,) = read_board(Results(folder(writer, made, SKILL))).sections
    net = section.entry("net")
    assert net is not None
    found = {one.modality: one for one in contributions(section, net, "full", "macro_f1")}
    rows = section.rows["net"]
    full, without = (rows["full", name].score for name in ("full", "text+vision"))
    assert full is not None
    assert without is not None
    lost = full.values["macro_f1"] - without.values["macro_f1"]
    assert found["audio"].loss.value == pytest.approx(lost)
    shares = {m: one.share for m, one in found.items()}
    assert all(
        share is not None and share.low < share.value < share.high for share in shares.values()
    )
    assert sum(share.value for share in shares.values() if share) == pytest.approx(1.0)
    assert shares["text"] is not None
    assert shares["text"].value == max(share.value for share in shares.values() if share)


def test_the_page_shows_the_claim_beside_it(writer: Callable[..., Any], made: Any) -> None:
    root = folder(writer, made, SKILL)
    (section,) = read_board(Results(root)).sections
    table = contribution_table(section, section.regimes[0], ranking_first()[0])
    assert [(row.label, row.detail) for row in table.rows] == [("net", m) for m in CLAIMED]
    assert [row.cells[0].text for row in table.rows] == ["45 %", "30 %", "25 %"]
    assert not table.notes
    text = render(root).read_text()
    assert "What each modality contributes, claimed and measured" in text
    assert "loses when a model is tested without it" in text


def test_what_adds_up_to_chance_has_no_share(writer: Callable[..., Any], made: Any) -> None:
    (section,) = read_board(Results(folder(writer, made, dict.fromkeys(SKILL, 0.0)))).sections
    table = contribution_table(section, section.regimes[0], ranking_first()[0])
    assert [note for _, note in table.notes] == [NO_SHARE]
    assert {row.cells[1].text for row in table.rows} == {"–"}


def test_without_every_subset_nothing_is_measured(
    writer: Callable[..., Any], made: Any, stored: Path
) -> None:
    section = read_board(Results(stored)).sections[0]
    entry = section.entry("alpha_net")
    assert entry is not None
    assert contributions(section, entry, "full", "macro_f1") == []
    root = folder(writer, made, SKILL, dataset="elsewhere")
    for path in root.glob("cells/*/report.json"):
        path.unlink()
    assert "claimed and measured" not in render(root).read_text()
