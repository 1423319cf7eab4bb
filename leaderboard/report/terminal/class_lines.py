"""The report by class as plain text, in the manner of scikit-learn's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from emobench.leaderboard.results.scoring import confusions_of
from emobench.leaderboard.results.stored_rows import (
    RowChoice,
    StoredRow,
    class_names,
    stored_rows,
)
from emobench.leaderboard.statistics.class_report import ClassReport, ReportLine, class_report

HEADS = ("precision", "recall", "f1-score", "support")


def class_texts(root: Path, choice: RowChoice, seed: int | None = None) -> list[str]:
    """Return one text for each row that `choice` means.

    Raises
    ------
    RequestError
        A name is unknown, or no seed has all its predictions.
    """
    return [_text(row, seed) for row in stored_rows(root, choice)]


def class_tables(root: Path, choice: RowChoice, seed: int | None = None) -> list[dict[str, Any]]:
    """Return what `class_texts` says in plain numbers, one table for each row.

    Raises
    ------
    RequestError
        A name is unknown, or no seed has all its predictions.
    """
    return [_plain(row, seed) for row in stored_rows(root, choice)]


def _plain(row: StoredRow, seed: int | None) -> dict[str, Any]:
    """A report as a program gets it; the keys are documented, and stay."""
    found, seeds = _found(row, seed)
    return {
        "row": row.title,
        "seeds": seeds,
        "classes": [asdict(one) for one in found.classes],
        "averages": [asdict(one) for one in found.averages],
        "never_true": [
            one.name for one, true in zip(found.classes, found.is_true, strict=True) if not true
        ],
    }


def _found(row: StoredRow, seed: int | None) -> tuple[ClassReport, list[int]]:
    """The report of a row, and the seeds whose mean it is."""
    if seed is not None:
        row.check_seed(seed)
    pooled = {s: p for s, p in row.pooled().items() if seed in (None, s)}
    first = next(iter(pooled.values()))
    names = class_names(row.classes, first.logits.shape[1])
    return class_report(confusions_of([*pooled.values()], len(names)), names), [*pooled]


def _text(row: StoredRow, seed: int | None) -> str:
    found, pooled = _found(row, seed)
    folds = len({slot.fold for s in pooled for slot in row.seeds[s]})
    seeds = ", ".join(map(str, pooled))
    how = f"seed {seeds}" if len(pooled) == 1 else f"mean over the seeds {seeds}, each scored alone"
    pool = f"; the test utterances of {folds} folds are pooled" if folds > 1 else ""
    notes = [f"{how}{pool}.", *_remarks(row, found)]
    return "\n".join([row.title, "", *_lines(found), "", *notes])


def _remarks(row: StoredRow, found: ClassReport) -> list[str]:
    notes = []
    absent = [one.name for one, true in zip(found.classes, found.is_true, strict=True) if not true]
    if absent:
        notes.append(f"macro avg leaves out what is never true here: {', '.join(absent)}.")
    if row.reason:
        notes.append(f"The row is {row.reason}.")
    return notes


def _lines(found: ClassReport) -> Iterable[str]:
    """The table: names to the right as scikit-learn has them, three digits."""
    every = (*found.classes, *found.averages)
    width = max(len(one.name) for one in every)
    yield " " * width + "".join(f"{head:>11}" for head in HEADS)
    yield ""
    for one in found.classes:
        yield _line(one, width)
    yield ""
    for one in found.averages:
        yield _line(one, width)


def _line(one: ReportLine, width: int) -> str:
    numbers = ("" if n is None else f"{n:.3f}" for n in (one.precision, one.recall, one.f1))
    return f"{one.name:>{width}}" + "".join(f"{n:>11}" for n in (*numbers, one.support))
