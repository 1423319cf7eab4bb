"""Everything that was skipped, failed or is incomplete, with its reason."""

from __future__ import annotations

from collections import Counter

from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.scoring import ScoreRow
from emobench.leaderboard.tables.score_table import Badge, Column, ScoreTable, TableCell, TableRow

ORDER = {"failed": 0, "incomplete": 1, "skipped": 2}


def unfinished_rows(section: Section) -> list[tuple[str, ScoreRow]]:
    """Return label and row of everything skipped, failed or incomplete."""
    found = [
        (entry.label, row)
        for entry in section.all_entries
        for row in section.rows[entry.label].values()
        if not row.is_done
    ]
    return sorted(found, key=lambda item: ORDER[item[1].status])


def broken_table(rows: list[tuple[str, ScoreRow]]) -> ScoreTable:
    """Print what failed or is incomplete, row by row."""
    return unfinished_table([(label, row) for label, row in rows if row.status != "skipped"])


def unfinished_table(rows: list[tuple[str, ScoreRow]], title: str = "Not finished") -> ScoreTable:
    """Print every row with its status and reason."""
    columns = (
        Column("Regime", format="text"),
        Column("Condition", format="text"),
        Column("Status", format="text"),
        Column("Reason", format="prose"),
    )
    found = tuple(
        TableRow(
            label,
            "",
            (
                TableCell(row.regime),
                TableCell(row.condition),
                TableCell(badge=Badge(row.status, row.status)),
                TableCell(row.reason),
            ),
        )
        for label, row in rows
    )
    return ScoreTable(title, columns, found)


def skipped_table(rows: list[tuple[str, ScoreRow]]) -> ScoreTable:
    """Print what was skipped, counted by its reason."""
    counts = Counter((label, row.reason) for label, row in rows if row.status == "skipped")
    columns = (Column("Rows"), Column("Reason", format="prose"))
    found = tuple(
        TableRow(label, "", (TableCell(str(n), value=n), TableCell(reason)))
        for (label, reason), n in counts.items()
    )
    return ScoreTable("Skipped", columns, found)
