"""Who is ahead with 1, 2, 4, … trials: the expected best dev score as a table and in words."""

from __future__ import annotations

from collections.abc import Sequence

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.searches.contest import Contest
from emobench.leaderboard.results.searches.curves import Curve, Lead, counts, leads
from emobench.leaderboard.tables.score_table import (
    Badge,
    Column,
    ScoreTable,
    TableCell,
    TableRow,
    estimate_cell,
)
from emobench.wording import counted

ROUNDING = 1e-9
AHEAD = Badge("ahead", "best", "The highest of this column")


def expected_table(contest: Contest, found: Sequence[Curve]) -> ScoreTable:
    """Print the expected best dev macro-F1 of every model at 1, 2, 4, … trials.

    `found` are the curves of the contest.
    """
    ahead = {lead.trials: lead for lead in leads(found, contest.search.trials)}
    columns = tuple(Column(counted(n, "trial"), _meaning(n)) for n in counts(contest.search.trials))
    kinds = {one.entry.label: one.entry.card.kind for one in contest.rows}
    rows = tuple(
        TableRow(
            curve.default_label,
            kinds[curve.label],
            tuple(_cell(curve, lead) for lead in ahead.values()),
        )
        for curve in found
    )
    said = lead_sentence(contest, found)
    return ScoreTable(contest.title, columns, rows, (("", said),) if said else ())


def lead_sentence(contest: Contest, found: Sequence[Curve]) -> str:
    """Say who is ahead at each number of trials; "" where fewer than two models have a curve."""
    if len(found) < 2:
        return ""
    known = leads(found, contest.search.trials)
    parts = [_ahead(lead.first, lead, found) for lead in known if lead.first is not None]
    text = f"Ahead on dev: {'; '.join(parts)}."
    if any(lead.first is None for lead in known):
        where = "With fewer trials" if known[0].first is None else "Between them"
        text += (
            f" {where} nobody is called ahead: of stopped trials a lower bound is known, and "
            "another model could have scored more."
        )
    return text


def _ahead(first: Curve, lead: Lead, found: Sequence[Curve]) -> str:
    text = f"with {counted(lead.trials, 'trial')} {first.default_label}"
    value = numbers.score(first.at(lead.trials).value)
    if lead.trials == 1:
        return f"{text} ({value}, its preset)"
    names = {curve.label: curve.default_label for curve in found}
    tied = ", ".join(names[label] for label in lead.tied)
    return f"{text} ({value}{f'; not told apart from {tied}' if tied else ''})"


def _meaning(n: int) -> str:
    if n == 1:
        return "The preset alone"
    return f"The best of the preset and {counted(n - 1, 'random trial')}, mean over all subsets"


def _cell(curve: Curve, lead: Lead) -> TableCell:
    point = curve.at(lead.trials)
    cell = estimate_cell(point)
    # Without a draw there is nothing to be uncertain of; means differ by rounding all the same.
    interval = cell.interval if point.high - point.low > ROUNDING else ""
    text = f"≥ {cell.text}" if curve.is_bound_at(lead.trials) else cell.text
    badge = AHEAD if lead.first is curve else None
    details = ("≈ ahead",) if curve.label in lead.tied else ()
    return TableCell(text, interval, cell.value, badge=badge, details=details)
