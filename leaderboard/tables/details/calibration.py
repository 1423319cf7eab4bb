"""How sure models are against how often they are right: in sum, and bin by bin."""

from __future__ import annotations

from collections.abc import Sequence

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.charts.drawing import tick_text
from emobench.leaderboard.pedigree.address import address_of
from emobench.leaderboard.results.utterances.answers import Answers
from emobench.leaderboard.statistics.metrics import BINS
from emobench.leaderboard.tables.score_table import (
    Column,
    ScoreTable,
    TableCell,
    TableRow,
    blank_cell,
    estimate_cell,
    model_row,
    number_cell,
    with_id,
)


def calibration_table(some: Sequence[Answers]) -> ScoreTable:
    """Print each model's calibration error, what chance makes of it, and its over-confidence."""
    columns = (
        Column("ECE", "Expected calibration error, mean over seeds, with its 95% interval",
               strong=True),
        Column("By chance", "About what the ECE of a perfectly calibrated model with the same "
               "probabilities would be, for so few utterances"),
        Column("Too sure by", "Mean probability of the answers less the share that is right: "
               "below 0 the model is too modest"),
        Column("How sure", "Mean probability of the answers"),
        Column("How often right", "Share of the answers that is right"),
    )  # fmt: skip
    return ScoreTable("Calibration", columns, tuple(map(_row, some)))


def _row(one: Answers) -> TableRow:
    found = one.reliability
    counts, sure, right = found.pooled()
    n = counts.sum()
    address = address_of(one.entry, one.row.regime, one.row.condition, "ece")
    excess = found.excess
    cells = (
        with_id(estimate_cell(found.error), address),
        number_cell(found.by_chance),
        TableCell(numbers.signed(excess.value), numbers.signed_interval(excess), excess.value,
                  bounds=(excess.low, excess.high)),
        number_cell(float((counts * sure).sum() / n)),
        number_cell(float((counts * right).sum() / n)),
    )  # fmt: skip
    return model_row(one.entry, cells)


def bin_table(some: Sequence[Answers]) -> ScoreTable:
    """Print by bin of confidence how many of the answers are right, and how many there are."""
    found = [one.reliability.pooled() for one in some]
    shown = [k for k in range(BINS) if any(counts[k] for counts, _, _ in found)]
    columns = tuple(
        Column(
            f"to {tick_text(round((k + 1) / BINS, 2))}",
            f"Answers with a probability above {k}/{BINS}, up to {k + 1}/{BINS}: the share that is "
            "right, and the number of answers of all seeds",
            tinted=True,
        )
        for k in shown
    )
    rows = []
    for one, (counts, _, right) in zip(some, found, strict=True):
        cells = tuple(
            TableCell(numbers.score(float(right[k])), value=float(right[k]),
                      details=(f"n {counts[k]:,}",))
            if counts[k] else blank_cell()
            for k in shown
        )  # fmt: skip
        rows.append(model_row(one.entry, cells))
    return ScoreTable("By probability of the answer", columns, tuple(rows), style="bins")
