"""Reads a manifest and reports every bad row, not only the first."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from emobench import DataError

FILES = (
    "audio", "video", "image", "text_features", "audio_features", "vision_features",
)  # fmt: skip
"""Columns that hold a path, relative to the manifest's folder or absolute."""

KNOWN = ("id", "split", "label", "text", "speaker", "group", "language", *FILES)
SPLITS = {"train": "train", "dev": "dev", "valid": "dev", "validation": "dev", "val": "dev"} | {
    "test": "test"
}
DELIMITERS = ",;\t"
SPREADSHEETS = (".xlsx", ".xls", ".ods")
LIKE = 0.75
"""Similarity from which an unknown column is taken for a misspelt known one."""


def read_manifest(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Read a manifest, every value as text without blanks around it, plus the column ``line``.

    Returns
    -------
    The table, with an empty string where a known column or a value is absent, and the names of
    columns that mean nothing here.

    Raises
    ------
    DataError
        The file is absent, not UTF-8, or its header or rows are wrong; of rows, all are named.
    """
    header, rows = _raw(path)
    _check_header(path, header)
    wrong = [
        f"line {line}: {len(row)} fields, the header has {len(header)}"
        for line, row in rows
        if len(row) != len(header)
    ]
    if wrong:
        raise _bad_rows(path, wrong, "Quote values that hold the delimiter.")
    table = pd.DataFrame([row for _, row in rows], columns=header, dtype=str)
    table["line"] = [line for line, _ in rows]
    for column in (c for c in KNOWN if c not in header):
        table[column] = ""
    for column in KNOWN:
        table[column] = table[column].str.strip()
    wrong = [p for line in _problems(table, path.parent, "split" in header) for p in line]
    if wrong:
        raise _bad_rows(path, wrong, "Mend or remove these rows.")
    table["split"] = table["split"].str.lower().map(SPLITS).fillna("")
    return table, [c for c in header if c not in KNOWN]


def _raw(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header, and rows with the line where each ends."""
    _refuse_spreadsheet(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            delimiter = max(DELIMITERS, key=first.count)
            reader = csv.reader(file, delimiter=delimiter)
            header = [c.strip() for c in next(reader, [])]
            rows = [(reader.line_num, row) for row in reader if any(v.strip() for v in row)]
    except FileNotFoundError:
        raise DataError(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"{path} cannot be read as a UTF-8 CSV: {error}. Save it as UTF-8."
        ) from None
    return header, rows


def _refuse_spreadsheet(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError:
        return
    if path.suffix.lower() in SPREADSHEETS or head[:4] == b"PK\x03\x04":
        raise DataError(
            f"{path} is a spreadsheet. Save it from your program as “CSV UTF-8” and name that file."
        )


def _check_header(path: Path, header: list[str]) -> None:
    twice = sorted({c for c in header if header.count(c) > 1})
    if twice:
        raise DataError(f"{path} has the column {', '.join(map(repr, twice))} more than once.")
    odd = []
    for column in header:
        near = difflib.get_close_matches(column.lower(), KNOWN, 1, LIKE)
        if column not in KNOWN and near and near[0] not in header:
            odd.append(f"{column!r} (did you mean {near[0]!r}?)")
    if odd:
        raise DataError(f"{path} has the column{'s' if odd[1:] else ''} {', '.join(odd)}.")
    absent = [c for c in ("id", "label") if c not in header]
    if absent:
        raise DataError(
            f"{path} lacks the column {' and '.join(map(repr, absent))}; it has "
            f"{', '.join(header) or 'no header'}. Known columns: {', '.join(KNOWN)}."
        )
    if not set(header) & {"text", *FILES}:
        raise DataError(
            f"{path} has none of the columns {', '.join(('text', *FILES))}: nothing to learn from."
        )


def _problems(table: pd.DataFrame, home: Path, split: bool) -> Iterator[list[str]]:
    """The errors of each row."""
    seen: dict[str, int] = {}
    for row in table.to_dict("records"):
        found = []
        name = row["id"]
        if not name:
            found.append("no id")
        elif name in seen:
            found.append(f"the id {name!r} occurs in line {seen[name]} already")
        seen.setdefault(name, row["line"])
        if split and row["split"].lower() not in SPLITS:
            found.append(f"unknown split {row['split']!r} (train, dev and test are known)")
        found += [
            f"{column}: there is no file {row[column]}"
            for column in FILES
            if row[column] and not (home / row[column]).is_file()
        ]
        yield [f"line {row['line']}: {problem}" for problem in found]


def _bad_rows(path: Path, wrong: list[str], remedy: str) -> DataError:
    listed = "\n  ".join(wrong)
    return DataError(f"{path} has {errors(len(wrong))}. {remedy}\n  {listed}")


def errors(number: int) -> str:
    """Say how many."""
    return f"{number} error{'' if number == 1 else 's'}"
