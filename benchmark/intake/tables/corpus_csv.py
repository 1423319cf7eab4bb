"""Reading a corpus's CSV so that every error names file, line and value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from emobench.errors import DataError
from emobench.intake.tables.dialect import Lines, taken_apart
from emobench.intake.tables.text import content, decoded

LINE = "line"
"""Column that `read_csv` adds: the line in the file where the row ends."""


def read_csv(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read a UTF-8 CSV with a header, every value as text, plus the column ``line``.

    Raises
    ------
    DataError
        The file is absent, not UTF-8, lacks one of `columns`, or has rows with another number
        of fields than the header (all of them are named, up to ten).
    """
    lines = _lines(path)
    header = lines.header
    if not header:
        raise DataError(f"{path} is empty; it should start with {','.join(columns)}.")
    absent = [c for c in columns if c not in header]
    if absent:
        raise DataError(
            f"{path} lacks the column {', '.join(map(repr, absent))}; it has {', '.join(header)}."
        )
    twice = sorted({c for c in header if header.count(c) > 1})
    if twice:
        raise DataError(f"{path} has the column {', '.join(map(repr, twice))} more than once.")
    if lines.ragged:
        places = ", ".join(f"line {line} ({n} fields)" for line, n in lines.ragged[:10])
        left = len(lines.ragged) - 10
        more = f" and {left} more" if left > 0 else ""
        raise DataError(f"{path}: every row needs {len(header)} fields; not so: {places}{more}.")
    if lines.wrong:
        said = "; ".join(f"line {line}: {what}" for line, what in lines.wrong[:10])
        raise DataError(f"{path} cannot be read as a CSV: {said}.")
    table = pd.DataFrame([row.cells for row in lines.rows], columns=header, dtype=str)
    table[LINE] = [row.end for row in lines.rows]
    return table


def _lines(path: Path) -> Lines:
    try:
        if not path.exists():
            raise DataError(f"{path} does not exist.")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}.") from None
    return taken_apart(decoded(path, content(path), wide=False)[0])


def map_labels(table: pd.DataFrame, column: str, names: dict[str, str], path: Path) -> pd.Series:
    """Translate a label column of a table from `read_csv`.

    Raises
    ------
    DataError
        A value is not a key of `names`; file, line and value of each are named, up to ten.
    """
    known = table[column].isin(list(names))
    if not known.all():
        bad = table.loc[~known]
        places = ", ".join(
            f"line {line}: {value!r}"
            for line, value in zip(bad[LINE][:10], bad[column][:10], strict=True)
        )
        more = f" and {len(bad) - 10} more" if len(bad) > 10 else ""
        raise DataError(
            f"{path} has unknown labels in column {column!r}: {places}{more}. "
            f"Known: {', '.join(names)}."
        )
    labels: pd.Series = table[column].map(names)
    return labels
