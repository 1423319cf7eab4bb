"""Reading a corpus's CSV so that every error names file, line and value."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from emobench.errors import DataError

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
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, None)
            if header is None:
                raise DataError(f"{path} is empty; it should start with {','.join(columns)}.")
            rows = [(reader.line_num, row) for row in reader if row]
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"{path} cannot be read as a UTF-8 CSV: {error}. Save it as UTF-8."
        ) from None
    absent = [c for c in columns if c not in header]
    if absent:
        raise DataError(
            f"{path} lacks the column {', '.join(map(repr, absent))}; it has {', '.join(header)}."
        )
    twice = sorted({c for c in header if header.count(c) > 1})
    if twice:
        raise DataError(f"{path} has the column {', '.join(map(repr, twice))} more than once.")
    broken = [(line, len(row)) for line, row in rows if len(row) != len(header)]
    if broken:
        places = ", ".join(f"line {line} ({n} fields)" for line, n in broken[:10])
        more = f" and {len(broken) - 10} more" if len(broken) > 10 else ""
        raise DataError(f"{path}: every row needs {len(header)} fields; not so: {places}{more}.")
    table = pd.DataFrame([row for _, row in rows], columns=header, dtype=str)
    table[LINE] = [line for line, _ in rows]
    return table


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
