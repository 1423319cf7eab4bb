"""A table of the page as CSV, with every digit that the numbers have."""

from __future__ import annotations

import csv
import io
import math

from emobench.leaderboard.tables.score_table import Column, ScoreTable, TableCell, TableRow

LOW, HIGH, P_VALUE, NOTE = "low", "high", "p", "note"
"""What follows a column's head in the columns beside it."""


def csv_text(table: ScoreTable) -> str:
    """Return a table as CSV.

    A number is written with the fewest digits that read back to the same number. Where a column has
    intervals, ``HEAD low`` and ``HEAD high`` follow it, and ``HEAD p`` where it has p-values. What
    stands beside a number in small print is in ``HEAD note``. A cell without a number is blank.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    details = any(row.detail for row in table.rows)
    badges = any(row.badges for row in table.rows)
    columns = [(i, c) for i, c in enumerate(table.columns) if c.format != "bar"]
    head = [table.stub, *(["detail"] if details else []), *(["status"] if badges else [])]
    kinds = {i: _kinds([row.cells[i] for row in table.rows]) for i, _ in columns}
    for i, column in columns:
        head += [column.head, *(f"{column.head} {kind}" for kind in kinds[i])]
    writer.writerow(_unique(head))
    for row in table.rows:
        line = [row.label, *([row.detail] if details else []), *([_status(row)] if badges else [])]
        for i, column in columns:
            line += _fields(row.cells[i], column, kinds[i])
        writer.writerow(line)
    return text.getvalue()


def _kinds(cells: list[TableCell]) -> tuple[str, ...]:
    """The columns that a column needs beside it."""
    needed = {
        LOW: any(cell.bounds for cell in cells),
        HIGH: any(cell.bounds for cell in cells),
        P_VALUE: any(cell.p_value is not None for cell in cells),
        NOTE: any(_note(cell) for cell in cells),
    }
    return tuple(kind for kind, holds in needed.items() if holds)


def _fields(cell: TableCell, column: Column, kinds: tuple[str, ...]) -> list[str]:
    low, high = cell.bounds or (None, None)
    beside = {
        LOW: number_text(low),
        HIGH: number_text(high),
        P_VALUE: number_text(cell.p_value),
        NOTE: _note(cell),
    }
    is_number = column.format == "number" and cell.value is not None
    shown = "" if cell.is_blank else cell.text
    return [number_text(cell.value) if is_number else shown, *(beside[kind] for kind in kinds)]


def number_text(value: float | None) -> str:
    """Return a number as the shortest text that reads back to it; "" of none."""
    if value is None or math.isnan(value):
        return ""
    return (
        str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
    )


def _note(cell: TableCell) -> str:
    badge = [cell.badge.text] if cell.badge else []
    return "; ".join(filter(None, [*cell.details, *badge, cell.note if cell.mark else ""]))


def _status(row: TableRow) -> str:
    return "; ".join(badge.text for badge in row.badges)


def _unique(heads: list[str]) -> list[str]:
    """Tell equal heads apart, so that a program can name every column."""
    found: list[str] = []
    for head in heads:
        name, n = head, 2
        while name in found:
            name, n = f"{head} ({n})", n + 1
        found.append(name)
    return found
