"""The cost of a section's trainings, and the best epoch of each."""

from __future__ import annotations

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.score_table import (
    Column,
    ScoreTable,
    TableCell,
    TableRow,
    number_cell,
)
from emobench.store.records import TrainingReport


def training_table(results: Results, section: Section) -> ScoreTable:
    """Print one row per model and regime that was trained."""
    columns = (
        Column("Regime", format="text"),
        Column("Trainings"),
        Column("Params", "Trainable parameters"),
        Column("Time each", "Mean time per training"),
        Column("Best epoch", "The epoch whose checkpoint was kept"),
        Column("Device", format="text"),
    )
    rows = []
    for entry in section.entries:
        for regime in section.regimes:
            names = {s.training for s in entry.slots if s.regime == regime.name and s.training}
            found = [results.training(name) for name in sorted(names)]
            reports = [report for report in found if isinstance(report, TrainingReport)]
            if reports:
                rows.append(TableRow(entry.label, "", _cells(regime.name, reports)))
    return ScoreTable("Trainings", columns, tuple(rows))


def _cells(regime: str, reports: list[TrainingReport]) -> tuple[TableCell, ...]:
    seconds = [r.train_seconds for r in reports if r.train_seconds is not None]
    params = max((r.params for r in reports if r.params is not None), default=None)
    mean = sum(seconds) / len(seconds) if seconds else None
    return (
        TableCell(regime),
        TableCell(str(len(reports)), value=len(reports)),
        TableCell(numbers.count(params), value=params),
        number_cell(mean, numbers.duration),
        TableCell(_best_epochs(reports)),
        TableCell(", ".join(sorted({r.device for r in reports if r.device}))),
    )


def _best_epochs(reports: list[TrainingReport]) -> str:
    best = sorted(r.best_epoch for r in reports if r.best_epoch is not None)
    if not best:
        return "closed form"
    last = max(len(r.epochs) for r in reports)
    span = str(best[0]) if best[0] == best[-1] else f"{best[0]}–{best[-1]}"
    return f"{span} of {last}"
