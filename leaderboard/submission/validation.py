"""Checks a stranger's submission: every fault, and what could not be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emobench.leaderboard.submission.checks.agreement import Agreement
from emobench.leaderboard.submission.checks.csv_twin import check_csv
from emobench.leaderboard.submission.checks.decisions import check_decisions
from emobench.leaderboard.submission.checks.masks import Masks
from emobench.leaderboard.submission.checks.origins import (
    Corpora,
    model_origins,
    protocol_origins,
)
from emobench.leaderboard.submission.checks.result_values import check_result_values
from emobench.leaderboard.submission.checks.scores import check_scores
from emobench.leaderboard.submission.checks.specs import check_specs
from emobench.leaderboard.submission.faults import Fault, Faults, UnreadableError, quoted
from emobench.leaderboard.submission.installation import SAME, Installation, Origin
from emobench.leaderboard.submission.reader import Block, Submission, open_submission
from emobench.leaderboard.submission.schema import (
    PREDICTED,
    PREDICTIONS_FILE,
    RESULTS,
    RESULTS_FILE,
)

VALID = 0
FAULTY = 1
UNREADABLE = 2
"""Exit statuses."""


@dataclass(frozen=True)
class Verdict:
    """What a check of a submission found.

    Parameters
    ----------
    path
        What was checked.
    results, predictions
        Rows that were checked.
    faults
        What is wrong, at most `emobench.leaderboard.submission.faults.KEPT` of each column.
    total
        How many faults there are.
    origins
        Whether models, corpora, protocols and masks are the same here.
    unreadable
        Why it could not be read, or "".
    """

    path: Path
    results: int = 0
    predictions: int = 0
    faults: tuple[Fault, ...] = ()
    total: int = 0
    origins: tuple[Origin, ...] = ()
    unreadable: str = ""

    def status(self, strict: bool = False) -> int:
        """Return the exit status: `VALID`, `FAULTY` or `UNREADABLE`.

        With `strict`, whatever is not the same here is a fault.
        """
        if self.unreadable:
            return UNREADABLE
        strange = strict and any(one.state != SAME for one in self.origins)
        return FAULTY if self.total or strange else VALID

    def content(self, strict: bool = False) -> dict[str, Any]:
        """Return the same as plain data for JSON."""
        return {
            "path": str(self.path),
            "status": self.status(strict),
            "results": self.results,
            "predictions": self.predictions,
            "total": self.total,
            "faults": [vars(fault) for fault in self.faults],
            "origins": [vars(origin) for origin in self.origins],
            "unreadable": self.unreadable,
        }


def validate(path: Path, installation: Installation) -> Verdict:
    """Check a submission, however broken it is.

    Parameters
    ----------
    path
        Its folder, or one of its files.
    installation
        The emobench that checks it.
    """
    faults = Faults()
    try:
        submission = open_submission(path, faults)
        if submission is None or not _is_filled(submission.rows):
            found: tuple[int, list[Origin]] = (0, [])
        else:
            found = _check(submission, installation, faults)
    except UnreadableError as error:
        return Verdict(path, faults=tuple(faults.found), total=faults.total, unreadable=str(error))
    rows = len(submission.rows) if submission is not None else 0
    return Verdict(path, rows, found[0], tuple(faults.found), faults.total, tuple(found[1]))


def _is_filled(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no row lacks what every row has: else nothing can be compared."""
    needed = [column.name for column in RESULTS if not column.empty]
    return all(row[name] is not None for row in rows for name in needed)


def _check(
    submission: Submission, installation: Installation, faults: Faults
) -> tuple[int, list[Origin]]:
    """Run every check; the rows of predictions, and what is the same here."""
    rows = submission.rows
    check_result_values(rows, faults)
    check_csv(submission.folder, rows, faults)
    check_specs(rows, faults)
    corpora = Corpora(installation, faults)
    masks, agreement = Masks(installation, faults), Agreement(faults)
    origins = model_origins(rows, installation) + corpora.origins(rows)
    origins += protocol_origins(rows, submission.summary, installation, faults)
    wanted = _by_cell(rows)
    count = 0
    for block in submission.blocks(faults):
        count += len(block.table)
        numbers = wanted.pop((block.cell, block.look), {})
        if _fits(block, numbers, faults):
            agreement.add(block, next(iter(numbers.values())))
            masks.add(block, numbers)
            corpora.add(block, next(iter(numbers.values())))
    for (cell, look), numbers in wanted.items():
        for number in numbers:
            named = f"{quoted(cell)}{f' at the look {quoted(look)}' if look else ''}"
            faults.add(RESULTS_FILE, number, "cell", f"there are no predictions of cell {named}.")
    return count, origins + masks.check(submission.summary, rows)


def _by_cell(
    rows: Sequence[Mapping[str, Any]],
) -> dict[tuple[str, str], dict[int, Mapping[str, Any]]]:
    """Cell and look to the rows of the results that are of it, by their number from 1."""
    found: dict[tuple[str, str], dict[int, Mapping[str, Any]]] = {}
    for number, row in enumerate(rows, start=1):
        if row["status"] == "done" and row["cell"] is not None:
            found.setdefault((row["cell"], row["look"]), {})[number] = row
    return found


def _fits(block: Block, numbers: Mapping[int, Mapping[str, Any]], faults: Faults) -> bool:
    """Check a cell by itself; whether it can be compared with others."""
    if not numbers:
        faults.add(
            PREDICTIONS_FILE, block.first, "cell",
            f"no row of the results that is done is of cell {quoted(block.cell)}.",
        )  # fmt: skip
        return False
    needed = [column.name for column in PREDICTED if not column.empty]
    if any(block.table[name].null_count for name in needed):
        return False
    first = next(iter(numbers.values()))
    for number, row in numbers.items():
        for name in ("classes", "multilabel", "tested_on", "tested_digest", "fold"):
            if row[name] != first[name]:
                faults.add(
                    RESULTS_FILE, number, name,
                    f"{quoted(row[name])} is stated, another row of the same cell says "
                    f"{quoted(first[name])}.",
                )  # fmt: skip
    if first["classes"] is None or first["multilabel"] is None or None in first["classes"]:
        return False
    found = check_decisions(block, first["classes"], first["multilabel"], faults)
    if found is not None:
        check_scores(numbers, found, faults)
    return True
