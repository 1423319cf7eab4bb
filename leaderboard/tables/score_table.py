"""The table type of page and Markdown: columns know their format, cells their text and value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.pedigree.address import Address
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import ScoreRow
from emobench.leaderboard.statistics.bootstrap import Estimate


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    head, meaning
        Its head, and the meaning of its cells in a sentence part.
    format
        ``number``, ``text``, ``code``, ``prose`` (text that may wrap) or ``bar`` (an interval that
        is drawn, on the page only).
    tinted
        Whether cells are shaded by their value between 0 and 1.
    gauged
        Whether cells hold a bar that is as long as their value between 0 and 1.
    strong
        Whether this is the most important column.
    """

    head: str
    meaning: str = ""
    format: str = "number"
    tinted: bool = False
    gauged: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Badge:
    """A word that sets a row or a cell apart: ``failed``, ``incomplete``, and others."""

    text: str
    kind: str = ""
    note: str = ""


@dataclass(frozen=True)
class IntervalBar:
    """An interval drawn to the scale of its table; percentages of the width."""

    low: float
    value: float
    high: float


@dataclass(frozen=True)
class TableCell:
    """One cell of a table.

    Parameters
    ----------
    text, interval
        The number and its bounds, as printed.
    value
        For sorting and tinting; None when there is no number.
    note
        Why there is no number, or what the number is.
    mark
        Footnote mark of `note`.
    details
        Small print below the number.
    kind
        ``up`` or ``down`` for a difference that excludes 0, ``own`` for a test on the own corpus.
    bounds
        The interval in numbers; of a rank its first and last place.
    p_value
        Where `kind` follows from a p-value, that one.
    why
        Short ID of the number, for ``emobench why``.
    """

    text: str = ""
    interval: str = ""
    value: float | None = None
    note: str = ""
    mark: str = ""
    details: tuple[str, ...] = ()
    kind: str = ""
    badge: Badge | None = None
    bar: IntervalBar | None = None
    bounds: tuple[float, float] | None = None
    p_value: float | None = None
    why: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether the cell shows nothing."""
        shown = self.text not in ("", numbers.BLANK) or self.details or self.badge or self.bar
        return not shown


@dataclass(frozen=True)
class TableRow:
    """A row of a table.

    Parameters
    ----------
    label, detail
        The subject of the row, and the part of the subject.
    kind
        ``reference``, ``published`` or ``own``, with ``ceiling`` and ``floor`` where they apply.
    link
        Part of the page that the label leads to.
    """

    label: str
    kind: str
    cells: tuple[TableCell, ...]
    detail: str = ""
    badges: tuple[Badge, ...] = ()
    link: str = ""

    @property
    def is_reference(self) -> bool:
        """Whether the row is that of a reference row."""
        return "reference" in self.kind.split()


@dataclass(frozen=True)
class ScoreTable:
    """A table, usually with the models as rows.

    Parameters
    ----------
    title
        Title that distinguishes it from the tables beside it.
    notes
        Footnotes: mark and text.
    stub
        Head of the labels.
    style
        Its own class of the style sheet, if it has any.
    sortable
        Whether the order of the rows may be changed.
    grouped
        Whether the page omits a label that repeats the label above.
    """

    title: str
    columns: tuple[Column, ...] = ()
    rows: tuple[TableRow, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    stub: str = "Model"
    style: str = ""
    sortable: bool = True
    grouped: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether no cell has a number."""
        return not any(cell.value is not None for row in self.rows for cell in row.cells)

    @property
    def classes(self) -> str:
        """Classes of the style sheet."""
        n = len(self.columns)
        named = {
            "wide": n > 4,
            "dense": n > 10 and not self.style,
            "sortable": self.sortable,
            self.style: bool(self.style),
        }
        return " ".join(name for name, holds in named.items() if holds)

    def without_blank_columns(self) -> ScoreTable:
        """Return the table without the columns that are blank in every row."""
        kept = [
            i
            for i in range(len(self.columns))
            if not all(row.cells[i].is_blank for row in self.rows)
        ]
        return replace(
            self,
            columns=tuple(self.columns[i] for i in kept),
            rows=tuple(replace(row, cells=tuple(row.cells[i] for i in kept)) for row in self.rows),
        )


class Footnotes:
    """Footnotes of one table, numbered in the order of their first use."""

    def __init__(self) -> None:
        self._marks: dict[str, str] = {}

    def mark(self, note: str) -> str:
        """Return the mark of `note`."""
        return self._marks.setdefault(note, str(len(self._marks) + 1))

    def listed(self) -> tuple[tuple[str, str], ...]:
        """Return (mark, note) in order."""
        return tuple((mark, note) for note, mark in self._marks.items())


def blank_cell() -> TableCell:
    """Return the cell of a number that does not exist."""
    return TableCell(numbers.BLANK)


def number_cell(
    value: float | None, text: Callable[[float | None], str] = numbers.score
) -> TableCell:
    """Print a number without an interval."""
    return TableCell(text(value), value=value)


def estimate_cell(estimate: Estimate | None) -> TableCell:
    """Print a score with its interval, or a blank."""
    if estimate is None:
        return blank_cell()
    return TableCell(
        numbers.score(estimate.value), numbers.interval(estimate), estimate.value,
        bounds=(estimate.low, estimate.high),
    )  # fmt: skip


def difference_cell(
    difference: Estimate | None, note: str = "", mark: str = "", more: str = ""
) -> TableCell:
    """Print a difference with its sign and interval, or a blank; `more` follows the interval."""
    if difference is None:
        return blank_cell()
    kind = ("up" if difference.value > 0 else "down") if difference.excludes_zero else ""
    bounds = f"{numbers.signed_interval(difference)} {more}".strip()
    text = numbers.signed(difference.value)
    ends = (difference.low, difference.high)
    return TableCell(text, bounds, difference.value, note, mark, kind=kind, bounds=ends)


def with_id(cell: TableCell, address: Address) -> TableCell:
    """Return the cell of a number with its ID for ``emobench why``; a blank one as it is."""
    return cell if cell.value is None else replace(cell, why=address.short)


def row_cell(row: ScoreRow | None, measure: str, notes: Footnotes) -> TableCell:
    """Print the score of a row; where it is not final, with the reason as a footnote."""
    if row is None:
        return TableCell(note="not asked for")
    cell = estimate_cell(row.score.estimate(measure) if row.score else None)
    if row.is_done:
        return cell
    note = f"{row.status}: {row.reason}"
    return replace(cell, note=note, mark=notes.mark(note))


def model_row(
    entry: ModelEntry, cells: tuple[TableCell, ...], detail: str = "", kind: str = ""
) -> TableRow:
    """Return the row of a model."""
    return TableRow(entry.label, f"{entry.card.kind} {kind}".strip(), cells, detail)


def status_badges(row: ScoreRow) -> tuple[Badge, ...]:
    """Return the badges of an unfinished row."""
    return () if row.is_done else (Badge(row.status, row.status, row.reason),)


def doubt_badges(entry: ModelEntry) -> tuple[Badge, ...]:
    """Return the badges of a model that has not passed the contract suite."""
    if not entry.doubt:
        return ()
    if entry.failed_checks:
        note = f"emobench check fails: {', '.join(entry.failed_checks)}"
        return (Badge(entry.doubt, "failed", note),)
    note = (
        "emobench check was not run on the model's file as it was when this was computed: run the "
        "check, then the same command again"
    )
    return (Badge(entry.doubt, "incomplete", note),)
