"""Tables of one number per model and column: conditions, summaries, relative scores, weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from emobench.leaderboard.report import number_format as numbers
from emobench.leaderboard.results.board import MAJORITY, ORACLE, Section
from emobench.leaderboard.results.comparison import relative, summarise
from emobench.leaderboard.results.entries import Entry
from emobench.leaderboard.results.scoring import Row
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.store.records import Regime

MEASURE_TITLES: Final = {"macro_f1": "Macro-F1", "accuracy": "Accuracy"}
"""The measures that tables by condition are shown in."""


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table.

    Parameters
    ----------
    text, interval
        The number and its bounds, as printed.
    value
        For sorting and tinting; None when there is no number.
    note
        Why there is no number, or why it is not final.
    mark
        Footnote mark of `note`.
    """

    text: str
    interval: str = ""
    value: float | None = None
    note: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a table."""

    label: str
    kind: str
    cells: tuple[Cell, ...]
    detail: str = ""


@dataclass(frozen=True)
class ScoreTable:
    """A table with the models as lines.

    Parameters
    ----------
    heads
        Column heads and what each means.
    notes
        Footnotes: mark and text.
    """

    title: str
    heads: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def is_blank(self) -> bool:
        """Whether no cell has a number."""
        return not any(cell.value is not None for line in self.lines for cell in line.cells)


class Notes:
    """Footnotes of one table, numbered in the order of their first use."""

    def __init__(self) -> None:
        self._marks: dict[str, str] = {}

    def mark(self, note: str) -> str:
        """Return the mark of `note`."""
        return self._marks.setdefault(note, str(len(self._marks) + 1))

    def listed(self) -> tuple[tuple[str, str], ...]:
        """Return (mark, note) in order."""
        return tuple((mark, note) for note, mark in self._marks.items())


def condition_table(section: Section, regime: Regime, measure: str) -> ScoreTable:
    """Score of every model under every condition of one regime."""
    notes = Notes()

    def cell(entry: Entry, condition: str) -> Cell:
        return _row_cell(section.row(entry, regime.name, condition), measure, notes)

    asked = [c for c in section.conditions if is_asked(section, regime, c.name)]
    lines = tuple(
        Line(e.label, e.card.kind, tuple(cell(e, c.name) for c in asked))
        for e in by_score(section, regime)
    )
    heads = tuple((c.name, c.description) for c in asked)
    return ScoreTable(MEASURE_TITLES[measure], heads, lines, notes.listed())


def is_asked(section: Section, regime: Regime, condition: str) -> bool:
    """Whether any model that was trained has this row: some stand under one regime only."""
    return any((regime.name, condition) in section.rows[e.label] for e in section.entries)


def summary_table(section: Section, regime: Regime, measure: str) -> ScoreTable:
    """Every summary of the protocol for every model of one regime."""

    def cell(entry: Entry, index: int) -> Cell:
        return estimate_cell(
            summarise(section, entry, regime.name, section.summaries[index], measure)
        )

    heads = tuple(
        (s.name, f"{s.description} ({s.reduce} of {', '.join(s.conditions)})")
        for s in section.summaries
    )
    lines = tuple(
        Line(e.label, e.card.kind, tuple(cell(e, i) for i in range(len(heads))))
        for e in by_score(section, regime)
    )
    return ScoreTable(MEASURE_TITLES[measure], heads, lines)


def relative_table(section: Section, regime: Regime, measure: str) -> ScoreTable:
    """How much of each model's gain over the majority row every condition leaves."""
    names = [c for c in section.conditions if c.name != section.headline]

    def cell(entry: Entry, condition: str) -> Cell:
        value = relative(section, entry, regime.name, condition, measure)
        return Cell(numbers.percent(value), value=value)

    lines = tuple(
        Line(e.label, e.card.kind, tuple(cell(e, c.name) for c in names))
        for e in by_score(section, regime)
        if e.model != MAJORITY
    )
    return ScoreTable(MEASURE_TITLES[measure], tuple((c.name, c.description) for c in names), lines)


def weight_table(section: Section, regime: Regime) -> ScoreTable:
    """Mean weight of each modality under each condition, for models that report weights."""
    lines = []
    for entry in by_score(section, regime):
        rows = [section.row(entry, regime.name, c.name) for c in section.conditions]
        found = [row.score.weights if row and row.score else {} for row in rows]
        for modality in dict.fromkeys(name for weights in found for name in weights):
            cells = tuple(_weight_cell(weights.get(modality)) for weights in found)
            lines.append(Line(entry.label, entry.card.kind, cells, detail=modality))
    heads = tuple((c.name, c.description) for c in section.conditions)
    return ScoreTable("Mean weight", heads, tuple(lines))


def by_score(section: Section, regime: Regime) -> list[Entry]:
    """Return the entries that a regime has: ceiling, by score, without a score, floor."""

    def order(entry: Entry) -> tuple[int, float, str]:
        row = section.row(entry, regime.name, section.headline)
        value = row.score.values["macro_f1"] if row and row.score else None
        end = {ORACLE: 0, MAJORITY: 3}.get(entry.model, 1) if entry.is_reference else 1
        return (2 if value is None and end == 1 else end, -(value or 0.0), entry.label)

    def is_here(entry: Entry) -> bool:
        return any(section.row(entry, regime.name, c.name) for c in section.conditions)

    return sorted(filter(is_here, section.entries), key=order)


def estimate_cell(
    estimate: Estimate | None, text: Callable[[float | None], str] = numbers.score
) -> Cell:
    """Print an estimate with its interval, or a blank."""
    if estimate is None:
        return Cell(numbers.BLANK)
    return Cell(text(estimate.value), numbers.interval(estimate), estimate.value)


def _row_cell(row: Row | None, measure: str, notes: Notes) -> Cell:
    if row is None:
        return Cell("", note="not asked for")
    found = estimate_cell(row.score.estimate(measure) if row.score else None)
    if row.is_done:
        return found
    note = f"{row.status}: {row.reason}"
    return Cell(found.text, found.interval, found.value, note, notes.mark(note))


def _weight_cell(value: float | None) -> Cell:
    return Cell(numbers.score(value), value=value) if value is not None else Cell(numbers.BLANK)
