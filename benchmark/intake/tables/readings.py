"""The ways to take lines of text apart into rows; which of them is right is decided elsewhere."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_MOST_FAULTS = 50
_LONGEST = 2**31 - 1
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "", "Z": "\x1a"}
_LINE_END = re.compile(r"\r\n|\n|\r")
NULL = "\\N"
"""What MySQL and PostgreSQL write for a value that is absent."""


@dataclass(frozen=True)
class Row:
    """One row and the lines of the file that hold it."""

    start: int
    end: int
    cells: list[str]

    @property
    def blank(self) -> bool:
        """Whether no cell holds anything."""
        return not any(cell.strip() for cell in self.cells)


@dataclass
class Reading:
    """The rows of a text as one rule gives them, and the lines to which the rule does not apply."""

    rows: list[Row]
    faults: list[tuple[int, str]] = field(default_factory=list)


def plain(text: str, delimiter: str) -> Reading:
    """Every line is a row, and quotation marks are letters."""
    ends = text.count("\n")
    if ends >= text.count("\r") - text.count("\r\n"):
        lines = [line.removesuffix("\r") for line in text.split("\n")]
    else:
        lines = text.split("\r")
    return Reading([Row(i, i, line.split(delimiter)) for i, line in enumerate(lines, 1) if line])


def quoted(text: str, delimiter: str, mark: str = '"', blanks: bool = False) -> Reading:
    """RFC 4180: a value that starts with a quotation mark ends with one; two stand for one.

    Parameters
    ----------
    text, delimiter
        What is read.
    mark
        The quotation mark.
    blanks
        Whether blanks may stand before a quotation mark.
    """
    csv.field_size_limit(_LONGEST)
    lines = list(io.StringIO(text, newline=""))
    found = Reading([])
    first = 0
    while first < len(lines) and len(found.faults) < _MOST_FAULTS:
        reader = csv.reader(
            lines[first:], delimiter=delimiter, quotechar=mark, skipinitialspace=blanks, strict=True
        )
        read = 0
        try:
            for cells in reader:
                if cells:
                    found.rows.append(Row(first + read + 1, first + reader.line_num, cells))
                read = reader.line_num
            break
        except csv.Error as error:
            found.faults.append((first + read + 1, _reason(error)))
            first += read + 1
    return found


def _reason(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return "the quotation mark that opens a value is never closed"
    if "expected after" in str(error):
        return "something stands between the closing quotation mark and the next delimiter"
    return str(error)


def escaped(text: str, delimiter: str, quotes: bool) -> Reading:
    r"""Databases' dumps: a backslash takes a mark's meaning away, ``\n`` and ``\t`` are letters.

    Parameters
    ----------
    text, delimiter
        What is read.
    quotes
        Whether values may stand in quotation marks.
    """
    d = re.escape(delimiter)
    bare = rf"(?P<bare>(?:[^{d}\n\r\\]|\\.)*)"
    marked = r'"(?P<marked>(?:[^"\\]|\\.|"")*)"' if quotes else ""
    pattern = rf'(?:{marked}|(?!"){bare})' if quotes else bare
    scan = re.compile(rf"{pattern}(?P<end>{d}|\r\n|\n|\r|\Z)", re.DOTALL)
    return Reading(list(_scanned(scan, text)))


def _scanned(scan: re.Pattern[str], text: str) -> Iterator[Row]:
    """Rows up to the first place that does not fit, which then is a row of one cell."""
    place, line, start, cells = 0, 1, 1, list[str]()
    while place < len(text):
        match = scan.match(text, place)
        if match is None:
            yield Row(start, line, ["?"])
            return
        marked = match.groupdict().get("marked")
        raw = match["bare"] if marked is None else marked.replace('""', '"')
        cells.append(raw if raw == NULL else _unescaped(raw))
        line += len(_LINE_END.findall(match[0]))
        place = match.end()
        if match["end"] in ("\n", "\r\n", "\r", ""):
            if cells != [""]:
                yield Row(start, line - bool(match["end"]), cells)
            start, cells = line, []
    if cells:
        yield Row(start, line, [*cells, ""])


def _unescaped(raw: str) -> str:
    if "\\" not in raw:
        return raw
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), raw, flags=re.DOTALL)


def only_escapes(text: str) -> bool:
    """Whether the text has backslashes, and every one can be a dump's escape."""
    return "\\" in text and not re.search(r"\\[^0bnrtvfNZ\\\"'\t\n\r]", re.sub(r"\\\\", "", text))
