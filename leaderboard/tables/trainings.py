"""The cost of a section's trainings, and the best look at dev of each of their stages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.courses import Course, Look, Stage, course, courses
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.score_table import (
    Column,
    ScoreTable,
    TableCell,
    TableRow,
    blank_cell,
    number_cell,
)
from emobench.store.records import TrainingReport
from emobench.wording import counted


def training_table(results: Results, section: Section) -> ScoreTable:
    """Print one row per model and regime that was trained."""
    columns = (
        Column("Regime", format="text"),
        Column("Trainings"),
        Column("Params", "Trainable parameters"),
        Column("Time each", "Mean time per training"),
        Column("Kept look", "The look at dev whose checkpoint was kept, and the number of looks"),
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
    return ScoreTable("Cost", columns, tuple(rows), grouped=True, sortable=False)


def _cells(regime: str, reports: list[TrainingReport]) -> tuple[TableCell, ...]:
    seconds = [r.train_seconds for r in reports if r.train_seconds is not None]
    params = max((r.params for r in reports if r.params is not None), default=None)
    return (
        TableCell(regime),
        TableCell(str(len(reports)), value=len(reports)),
        TableCell(numbers.count(params), value=params),
        number_cell(_mean(seconds), numbers.duration),
        TableCell(_kept_looks(reports)),
        TableCell(", ".join(sorted({r.device for r in reports if r.device}))),
    )


def _kept_looks(reports: list[TrainingReport]) -> str:
    kept = [one.kept.epochs for one in map(course, reports) if one.kept is not None]
    if not kept:
        return "closed form" if not any(r.epochs for r in reports) else ""
    return f"{_span(kept)} of {_span([len(r.epochs) for r in reports])}"


def stage_table(results: Results, section: Section) -> ScoreTable:
    """Print the best look of every stage of every model and regime, mean over trainings."""
    columns = (
        Column("Regime", format="text"),
        Column("Stage", format="text"),
        Column("Looks", "Looks at dev, or epochs of a stage that does not look at dev"),
        Column("Updates", "Optimiser updates of the stage, mean per training"),
        Column("Best look", "The look of the stage with the best dev macro-F1"),
        Column("Dev macro-F1", "At the best look of the stage, mean over trainings"),
        Column("Dev accuracy", "At the best look of the stage, mean over trainings"),
        Column("Dev loss", "At the best look of the stage, mean over trainings"),
        Column("Train loss", "At the best look of the stage, mean over trainings"),
        Column("Kept in the end", "Trainings whose final weights are of this stage", "text"),
    )
    rows = []
    for entry in section.entries:
        for regime in section.regimes:
            found = courses(results, entry, regime.name, section.headline)
            names = dict.fromkeys(stage.name for one in found for stage in one.stages)
            for name in names:
                cells = (TableCell(regime.name), *_stage_cells(found, name))
                rows.append(TableRow(entry.label, "", cells))
    table = ScoreTable("Stages", columns, tuple(rows), grouped=True, sortable=False)
    return table.without_blank_columns()


def _stage_cells(found: Sequence[Course], name: str) -> tuple[TableCell, ...]:
    pairs = [(one, stage) for one in found for stage in one.stages if stage.name == name]
    stages = [stage for _, stage in pairs]
    best = [stage.best for stage in stages if stage.best is not None]
    places = [stage.looks.index(stage.best) + 1 for stage in stages if stage.best is not None]
    kept = sum(one.kept is not None and one.kept in stage.looks for one, stage in pairs)
    updates = [n for one, stage in pairs if (n := _updates(one, stage)) is not None]
    mean = _mean(updates)
    return (
        TableCell(name or "the only one"),
        TableCell(_span([len(stage.looks) for stage in stages])),
        TableCell(f"{mean:,.0f}", value=mean) if mean is not None else blank_cell(),
        TableCell(_span(places), value=places[0]) if places else TableCell("no look at dev"),
        _mean_cell(best, lambda look: look.record.dev_macro_f1),
        _mean_cell(best, lambda look: look.record.dev_accuracy),
        _mean_cell(best, lambda look: look.record.dev_loss),
        _mean_cell(best or [s.looks[-1] for s in stages], lambda look: look.record.train_loss),
        TableCell(f"{kept} of {counted(len(found), 'training')}" if best else ""),
    )


def _updates(one: Course, stage: Stage) -> int | None:
    """Optimiser updates of one stage of a training; None where a record lacks them."""
    last = stage.looks[-1].updates
    earlier = [look for look in one.looks if look.epochs < stage.looks[0].epochs]
    before = earlier[-1].updates if earlier else 0
    return None if last is None or before is None else last - before


def _mean_cell(looks: Sequence[Look], value: Callable[[Look], float | None]) -> TableCell:
    """Mean over the looks; blank unless all of them have the value."""
    values = [found for look in looks if (found := value(look)) is not None]
    return number_cell(_mean(values) if len(values) == len(looks) else None)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _span(values: Sequence[int]) -> str:
    """The least and the greatest, as a range."""
    low, high = min(values), max(values)
    return str(low) if low == high else f"{low}–{high}"
