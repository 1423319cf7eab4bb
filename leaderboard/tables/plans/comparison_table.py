"""Planned comparisons as a table: differences, p after Holm over the plan, verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.plans.comparison import PlannedComparison, PlanOutcome
from emobench.leaderboard.statistics.measures import MEASURES
from emobench.leaderboard.tables.score_table import (
    Badge,
    Column,
    Footnotes,
    ScoreTable,
    TableCell,
    TableRow,
    blank_cell,
    difference_cell,
    estimate_cell,
)

BROKEN = {"failed": "failed", "skipped": "skipped", "outdated": "failed"}
"""Status to the style of its badge; of any other status that of what is incomplete."""


def measure_title(name: str) -> str:
    """Return a measure's title by its column."""
    return next((m.title for m in MEASURES if m.name == name), name)


def comparison_table(
    plan: PlanOutcome, found: Sequence[PlannedComparison], with_setting: bool = False
) -> ScoreTable:
    """Print planned comparisons, a row for each.

    Parameters
    ----------
    plan
        The whole plan, over which p-values are corrected.
    found
        The comparisons to print.
    with_setting
        Whether a row says its corpus and protocol, too.
    """
    record, notes = plan.chain.base.record, Footnotes()
    title = measure_title(record.measure)
    columns = [
        Column("First", f"{title} of the first, with its 95% interval"),
        Column("Second", f"{title} of the second"),
        Column("Difference", "The first less the second, paired, with its own 95% interval",
               strong=True),
        Column("p", "Two-sided, of this comparison alone, as `emobench compare` prints it"),
        Column("p (Holm)", f"After Holm over all {len(plan.comparisons)} planned comparisons"),
    ]  # fmt: skip
    if record.margin is not None:
        columns.append(
            Column(
                f"p ±{numbers.score(record.margin)} (Holm)",
                "Of two one-sided tests: whether the difference is shown to be below the margin",
            )
        )
    columns.append(Column("Verdict", "Among all planned comparisons", "text"))
    several = len({(c.pair.regime, c.pair.condition) for c in plan.comparisons}) > 1
    rows = tuple(_row(one, notes, with_setting, several) for one in found)
    return ScoreTable(
        "Planned comparisons", tuple(columns), rows, notes.listed(), stub="Comparison",
        sortable=False,
    )  # fmt: skip


def _row(one: PlannedComparison, notes: Footnotes, with_setting: bool, several: bool) -> TableRow:
    pair = one.pair
    where = [f"{pair.dataset}, {pair.protocol}"] if with_setting else []
    where += [f"{pair.regime}, {pair.condition}"] if several else []
    cells = [estimate_cell(one.first), estimate_cell(one.second), _gap_cell(one)]
    cells += [_p_cell(one, one.p_value), _p_cell(one, one.holm)]
    if one.margin is not None:
        cells.append(_p_cell(one, one.margin.holm))
    cells.append(_verdict_cell(one, notes))
    badges: tuple[Badge, ...] = ()
    if one.changes:
        badges = (Badge("changed", "incomplete", "; ".join(one.changes)),)
    label = f"{pair.first} {numbers.MINUS} {pair.second}"
    return TableRow(label, "own", tuple(cells), ", ".join(where), badges)


def _gap_cell(one: PlannedComparison) -> TableCell:
    if one.gap is None:
        return blank_cell()
    kind = ("up" if one.gap.value > 0 else "down") if one.is_different else ""
    return replace(difference_cell(one.gap), kind=kind)


def _p_cell(one: PlannedComparison, value: float) -> TableCell:
    if not one.is_done:
        return blank_cell()
    text = numbers.p_value(value).removeprefix("p ") or numbers.BLANK
    return TableCell(text, value=value)


def _verdict_cell(one: PlannedComparison, notes: Footnotes) -> TableCell:
    if one.is_done:
        return TableCell(one.verdict)
    badge = Badge(one.status, BROKEN.get(one.status, "incomplete"), one.reason)
    note = f"{one.status}: {one.reason}. It counts with p 1 and stays in the family"
    return TableCell(badge=badge, note=one.reason, mark=notes.mark(note))
