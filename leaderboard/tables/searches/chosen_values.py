"""What the searches chose: each searched field with its preset, its choices and its range."""

from __future__ import annotations

from collections import Counter
from typing import Any

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.searches.contest import Contender, Contest
from emobench.leaderboard.tables.score_table import Column, ScoreTable, TableCell, TableRow
from emobench.store.records import SearchResult, TrialScore

MOST_FOLDS = 8
"""Up to so many folds each has a column; of more, each value is counted."""

TRIAL = "chosen trial"
DEV = "its dev macro-F1"


def chosen_table(contest: Contest) -> ScoreTable:
    """Print the chosen values of every model that has something to search."""
    folds = sorted({r.fold for one in contest.rows for r in one.outcome.results})
    apart = len(folds) <= MOST_FOLDS
    chosen = (
        tuple(Column(_head(fold, folds), "Chosen for this fold", "text") for fold in folds)
        if apart
        else (Column("Chosen", "Value, and in how many folds it was chosen", "prose"),)
    )
    columns = (
        Column("Field", format="text"),
        Column("Preset", "The value of trial 0", "text"),
        *chosen,
        Column("Range", "Where the trials are drawn from", "prose"),
    )
    rows = [
        TableRow(one.entry.default_label, one.entry.card.kind, cells)
        for one in contest.rows
        if one.search.space and one.outcome.results
        for cells in _lines(one, folds, apart)
    ]
    return ScoreTable(contest.title, columns, tuple(rows), sortable=False, grouped=True)


def _head(fold: int, folds: list[int]) -> str:
    return f"Fold {fold}" if len(folds) > 1 else "Chosen"


def _lines(one: Contender, folds: list[int], apart: bool) -> list[tuple[TableCell, ...]]:
    """The searched fields, and before them which trial was chosen."""
    results = {result.fold: result for result in one.outcome.results}
    trials = {fold: _chosen(result) for fold, result in results.items()}
    config = one.entry.newest.config

    def line(name: str, preset: str, values: dict[int, str], where: str) -> tuple[TableCell, ...]:
        texts = [values.get(fold, "") for fold in folds]
        cells = map(TableCell, texts) if apart else [TableCell(_counted(texts))]
        return (TableCell(name), TableCell(preset), *cells, TableCell(where))

    numbered = {fold: _number(result) for fold, result in results.items()}
    scored = {fold: numbers.score(t.score) if t else "" for fold, t in trials.items()}
    # Trial 0 has the values that a solved row's stored configuration may lack.
    presets = next((t.values for r in results.values() for t in r.trials if t.trial == 0), {})
    lines = [line(TRIAL, "0", numbered, ""), line(DEV, "", scored, "")]
    for field, where in one.search.space.items():
        values = {
            fold: value_text(_value(field, results[fold], trial, config))
            for fold, trial in trials.items()
        }
        preset = presets.get(field, config.get(field))
        lines.append(line(field, value_text(preset), values, where))
    return lines


def _chosen(result: SearchResult) -> TrialScore | None:
    return next((t for t in result.trials if t.trial == result.chosen), None)


def _number(result: SearchResult) -> str:
    return "preset" if result.chosen == 0 else str(result.chosen)


def _value(
    field: str, result: SearchResult, trial: TrialScore | None, config: dict[str, Any]
) -> Any:
    """The chosen value; None for a field that is out of play for it."""
    if trial is not None and field in trial.values:
        return trial.values[field]
    return config.get(field) if result.chosen == 0 else None


def value_text(value: Any) -> str:
    """Print a value of a configuration, a float as it was drawn; a dash where there is none."""
    if value is None:
        return numbers.BLANK
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def _counted(texts: list[str]) -> str:
    return ", ".join(f"{text} × {n}" for text, n in Counter(texts).most_common())
