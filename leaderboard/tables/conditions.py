"""Tables by condition: scores, summaries, what is left of the gain, and weights."""

from __future__ import annotations

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.pedigree.address import SUMMARY, address_of
from emobench.leaderboard.results.board import MAJORITY, ORACLE, Section
from emobench.leaderboard.results.comparison import relative, summarise
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import ScoreRow
from emobench.leaderboard.statistics.measures import RANKING, Measure
from emobench.leaderboard.tables.score_table import (
    Column,
    Footnotes,
    ScoreTable,
    TableCell,
    blank_cell,
    estimate_cell,
    model_row,
    number_cell,
    row_cell,
    with_id,
)
from emobench.store.records import Condition, Regime


def condition_table(section: Section, regime: Regime, measure: Measure) -> ScoreTable:
    """Score of every model under every condition of one regime."""
    notes = Footnotes()
    asked = [c for c in section.conditions if is_asked(section, regime, c.name)]
    rows = tuple(
        model_row(
            entry,
            tuple(
                _traced(section.row(entry, regime.name, c.name), entry, measure.name, notes)
                for c in asked
            ),
        )
        for entry in by_score(section, regime)
    )
    return ScoreTable(measure.title, _columns(asked), rows, notes.listed())


def _traced(row: ScoreRow | None, entry: ModelEntry, measure: str, notes: Footnotes) -> TableCell:
    cell = row_cell(row, measure, notes)
    if row is None:
        return cell
    return with_id(cell, address_of(entry, row.regime, row.condition, measure))


def is_asked(section: Section, regime: Regime, condition: str) -> bool:
    """Whether any model that was trained has this row: some are under one regime only."""
    return any((regime.name, condition) in section.rows[e.label] for e in section.entries)


def summary_table(section: Section, regime: Regime, measure: Measure) -> ScoreTable:
    """Every summary of the protocol for every model of one regime."""

    def cells(entry: ModelEntry) -> tuple[TableCell, ...]:
        return tuple(
            with_id(
                estimate_cell(summarise(section, entry, regime.name, summary, measure.name)),
                address_of(entry, regime.name, f"{SUMMARY}{summary.name}", measure.name),
            )
            for summary in section.summaries
        )

    columns = tuple(
        Column(s.name, f"{s.description} ({s.reduce} of {', '.join(s.conditions)})", tinted=True)
        for s in section.summaries
    )
    rows = tuple(model_row(entry, cells(entry)) for entry in by_score(section, regime))
    return ScoreTable(measure.title, columns, rows)


def relative_table(section: Section, regime: Regime, measure: Measure) -> ScoreTable:
    """The share of each model's gain over the majority row that every condition leaves."""
    asked = [c for c in section.conditions if c.name != section.headline]

    def cell(entry: ModelEntry, condition: str) -> TableCell:
        value = relative(section, entry, regime.name, condition, measure.name)
        address = address_of(entry, regime.name, condition, measure.name, relation="left")
        return with_id(number_cell(value, numbers.percent), address)

    rows = tuple(
        model_row(entry, tuple(cell(entry, c.name) for c in asked))
        for entry in by_score(section, regime)
        if entry.model != MAJORITY
    )
    return ScoreTable(measure.title, _columns(asked), rows)


def weight_table(section: Section, regime: Regime) -> ScoreTable:
    """Mean weight of each modality under each condition, for models that report weights."""
    rows = []
    for entry in by_score(section, regime):
        scored = [section.row(entry, regime.name, c.name) for c in section.conditions]
        weights = [row.score.weights if row and row.score else {} for row in scored]
        for modality in dict.fromkeys(name for one in weights for name in one):
            cells = tuple(
                number_cell(one[modality]) if modality in one else blank_cell() for one in weights
            )
            rows.append(model_row(entry, cells, modality))
    return ScoreTable("Mean weight", _columns(section.conditions), tuple(rows))


def _columns(conditions: list[Condition] | tuple[Condition, ...]) -> tuple[Column, ...]:
    return tuple(Column(c.name, c.description, tinted=True) for c in conditions)


def by_score(section: Section, regime: Regime) -> list[ModelEntry]:
    """Return the entries that a regime has, in the order of every table."""

    def is_here(entry: ModelEntry) -> bool:
        return any(section.row(entry, regime.name, c.name) for c in section.conditions)

    def place(entry: ModelEntry) -> tuple[int, float, str]:
        return order(entry, section.row(entry, regime.name, section.headline))

    return sorted(filter(is_here, section.entries), key=place)


def order(entry: ModelEntry, row: ScoreRow | None) -> tuple[int, float, str]:
    """Sort the ceiling first, then models by score, models without a score, and last the floor."""
    value = row.score.values[RANKING] if row and row.score else None
    end = {ORACLE: 0, MAJORITY: 3}.get(entry.model, 1) if entry.is_reference else 1
    return (2 if value is None and end == 1 else end, -(value or 0.0), entry.label)
