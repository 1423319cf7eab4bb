"""What the models of a main table cost, and in which costs none is cheaper and better at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.charts.costs import CostPoint, front
from emobench.leaderboard.tables.headline import Standing
from emobench.leaderboard.tables.score_table import (
    Column,
    ScoreTable,
    TableCell,
    TableRow,
    estimate_cell,
    number_cell,
)


def cost_table(rows: Sequence[Standing], points: Mapping[str, Sequence[CostPoint]]) -> ScoreTable:
    """Print scores beside costs.

    Parameters
    ----------
    rows
        Rows of a main table.
    points
        Word for a cost to its points, as they are drawn.
    """
    columns = (
        Column("Macro-F1", strong=True),
        Column("Params", "Trainable parameters"),
        Column("Train", "Mean time per training"),
        Column("ms per utterance", "Milliseconds per test utterance"),
        Column("On the front of", "No model is cheaper and scores as high, or as cheap and scores "
               "higher", "text"),
    )  # fmt: skip
    fronts = {word: {p.label for p in front(some)} for word, some in points.items()}
    printed = tuple(
        TableRow(
            one.entry.label,
            f"{one.entry.card.kind} {one.place}",
            (
                estimate_cell(one.estimate),
                TableCell(numbers.count(one.row.params), value=one.row.params),
                number_cell(one.row.train_seconds, numbers.duration),
                number_cell(one.row.predict_ms, numbers.milliseconds),
                TableCell(", ".join(w for w, best in fronts.items() if one.entry.label in best)),
            ),
        )
        for one in rows
    )
    return ScoreTable("Costs", columns, printed).without_blank_columns()
