"""The views of a section that asks who scores highest, under a condition or over several."""

from __future__ import annotations

from collections.abc import Mapping

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.charts.intervals import Dot, IntervalChart, Rule, interval_chart
from emobench.leaderboard.charts.robustness import curve_chart
from emobench.leaderboard.charts.style import Style
from emobench.leaderboard.report.answers.answer import Answer
from emobench.leaderboard.report.context import SectionContext
from emobench.leaderboard.results.board import LATE_FUSION, MAJORITY, ORACLE, Section
from emobench.leaderboard.results.comparison import relative
from emobench.leaderboard.results.comparisons.pooled_rows import pooled_row
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.statistics.measures import RANKING
from emobench.leaderboard.tables.answers.leaders import apart_text, leader_text, ranking_table
from emobench.leaderboard.tables.headline import Standings, own_standings, ranked
from emobench.leaderboard.tables.score_table import Column, TableCell, estimate_cell, number_cell
from emobench.store.records import Regime, Summary

CAPTION = "Macro-F1 with 95% intervals, ranked models only; upright lines are reference rows."


def main_views(context: SectionContext) -> list[Answer]:
    """Return a view of the main condition for each regime, and one for the papers' own regimes."""
    found = context.standings[:1] if context.trained_anew else context.standings
    views = [_main_view(context, one, one.regime.name) for one in found]
    own = None if context.trained_anew else own_standings(context.section)
    if own is not None:
        views.append(_main_view(context, own, ""))
    return views


def _main_view(context: SectionContext, found: Standings, regime: str) -> Answer:
    chart = score_chart(found, context.looks, f"{context.section.anchor}-{found.regime.name}")
    return Answer(
        found.regime.name, leader_text(found), chart, CAPTION, ranking_table(found, "Macro-F1"),
        apart_text(found.resolution), regime, meaning=found.regime.description,
    )  # fmt: skip


def summary_views(context: SectionContext, summary: Summary) -> list[Answer]:
    """Return a view of a summary's mean for each regime that has it complete for any model."""
    views = []
    for regime in context.section.regimes:
        rows = {
            entry.label: pooled_row(context.section, entry, regime.name, summary)
            for entry in context.section.entries
            if context.section.row(entry, regime.name, context.section.headline) is not None
        }
        found = ranked(context.section, regime, summary.name, rows)
        if any(one.estimate for one in found.rows):
            views.append(_summary_view(context, found, regime, summary))
    return views


def _summary_view(
    context: SectionContext, found: Standings, regime: Regime, summary: Summary
) -> Answer:
    section = context.section
    chart = curve_chart(section, regime, context.looks)
    caption = (
        "Macro-F1 as more of the test inputs go missing; the horizontal axis is the share that is "
        "really missing. Bands are 95% intervals, grey lines reference rows."
    )
    if not chart:
        chart = score_chart(found, context.looks, f"{section.anchor}-{regime.name}", summary.name)
        caption = f"{summary.name[0].upper()}{summary.name[1:]}: macro-F1 with 95% intervals."
    full = {e.label: _full(section, e, regime) for e in section.entries}
    columns = [(Column("full", "Macro-F1 under the main condition"), full)]
    last = section.rates[-1].name if section.rates else ""
    kept: dict[str, float | None] = {}
    if last in summary.conditions:
        rate = numbers.percent(section.rates[-1].rate)
        kept = {
            e.label: relative(section, e, regime.name, last, RANKING)
            for e in section.entries
            if e.model not in (MAJORITY, ORACLE)
        }
        what = f"Share of its gain over the majority class that is left at {rate} missing"
        cells = {label: number_cell(value, numbers.percent) for label, value in kept.items()}
        columns.append((Column(f"kept at {rate}", what), cells))
    leader = found.leader
    share = kept.get(leader.entry.label) if leader else None
    beside = ""
    if share is not None:
        rate = numbers.percent(section.rates[-1].rate)
        beside = f" ({numbers.percent(share)} of its gain is left at {rate} missing)"
    return Answer(
        regime.name, leader_text(found, _where(section, summary), beside), chart, caption,
        ranking_table(found, summary.name, columns), apart_text(found.resolution), regime.name,
        meaning=regime.description,
    )  # fmt: skip


def _where(section: Section, summary: Summary) -> str:
    if section.rates and {c.name for c in section.rates} & set(summary.conditions):
        return "over the missing rates"
    return f"in “{summary.name}”"


def _full(section: Section, entry: ModelEntry, regime: Regime) -> TableCell:
    row = section.row(entry, regime.name, section.headline)
    cell = estimate_cell(row.score.estimate(RANKING) if row and row.score else None)
    return TableCell(cell.text, value=cell.value, note=cell.interval)


def score_chart(found: Standings, looks: Mapping[str, Style], name: str, what: str = "") -> str:
    """Draw the ranked models' scores over the reference rows; "" where nothing is ranked."""
    dots = [
        Dot(one.entry.label, one.estimate, looks[one.entry.label].name)
        for one in found.rows
        if one.rank is not None and one.estimate is not None
    ]
    shown = {LATE_FUSION, found.best_single, MAJORITY, ORACLE}
    rules = [
        Rule(one.entry.label, one.estimate.value)
        for one in found.rows
        if one.estimate is not None and one.entry.label in shown
    ]
    low = min((dot.at.low for dot in dots), default=0.0)
    high = max((dot.at.high for dot in dots), default=1.0)
    # What lies far away would squeeze all else: the ranking has its number.
    far = 1.5 * (high - low)
    rules = [rule for rule in rules if low - far <= rule.value <= high + far]
    least = found.resolution.ranked or found.resolution.alone if found.resolution else None
    title = f"{what or 'Macro-F1'} of the ranked models, regime {found.regime.name}"
    return interval_chart(IntervalChart(f"scores-{name}", title, "macro-F1", dots, rules, least))
