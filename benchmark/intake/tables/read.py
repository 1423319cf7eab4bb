"""Reads a table from a file or a folder."""

from __future__ import annotations

import csv
from pathlib import Path

from emobench.errors import DataError
from emobench.intake.tables.table import Table


def read_table(path: Path) -> Table:
    """Read a table of utterances, classes or whatever, every value as text.

    Parameters
    ----------
    path
        CSV with any delimiter (comma, semicolon, tab, ``|``), JSON, JSON Lines, Excel's .xlsx or
        Parquet, the text forms also compressed by gzip; or a folder in the form of Hugging Face's
        audiofolder and imagefolder. What a file holds decides, not its suffix.

    Returns
    -------
    The table. Rows in which every value is blank are left out; no other row is.

    Raises
    ------
    DataError
        There is no such file, it is of another form, or its rows do not fit its header: all
        such rows are named.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=max(",;\t", key=first.count))
            header = [c.strip() for c in next(reader, [])]
            rows = [(f"line {reader.line_num}", r) for r in reader if any(v.strip() for v in r)]
    except FileNotFoundError:
        raise DataError(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"{path} cannot be read as a UTF-8 CSV: {error}. Save it as UTF-8."
        ) from None
    return Table(path, header, [r for _, r in rows], [p for p, _ in rows], [], path.parent, [path])
