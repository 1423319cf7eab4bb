"""The sentence that a section opens with: true to the ranks and the planned differences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.comparison import summarise
from emobench.leaderboard.results.comparisons.pooled_rows import leading_summary, pooled_row
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.statistics.measures import RANKING
from emobench.leaderboard.tables.answers.leaders import (
    apart_text,
    leader_text,
    listed,
    ranking_table,
)
from emobench.leaderboard.tables.headline import (
    Standings,
    interval_bars,
    overview_row,
    ranked,
    standings,
)
from emobench.leaderboard.tables.score_table import TableCell, TableRow

from ...conftest import ALL, REGIMES, Made, Writer


@pytest.fixture(scope="module")
def section(tmp_path_factory: pytest.TempPathFactory) -> Section:
    """A section with a clear best, a twin of it, one far below, references and broken rows."""
    writer = Writer(tmp_path_factory.mktemp("r"), n=240, subsets=(), regimes=REGIMES[:1])
    strong = dict.fromkeys(ALL, 2.4)
    for made in (
        Made("majority", "reference"),
        Made("late_fusion", "reference", dict.fromkeys(ALL, 1.2)),
        Made("strong_net", "published", strong),
        Made("strung_net", "published", strong),
        Made("weak_net", "published", {"text": 0.1}),
        Made("broken_net", "published", ALL, training_fails=("full",)),
        Made("half_net", "published", ALL, incomplete=("missing_0.2",)),
    ):
        writer.grid(made)
    return read_board(Results(writer.root)).sections[0]


@pytest.fixture(scope="module")
def pooled(section: Section) -> Standings:
    summary = leading_summary(section)
    assert summary is not None
    rows = {e.label: pooled_row(section, e, "full", summary) for e in section.entries}
    return ranked(section, section.regimes[0], summary.name, rows)


@pytest.mark.parametrize("over", ["full", "rates"])
def test_the_sentence_says_what_the_ranks_say(
    section: Section, pooled: Standings, over: str
) -> None:
    found = standings(section, section.regimes[0]) if over == "full" else pooled
    text = leader_text(found, "over the rates" if over == "rates" else "")
    leader = found.leader
    assert leader is not None
    assert text.startswith(f"**{leader.entry.label}** ")
    assert ("is shown to be the best" in text) == (found.tied == 1)
    assert ("not told apart" in text) == (found.tied > 1)
    assert "family-wise 95%" in text
    above = [
        one.entry.label for one in found.rows
        if one.rank and one.over_fusion and one.over_fusion.is_shown
        and one.over_fusion.gap.value > 0
    ]  # fmt: skip
    assert above
    assert f"**{listed(above)} are shown to be above late_fusion" in text
    n = sum(g is not None for one in found.rows for g in (one.over_single, one.over_fusion))
    assert f"Holm over {n} planned differences" in text
    assert "weak_net" not in text.split("shown to be above")[0]


def test_a_mean_over_conditions_is_that_of_the_summary(section: Section, pooled: Standings) -> None:
    summary = leading_summary(section)
    assert summary is not None
    known = 0
    for one in pooled.rows:
        told = summarise(section, one.entry, "full", summary, RANKING)
        assert (told is None) == (one.estimate is None), one.entry.label
        if told is not None and one.estimate is not None:
            known += 1
            assert (one.estimate.value, one.estimate.low, one.estimate.high) == pytest.approx(
                (told.value, told.low, told.high)
            )
    assert known == 5


def test_what_is_not_complete_has_a_reason_and_no_rank(pooled: Standings) -> None:
    by_label = {one.entry.label: one for one in pooled.rows}
    assert by_label["broken_net"].rank is None
    assert by_label["broken_net"].row.status == "failed"
    assert "loss diverged" in by_label["broken_net"].row.reason
    assert by_label["half_net"].rank is None
    assert by_label["half_net"].row.status == "incomplete"
    table = ranking_table(pooled, "mean over rates")
    badges = {row.label: [badge.text for badge in row.badges] for row in table.rows}
    assert "failed" in badges["broken_net"]
    assert "incomplete" in badges["half_net"]


def test_ranked_rows_come_before_what_they_are_held_against(pooled: Standings) -> None:
    table = ranking_table(pooled, "mean over rates")
    reference = [row.is_reference for row in table.rows]
    assert reference == sorted(reference)
    best = [row.label for row in table.rows if "best" in row.kind.split()]
    tied = [o.entry.label for o in pooled.rows if o.rank is not None and o.rank.tied_with_best]
    assert best == tied


def test_a_floor_does_not_squeeze_the_intervals(pooled: Standings) -> None:
    bars, scale = interval_bars(pooled)
    ranked_rows = [one for one in pooled.rows if one.rank and one.estimate]
    assert bars[ranked_rows[0].entry.label].high == pytest.approx(100)
    assert {one.entry.label for one in ranked_rows} <= set(bars)
    assert all(0 <= x <= 100 for bar in bars.values() for x in (bar.low, bar.value, bar.high))
    assert "–" in scale


def test_one_model_alone_is_not_called_the_best(writer: Callable[..., Any], made: Any) -> None:
    small = writer(subsets=(), rates=(), regimes=REGIMES[:1])
    small.grid(made("only_net", "published", ALL))
    section = read_board(Results(Path(small.root))).sections[0]
    text = leader_text(standings(section, section.regimes[0]))
    assert "is the only row here" in text
    assert "best" not in text
    assert "highest" not in text


def test_reference_rows_are_not_called_incomplete_models(
    writer: Callable[..., Any], made: Any
) -> None:
    small = writer(subsets=(), rates=(), regimes=REGIMES[:1])
    small.grid(made("late_fusion", "reference", ALL))
    section = read_board(Results(Path(small.root))).sections[0]
    alone = standings(section, section.regimes[0])
    assert leader_text(alone).startswith("Only reference rows were run; of these **late_fusion**")
    (_, *cells) = overview_row(alone, TableRow("", "", (TableCell(),))).cells
    assert cells[0].text == "only reference rows were run"
    small.grid(made("only_net", "published", ALL))
    section = read_board(Results(Path(small.root))).sections[0]
    text = leader_text(standings(section, section.regimes[0]))
    assert "it is the only model that is ranked, and the other rows are references" in text
    small.grid(made("half_net", "published", ALL, incomplete=("full",)))
    section = read_board(Results(Path(small.root))).sections[0]
    text = leader_text(standings(section, section.regimes[0]))
    assert "no other model is complete here" in text


def test_a_summary_that_is_no_mean_is_refused(section: Section) -> None:
    least = next(s for s in section.summaries if s.reduce == "min")
    with pytest.raises(ValueError, match="not a mean"):
        pooled_row(section, section.entries[0], "full", least)


def test_what_can_be_told_apart_is_said_in_short(pooled: Standings) -> None:
    found = pooled.resolution
    assert found is not None
    text = apart_text(found)
    assert f"{found.alone:.3f}".lstrip("0") in text
    assert "2 seeds" in text
    assert apart_text(None) == ""


def test_many_names_are_counted() -> None:
    assert listed(["a", "b"]) == "a and b"
    assert listed(list("abcdefg")) == "a, b, c and 4 more"
