"""Whether the rows of the results make sense by themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from emobench.leaderboard.submission import schema
from emobench.leaderboard.submission.faults import Faults, quoted
from emobench.leaderboard.submission.schema import RESULTS_FILE

Row = Mapping[str, Any]

DONE = ("cell", "training", "classes", "multilabel", "n_test", "n_scored", "mask_seed")
"""Columns that a row with predictions must fill, beside its scores."""
UNDONE = (*(c.name for c in schema.SCORES), "n_test", "n_scored", "classes")
"""Columns that a row without predictions must leave empty."""
VARIANT: Final = re.compile(r"( \(\w+\))?")
"""What can follow the model in the name of a row."""
COUNTS = ("fold", "n_test", "n_scored", "params", "epochs", "looks", "best_look")


def check_result_values(rows: Sequence[Row], faults: Faults) -> None:
    """Check the status, the numbers and the key of every row.

    Parameters
    ----------
    rows
        The results, whose columns are those of the schema.
    faults
        Gets what is wrong.
    """
    first: dict[tuple[Any, ...], int] = {}
    for number, row in enumerate(rows, start=1):
        key = tuple(row[name] for name in schema.KEY)
        if key in first:
            faults.add(
                RESULTS_FILE, number, "",
                f"it is a second row of what row {first[key]} is of: "
                f"{quoted('/'.join(map(str, key)))}.",
            )  # fmt: skip
        first.setdefault(key, number)
        _check_status(number, row, faults)
        _check_numbers(number, row, faults)


def _check_status(number: int, row: Row, faults: Faults) -> None:
    def add(column: str, text: str) -> None:
        faults.add(RESULTS_FILE, number, column, text)

    status = row["status"]
    if status not in schema.STATUSES:
        add("status", f"{quoted(status)} is none of {', '.join(schema.STATUSES)}.")
    elif status == "done":
        for name in DONE:
            if row[name] is None:
                add(name, "it is empty in a row that is done.")
        if row["reason"]:
            add("reason", "a row that is done has none.")
    else:
        for name in UNDONE:
            if row[name] is not None:
                add(name, f"it is filled in a row that is {status}.")
        if not row["reason"]:
            add("reason", f"a row that is {status} says why.")
    if row["status"] == "skipped" and row["cell"] is not None:
        add("cell", "a row that is skipped has none.")
    if row["look"] and row["look"] not in {c.name for c in schema.SCORES}:
        add("look", f"{quoted(row['look'])} is no measure.")
    if row["tuned"] and not row["model"].endswith(row["tuned"]):
        add("tuned", f"the model {quoted(row['model'])} does not end in {quoted(row['tuned'])}.")
    if not row["tuned"] and " tuned:" in row["model"]:
        add("tuned", f"it is empty, and the model is {quoted(row['model'])}.")
    behind = row["row"].removeprefix(row["model"])
    if not row["row"].startswith(row["model"]) or not VARIANT.fullmatch(behind):
        add("row", f"it is not the model {quoted(row['model'])}, with or without a variant.")


def _check_numbers(number: int, row: Row, faults: Faults) -> None:
    for name in schema.SHARE_COLUMNS:
        value = row[name]
        if value is not None and not -1e-12 <= value <= 1 + 1e-12:
            faults.add(RESULTS_FILE, number, name, f"{value!r} is not between 0 and 1.")
    for name in COUNTS:
        if row[name] is not None and row[name] < 0:
            faults.add(RESULTS_FILE, number, name, f"{row[name]} is below 0.")
    for name in ("train_seconds", "predict_seconds"):
        if row[name] is not None and row[name] < 0:
            faults.add(RESULTS_FILE, number, name, f"{row[name]!r} is below 0.")
    classes = row["classes"]
    if classes is not None and (None in classes or len(set(classes)) != len(classes)):
        faults.add(RESULTS_FILE, number, "classes", "a class is empty, or there twice.")
    if row["present"] is not None and (unknown := set(row["present"]) - _modalities()):
        names = ", ".join(sorted(map(quoted, unknown)))
        faults.add(RESULTS_FILE, number, "present", f"{names}: there is no such modality.")


def _modalities() -> set[str | None]:
    return {c.name.removeprefix("present_") for c in schema.PREDICTED if c.kind == schema.YES_NO}
