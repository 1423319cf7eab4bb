"""Whether the CSV of the results says what their Parquet file says."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from emobench.leaderboard.submission import schema
from emobench.leaderboard.submission.csv_text import csv_text, field
from emobench.leaderboard.submission.faults import Faults, UnreadableError, quoted


def check_csv(folder: Path, rows: Sequence[Mapping[str, Any]], faults: Faults) -> None:
    """Compare `RESULTS_CSV` with the rows of `RESULTS_FILE`, byte for byte.

    Raises
    ------
    UnreadableError
        It is no text, or no CSV.
    """
    name = schema.RESULTS_CSV
    there = (folder / name).read_bytes()
    try:
        expected = csv_text(rows).encode()
        if there == expected:
            return
        lines = list(csv.reader(io.StringIO(there.decode(), newline=""), strict=True))
    except (UnicodeError, csv.Error) as error:
        raise UnreadableError(f"{name} cannot be read as CSV: {error}.") from None
    head = [column.name for column in schema.OF_CSV]
    if not lines or lines[0] != head:
        faults.add(name, 0, "", "its first line does not name the columns of the schema.")
        return
    before = faults.total
    for number, (line, row) in enumerate(zip_longest(lines[1:], rows), start=1):
        if line is None or row is None:
            faults.add(name, number, "", f"it has {len(lines) - 1:,} rows, not {len(rows):,}.")
            return
        if len(line) != len(head):
            faults.add(name, number, "", f"it has {len(line)} fields, not {len(head)}.")
            continue
        for column, text in zip(head, line, strict=True):
            if not _says(text, row[column]):
                wanted = field(row[column])
                faults.add(
                    name, number, column,
                    f"{quoted(text)} is stated, {schema.RESULTS_FILE} has {quoted(wanted)}.",
                )  # fmt: skip
    if faults.total == before:
        faults.add(name, 0, "", "it has the right values in other spellings or line ends.")


def _says(text: str, value: Any) -> bool:
    """Whether a field has a value, in whatever spelling: other programs write 36.0 and False."""
    if text == field(value):
        return True
    if isinstance(value, bool):
        return text.lower() == field(value)
    if isinstance(value, int | float):
        try:
            return float(text) == value
        except ValueError:
            return False
    return False
