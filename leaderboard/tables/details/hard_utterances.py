"""The test utterances that models miss most."""

from __future__ import annotations

from collections.abc import Sequence

from emobench.leaderboard.results.utterances.hard_utterances import Hardest, HardUtterance
from emobench.leaderboard.tables.score_table import (
    Column,
    ScoreTable,
    TableCell,
    TableRow,
    number_cell,
)
from emobench.wording import counted


def hard_table(found: Hardest, rows: Sequence[HardUtterance]) -> ScoreTable:
    """Print some of the utterances, hardest first."""
    columns = (
        Column("Corpus", format="text"),
        Column("True class", format="text"),
        Column("Mostly taken for", "The answer of most trainings, and of how many", "text"),
        Column("Missed by", f"Trainings that were wrong, of {found.trainings}"),
        Column("Probability", "Probability that the true class was given, mean over the models"),
    )
    printed = tuple(
        TableRow(
            one.name, "",
            (
                TableCell(one.member),
                TableCell(one.truth),
                TableCell(one.said, details=(f"{one.said_by} of {one.trainings}",)),
                TableCell(f"{one.missed} of {one.trainings}", value=one.missed),
                number_cell(one.chance),
            ),
        )
        for one in rows
    )  # fmt: skip
    return ScoreTable(
        counted(len(rows), "utterance"), columns, printed, stub="Utterance"
    ).without_blank_columns()


def class_table(found: Hardest) -> ScoreTable:
    """Print by true class how many are missed by all, and how many would be by chance."""
    columns = (
        Column("Missed by all", f"Utterances that none of {found.trainings} trainings gets right"),
        Column("If independent", "As many all would miss if the models erred independently of "
               "each other within the class"),
        Column("Right in all", "Utterances that every training gets right"),
        Column("Utterances"),
        Column("Share missed by all", tinted=True),
    )  # fmt: skip
    rows = tuple(
        TableRow(
            one.name, "",
            (
                TableCell(f"{one.missed:,}", value=one.missed),
                TableCell(f"{one.expected:,.1f}", value=one.expected),
                TableCell(f"{one.found:,}", value=one.found),
                TableCell(f"{one.n:,}", value=one.n),
                number_cell(one.missed / one.n),
            ),
        )
        for one in found.classes
    )  # fmt: skip
    return ScoreTable("By class", columns, rows, stub="True class")
