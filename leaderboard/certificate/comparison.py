"""Compares what a certificate states with what follows from its predictions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

TOLERANCE: Final = 1e-9
"""What other processors and libraries may add up otherwise."""

Rows = list[list[str]]

MOST: Final = 20
"""Differences of a file that are named."""


def differences(name: str, stated: str, found: str, shared: bool = False) -> list[str]:
    """Return a sentence for each place in which a stated file is not what follows.

    Parameters
    ----------
    name
        Of the file. In CSV numbers may differ by `TOLERANCE`; all else is compared as text.
    stated, found
        Both contents.
    shared
        Whether only columns are compared that both have: another version may have more.
    """
    if stated == found:
        return []
    if not name.endswith(".csv"):
        return [f"{name} is not what follows from the results{_first_line(stated, found)}"]
    every = list(_cells(name, *_both(_rows(stated), _rows(found), shared)))
    if len(every) > MOST:
        return [*every[:MOST], f"{name}: and {len(every) - MOST:,} more"]
    return every


def _first_line(stated: str, found: str) -> str:
    lines = zip(stated.splitlines(), found.splitlines(), strict=False)
    for number, (one, other) in enumerate(lines, start=1):
        if one != other:
            return f": line {number} is {one.strip()[:80]!r}, and follows as {other.strip()[:80]!r}"
    return ": it is longer or shorter"


def _both(one: Rows, other: Rows, shared: bool) -> tuple[Rows, Rows]:
    """Both tables, with the columns alone that both have if these are asked for."""
    if not shared or not one or not other or one[0] == other[0]:
        return one, other
    names = [name for name in one[0] if name in other[0]]
    cut = []
    for table in (one, other):
        places = [table[0].index(name) for name in names]
        cut.append([[row[i] if i < len(row) else "" for i in places] for row in table])
    return cut[0], cut[1]


def _cells(name: str, one: Rows, other: Rows) -> Iterator[str]:
    if not one or not other or one[0] != other[0]:
        yield f"{name} has other columns than follow"
        return
    if len(one) != len(other):
        yield f"{name} has {len(one) - 1:,} rows, and {len(other) - 1:,} follow"
        return
    head = one[0]
    for left, right in zip(one[1:], other[1:], strict=True):
        if len(left) != len(right):
            yield f"{name}, row {' '.join(left[:3])[:80]}: it has another length than follows"
            continue
        for column, a, b in zip(head, left, right, strict=False):
            if a != b and not _is_close(a, b):
                label = ", ".join(filter(None, _label(head, left)))
                yield (
                    f"{name}, row {label}, column {column}: {a or 'nothing'} is stated, "
                    f"{b or 'nothing'} follows"
                )


def _rows(text: str) -> Rows:
    csv.field_size_limit(2**24)
    return list(csv.reader(io.StringIO(text)))


def _label(head: list[str], row: list[str]) -> list[str]:
    """The words at the beginning of a row that say what it is about."""
    found: list[str] = []
    for column, word in zip(head, row, strict=False):
        if column in ("value", "difference", "accuracy") or len(found) == 6:
            break
        if word and not _is_number(word):
            found.append(word[:60])
    return found or row[:1]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_close(stated: str, found: str) -> bool:
    try:
        one, other = float(stated), float(found)
    except ValueError:
        return False
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other))
