"""The columns of a table of features: numbers, times and words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.errors import DataError
from emobench.intake.layout import as_text

_GAPS = frozenset(
    ("", "?", "na", "n/a", "nan", "-nan", "null", "none", "-", "#n/a", "<na>", "nat", "\\n",
     "--undefined--", "nan(ind)", "-nan(ind)", "-1.#ind", "1.#ind", "1.#qnan", "-1.#qnan")
)  # fmt: skip
_TRUE = {"true": "1", "false": "0"}
_TIME = re.compile(r"(?:(-?\d+) days?,? ?\+?)?(\d+):(\d\d?)(?::(\d\d?(?:\.\d+)?))?")
_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
MOSTLY = 0.5
"""Share of numbers from which a column is one of numbers, and any other value an error."""


@dataclass
class Columns:
    """A table by its columns.

    Parameters
    ----------
    path
        The file.
    numbers
        Name to values; times are in seconds, gaps are NaN.
    words
        Name to values of columns that are not numeric; gaps are empty.
    names
        All names in the file's order.
    places
        Where each row stands, for messages.
    notes
        Sentences on how the table was read.
    """

    path: Path
    numbers: dict[str, NDArray[Any]]
    words: dict[str, list[str]]
    names: list[str]
    places: list[str]
    notes: list[str] = field(default_factory=list)

    def text(self, name: str) -> list[str]:
        """A column as text, whole numbers without a fraction."""
        if name in self.words:
            return self.words[name]
        return ["" if v != v else as_text(v) for v in self.numbers[name].tolist()]


def columns_of_text(
    path: Path, header: list[str], rows: list[list[str]], places: list[str], notes: list[str]
) -> Columns:
    """Columns of a table in which everything is text.

    Raises
    ------
    DataError
        A column of numbers holds something else in some rows.
    """
    numbers: dict[str, NDArray[Any]] = {}
    words: dict[str, list[str]] = {}
    for name, values in zip(header, zip(*rows, strict=True), strict=False):
        found = _numeric(path, name, list(values), places)
        if found is None:
            words[name] = [_unquoted(v) for v in values]
        else:
            numbers[name] = found
    for name in header:
        if name not in numbers:
            words.setdefault(name, [])
    return Columns(path, numbers, words, header, places, notes)


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value


def _numeric(
    path: Path, name: str, values: list[str], places: list[str]
) -> NDArray[np.float64] | None:
    """The numbers of a column; None if it holds others."""
    try:
        return np.array(values, dtype=object).astype(np.float64)
    except ValueError:
        pass
    found = np.full(len(values), np.nan)
    odd: list[int] = []
    filled = 0
    for row, value in enumerate(values):
        text = value.strip()
        if text.lower() in _GAPS:
            continue
        filled += 1
        number = _number(text)
        if number is None:
            odd.append(row)
        else:
            found[row] = number
    if not odd and filled:
        return found
    if not filled or len(odd) >= MOSTLY * filled:
        return None
    where = ", ".join(f"{places[row]}: {values[row].strip()[:40]!r}" for row in odd[:5])
    raise DataError(
        f"{path} has numbers in the column {name!r}, but not in {len(odd)} of {len(values)} rows "
        f"({where}). Correct them, or leave them empty."
    )


def _number(text: str) -> float | None:
    text = _TRUE.get(text.lower(), text)
    try:
        return float(text)
    except ValueError:
        pass
    if _COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    time = _TIME.fullmatch(text)
    if time is None:
        return None
    days, hours, minutes, seconds = time.groups()
    return float(days or 0) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds or 0)
