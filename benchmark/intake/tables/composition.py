"""Makes a table of a header and rows: what is empty goes, what is doubtful is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from emobench.errors import DataError
from emobench.intake.tables.frame import name_of_column
from emobench.intake.tables.table import Table
from emobench.wording import and_more, counted

_SHOWN = 10


@dataclass
class Raw:
    """What a reader of one form found: every row is as long as the header."""

    header: list[str]
    rows: list[list[str]] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def assembled(path: Path, raw: Raw, home: Path, files: list[Path]) -> Table:
    """Drop blank rows, repeated headers and nameless columns, and say so where they hold a value.

    Raises
    ------
    DataError
        Two columns have one name.
    """
    kept = [i for i, row in enumerate(raw.rows) if any(value.strip() for value in row)]
    questions = _questions(raw, kept)
    kept = [i for i in kept if i not in set(questions)]
    again = [i for i in kept if _same(raw.rows[i], raw.header)]
    notes = list(raw.notes)
    if questions:
        where = and_more([raw.places[i] for i in questions], _SHOWN)
        notes.append(f"A survey tool's further lines of headings ({where}) are no rows.")
    if again:
        where = and_more([raw.places[i] for i in again], _SHOWN)
        notes.append(f"The header stands again in {where}; that is no row.")
        kept = [i for i in kept if i not in set(again)]
    rows = [raw.rows[i] for i in kept]
    places = [raw.places[i] for i in kept]
    header = _with_id(raw.header, rows, notes)
    nameless = [c for c, name in enumerate(header) if not name]
    for column in nameless:
        notes += _unnamed(column, [row[column].strip() for row in rows], places)
    named = [c for c, name in enumerate(header) if name]
    header = [header[c] for c in named]
    _refuse_twins(path, header)
    if nameless:
        rows = [[row[c] for c in named] for row in rows]
    return Table(path, header, rows, places, notes, home, files, list(raw.doubts))


def _questions(raw: Raw, kept: list[int]) -> list[int]:
    """The second and third heading of Qualtrics: the questions, and ``{"ImportId": …}``."""
    for number, row in enumerate(kept[:3]):
        if any(value.lstrip().startswith('{"ImportId"') for value in raw.rows[row]):
            return kept[: number + 1]
    return []


def _same(row: list[str], header: list[str]) -> bool:
    return len(header) > 1 and [name_of_column(v) for v in row] == header


def _with_id(header: list[str], rows: list[list[str]], notes: list[str]) -> list[str]:
    """The header, in which pandas' index of names without a name of its own is the column id."""
    if header.count("") != 1 or "id" in header or not rows:
        return header
    values = [row[header.index("")].strip() for row in rows]
    if len(set(values)) < len(values) or not all(values) or all(v.isdecimal() for v in values):
        return header
    if header.index("") not in (0, len(header) - 1):
        return header
    notes.append("The column without a name differs in every row, so it was taken for the id.")
    return [name or "id" for name in header]


def _refuse_twins(path: Path, header: list[str]) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataError(f"{path} has the column {', '.join(map(repr, twice))} more than once.")


def _unnamed(column: int, values: list[str], places: list[str]) -> list[str]:
    """A sentence on a column without a name, if it holds anything."""
    filled = [(place, value) for place, value in zip(places, values, strict=True) if value]
    if not filled:
        return []
    if all(v.isdecimal() and v.isascii() for v in values) and _counts(values):
        return [f"Column {column + 1} has no name and holds row numbers; it is not read."]
    place, value = filled[0]
    return [
        f"Column {column + 1} has no name, so its values are not read ({place}: {value[:40]!r}; "
        f"{counted(len(filled), 'row')} in all). Write a name above them if they mean anything."
    ]


def _counts(values: list[str]) -> bool:
    """Whether the numbers rise, as row numbers do even where rows were taken out."""
    numbers = [int(v) for v in values if len(v) < 12]
    return len(numbers) == len(values) and all(a < b for a, b in pairwise(numbers))
