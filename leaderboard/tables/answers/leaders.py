"""The ranking that a section opens with, and the sentence that says who leads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.pedigree.address import BEST_SINGLE, OVER, SUMMARY, address_of
from emobench.leaderboard.results.board import LATE_FUSION
from emobench.leaderboard.results.comparisons.families import PlannedContrast, Resolution
from emobench.leaderboard.results.comparisons.pooled_rows import PooledScore
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.measures import RANKING
from emobench.leaderboard.tables.families.cells import contrast_cell, rank_cell
from emobench.leaderboard.tables.headline import LEAK, Standing, Standings, interval_bars
from emobench.leaderboard.tables.score_table import (
    Column,
    ScoreTable,
    TableCell,
    TableRow,
    doubt_badges,
    estimate_cell,
    status_badges,
    with_id,
)
from emobench.wording import and_more, counted

MOST = 14
"""Rows of an opening ranking; a longer one goes on in the table with every measure."""
NAMED = 3
"""Models that a sentence names; it counts the rest."""

Extra = tuple[Column, Mapping[str, TableCell]]
"""A column of an opening ranking, and its cells by label."""


def ranking_table(found: Standings, score: str, extra: Sequence[Extra] = ()) -> ScoreTable:
    """Print ranks, scores with their intervals, and the difference to the late fusion.

    Parameters
    ----------
    found
        The standings.
    score
        Head of the column of scores.
    extra
        Further columns, before the difference.
    """
    bars, scale = interval_bars(found)
    reference = found.best_single if not _has_fusion(found) else LATE_FUSION
    columns = (
        Column("Rank", "Places that the model can hold, 95% sure for all models at once"),
        Column(score, "With its 95% interval", strong=True),
        Column(scale, f"The interval, drawn from {scale.replace('–', 'to')}", "bar"),
        *(column for column, _ in extra),
        Column(f"over {reference}", f"Less that of {reference}, paired; p after Holm"),
    )
    # The ranked rows first: reference rows are what they are held against.
    ordered = [one for one in found.rows if not one.entry.is_reference]
    shown = ordered[: MOST if len(ordered) > MOST + 2 else None]
    shown += [one for one in found.rows if one.entry.is_reference]
    rows = tuple(
        TableRow(
            one.entry.label,
            f"{one.entry.card.kind} {one.place}{_lead(one)}",
            (
                rank_cell(one.rank, one.place),
                _score_cell(found, one),
                TableCell(bar=bars.get(one.entry.label)),
                *(cells.get(one.entry.label, TableCell()) for _, cells in extra),
                _over_cell(found, one),
            ),
            badges=(
                *doubt_badges(one.entry),
                *status_badges(one.row),
                *((LEAK,) if one.beats_oracle else ()),
            ),
        )
        for one in shown
    )
    rest = len(ordered) - len(shown) + sum(one.entry.is_reference for one in shown)
    more = (("", f"{counted(rest, 'more row')} in the table with every measure."),) if rest else ()
    table = ScoreTable("Ranking", columns, rows, more, style="ranking", sortable=False)
    return table.without_blank_columns()


def gap_cell(planned: PlannedContrast | None) -> TableCell:
    """Print a difference with its p; its interval is in the table with every measure."""
    cell = contrast_cell(planned)
    if planned is None:
        return cell
    note = f"95% interval {numbers.signed_interval(planned.gap)}"
    return replace(cell, interval=numbers.p_value(planned.p_value), note=note)


def _score_cell(found: Standings, one: Standing) -> TableCell:
    """The score with its ID, which is that of the same number in the tables below."""
    if isinstance(one.row.score, PooledScore):
        place = (found.regime.name, f"{SUMMARY}{one.row.condition}")
    else:
        place = (one.row.regime, one.row.condition)
    return with_id(estimate_cell(one.estimate), address_of(one.entry, *place, RANKING))


def _over_cell(found: Standings, one: Standing) -> TableCell:
    """The difference to the reference; of means over conditions it has no ID."""
    fusion = _has_fusion(found)
    cell = gap_cell(one.over_fusion if fusion else one.over_single)
    if isinstance(one.row.score, PooledScore):
        return cell
    place = (found.regime.name, one.row.condition, RANKING)
    other = LATE_FUSION if fusion else BEST_SINGLE
    return with_id(cell, address_of(one.entry, *place, relation=OVER, other=other))


def _lead(one: Standing) -> str:
    return " best" if one.rank is not None and one.rank.is_contested_best else ""


def _has_fusion(found: Standings) -> bool:
    return any(one.over_fusion is not None for one in found.rows)


def leader_text(found: Standings, score: str = "", beside: str = "") -> str:
    """Say who scores highest, who is not told apart from it, and who beats the references.

    Parameters
    ----------
    found
        The standings.
    score
        What it scores, where that is not the macro-F1 of the main condition: "over all missing
        rates".
    beside
        A sentence part on the leader, put after its score.

    Returns
    -------
    str
        One sentence, inline Markdown. It names the procedure that holds for all rows at once.
    """
    leader = found.leader
    if leader is None:
        return _nobody(found)
    n = sum(one.rank is not None for one in found.rows)
    where = f" {score}" if score else ""
    name = f"**{leader.entry.label}**"
    number = f"{_number(leader.estimate)}{beside}"
    if n == 1:
        text = f"{name} scores {number}{where}{_alone(found)}"
    elif found.tied == 1:
        text = f"{name} is shown to be the best of {n} models{where}, {number} ({_pairs(n)})"
    else:
        text = f"{name} scores highest{where}, {number}, {_tied(found, leader, n)}"
    against = _against(found)
    return f"{text}; {against}." if against else f"{text}."


def _pairs(n: int) -> str:
    return "all pairs at once, family-wise 95%" if n > 2 else "at 95%"


def _nobody(found: Standings) -> str:
    other = found.reference
    if other is None:
        return "No model is complete here yet, so nothing is ranked."
    why = "No model beside the reference rows is complete here"
    if all(one.entry.is_reference for one in found.rows):
        why = "Only reference rows were run"
    return f"{why}; of these **{other.entry.label}** scores highest, {_number(other.estimate)}."


def _alone(found: Standings) -> str:
    """Say of what kind the other rows are, where one model alone has a place."""
    if len(found.rows) == 1:
        return " and is the only row here"
    if all(one.rank is not None or one.entry.is_reference for one in found.rows):
        return "; it is the only model that is ranked, and the other rows are references"
    return ", and no other model is complete here"


def _tied(found: Standings, leader: Standing, n: int) -> str:
    """Who may be the best as well."""
    others = [
        one.entry.label
        for one in found.rows
        if one is not leader and one.rank is not None and one.rank.tied_with_best
    ]
    who = listed(others) if len(others) < NAMED else f"{len(others)} others"
    if len(others) == n - 1 > 1:
        return f"but is not told apart from any of the other {n - 1} ({_pairs(n)})"
    return f"but is not told apart from {who} ({_pairs(n)})"


def _against(found: Standings) -> str:
    """Say which models are shown to be above the late fusion, else above the best single row."""
    name = LATE_FUSION if _has_fusion(found) else found.best_single
    planned = [
        (one.entry.label, gap)
        for one in found.rows
        if one.rank is not None
        and (gap := one.over_fusion if name == LATE_FUSION else one.over_single) is not None
    ]
    if not planned:
        return ""
    reference = next(one for one in found.rows if one.entry.label == name)
    value = f"{name} ({numbers.score(reference.estimate.value if reference.estimate else None)})"
    above = [label for label, gap in planned if gap.is_shown and gap.gap.value > 0]
    below = [label for label, gap in planned if gap.is_shown and gap.gap.value < 0]
    every = sum(gap is not None for one in found.rows for gap in (one.over_single, one.over_fusion))
    word = found.difference
    holm = f"Holm over {every} {word}s" if every > 1 else f"one {word}"
    n = len(planned)
    if above:
        return f"**{listed(above)} {_is(above)} shown to be above {value}** ({holm})"
    if n == 1:
        shown = "is shown to be below" if below else "is not shown to be above"
        return f"**it {shown} {value}** ({holm})"
    if len(below) == n:
        return f"**all {n} are shown to be below {value}** ({holm})"
    worse = f", {len(below)} {_is(below)} shown to be below it" if below else ""
    return f"**none of {n} is shown to be above {value}**{worse} ({holm})"


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def listed(names: Sequence[str], most: int = NAMED) -> str:
    """Join names with commas and an "and", counting those beyond `most`."""
    if len(names) > most + 1:
        return and_more(names, most)
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _number(estimate: Estimate | None) -> str:
    if estimate is None:
        return numbers.BLANK
    return f"{numbers.score(estimate.value)} {numbers.interval(estimate)}"


def apart_text(found: Resolution | None) -> str:
    """Say in a short sentence what differences a ranking can tell apart; "" where unknown."""
    if found is None:
        return ""
    least, most = found.seeds
    seeds = counted(most, "seed") if least == most else f"{least} to {most} seeds"
    sizes = counted(found.n_units, found.unit) + (f" and {seeds}" if most else "")
    if found.alone >= 1:
        return f"With {sizes} no difference at all is found with 80% power."
    parts = f"a true difference of **{numbers.score(found.alone)}** between two models is found"
    if found.ranked is not None and found.ranked < 1:
        parts += f" (one of **{numbers.score(found.ranked)}** in the ranks, all pairs at once)"
    one = " With one seed nobody knows what another training would change." if least == 1 else ""
    return f"With {sizes} {parts} with 80% power.{one}"
