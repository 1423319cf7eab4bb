"""What is wrong with a submission, in plain sentences."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

KEPT: Final = 50
"""Faults of one column that are kept; the others are counted."""

SHOWN: Final = 200
"""Characters of a stranger's text that a sentence quotes at most."""


class UnreadableError(Exception):
    """A submission cannot be read at all; the message says which file, and why."""


@dataclass(frozen=True)
class Fault:
    """One fault and its place.

    Parameters
    ----------
    file
        The file.
    row
        Row of the table, from 1; 0 where it is of no row.
    column
        The column; "" where it is of none.
    text
        What is wrong, in a sentence.
    """

    file: str
    row: int
    column: str
    text: str

    def __str__(self) -> str:
        place = [self.file]
        place += [f"row {self.row}"] if self.row else []
        place += [f"column {self.column}"] if self.column else []
        return f"{', '.join(place)}: {self.text}"


@dataclass
class Faults:
    """The faults that were found, at most `KEPT` of each column."""

    found: list[Fault] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, file: str, row: int, column: str, text: str) -> None:
        """Add a fault; see `Fault`."""
        self.counts[file, column] += 1
        if self.counts[file, column] <= KEPT:
            self.found.append(Fault(file, row, column, text))

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts.values())


def quoted(value: object) -> str:
    """A stranger's value for a sentence: short, without signs that steer a terminal."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text):,} characters)"


def shown(name: str) -> str:
    """A stranger's name as it is, where that steers no terminal and is short, else quoted."""
    return name if name.isprintable() and len(name) <= SHOWN else quoted(name)
