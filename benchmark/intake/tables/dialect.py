"""Decides by the text itself how a CSV was written: delimiter, quotation marks, escapes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from emobench.intake.tables.frame import Frame, framed
from emobench.intake.tables.readings import (
    NULL,
    Reading,
    Row,
    escaped,
    only_escapes,
    plain,
    quoted,
)
from emobench.normal_form import normal_form
from emobench.wording import and_more, counted

DELIMITERS = ",;\t|"
_SHOWN = 10
_DUMP = "Backslashes were read as a database's dump writes them."
_WINDOWS = re.compile(r"(?:[A-Za-z]:\\)?(?:[^\\\t]+\\)+[^\\\t]+\.\w{2,5}")
_EXCEL = re.compile(r'"?sep=(.|\\t)"?(?=[\r\n]|\Z)', re.IGNORECASE)


@dataclass
class Lines:
    """A text taken apart.

    Parameters
    ----------
    header
        Cells of the header, without blanks around them.
    rows
        The rows below it, those that do not fit the header too.
    wrong
        Sentences on lines that do not fit, by line; empty in a good file.
    notes
        What was assumed.
    ragged
        Line and number of fields of each row that does not fit the header.
    """

    header: list[str]
    rows: list[Row]
    wrong: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ragged: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class _Candidate:
    """One way to read the text, and how well the rows fit their header."""

    delimiter: str
    reading: Reading
    frame: Frame
    notes: list[str] = field(default_factory=list)
    ambiguous: bool = False
    dump: bool = False

    @property
    def errors(self) -> int:
        return len(self.reading.faults) + len(self.frame.ragged)

    @property
    def fits(self) -> bool:
        return not self.errors

    @property
    def body(self) -> list[Row]:
        return self.reading.rows[self.frame.top + 1 :]


def taken_apart(text: str) -> Lines:
    """Read delimited text by the dialect that it shows.

    Unquoted reading is right if every line has the header's number of fields; quoted reading is
    right if every mark that opens a value is closed before a delimiter and all rows fit. Where
    both fit and give other rows, what the rows hold decides, or the lines are named as wrong.
    """
    given = None
    if match := _EXCEL.match(text):  # the line stays as a blank one, so that lines count as before
        given, text = "\t" if match[1] == "\\t" else match[1], text[match.end() :]
    marks = [given] if given else [d for d in DELIMITERS if d in text] or [","]
    best = _best(_candidates(text, marks))
    if not best.fits and not best.ambiguous:
        others = (c for c in _unusual(text, marks) if c.fits and c.frame.width > 1)
        best = next((c for c in others if c.frame.known >= best.frame.known), best)
    if best.frame.width == 1:
        blanks = _columns_of_blanks(text)
        best = blanks if blanks.fits and blanks.frame.known else best
    return _lines(_with_gaps(text, best))


def _candidates(text: str, marks: list[str]) -> list[_Candidate]:
    """A candidate per delimiter; the likeliest alone if it gives known names and fits."""
    first = next((line for line in text[:10_000].splitlines() if line.strip()), "")
    found = []
    for mark in sorted(marks, key=lambda mark: -first.count(mark)):
        found.append(_by_delimiter(text, mark))
        if found[0].fits and found[0].frame.known and not found[0].frame.top:
            break
    return found


def _best(found: list[_Candidate]) -> _Candidate:
    """The delimiter that gives names that are known, a header on top, and most columns.

    One that fits all rows goes before it if it does not, unless its header still holds the other's
    delimiter.
    """
    found = sorted(found, key=lambda c: (not c.frame.known, c.frame.top > 0, -c.frame.width))
    first = found[0]
    if first.fits:
        return first
    for other in found[1:]:
        clean = not any(first.delimiter in name for name in other.frame.header)
        known = other.frame.known >= first.frame.known
        if other.fits and other.frame.width > 1 and clean and known:
            return other
    return first


def _candidate(delimiter: str, reading: Reading, *notes: str) -> _Candidate:
    # A line of blanks alone is no row, whatever the header's width.
    reading.rows = [r for r in reading.rows if len(r.cells) > 1 or not r.blank]
    rows = [row.cells for row in reading.rows]
    frame = framed(rows, [f"line {row.start}" for row in reading.rows])
    return _Candidate(delimiter, reading, frame, list(notes))


def _by_delimiter(text: str, delimiter: str) -> _Candidate:
    unquoted = _candidate(delimiter, plain(text, delimiter))
    if '"' not in text:
        return unquoted
    standard = _candidate(delimiter, quoted(text, delimiter))
    if not standard.fits:
        if unquoted.fits and not _mostly_marked(unquoted):
            return _noted_plain(unquoted)
        marked = standard.errors <= unquoted.errors or _mostly_marked(unquoted)
        return standard if marked else unquoted
    if not unquoted.fits or len(unquoted.body) == len(standard.body):
        return standard
    return _decided(unquoted, standard)


def _mostly_marked(unquoted: _Candidate) -> bool:
    """Whether a column has most of its values in quotation marks: the writer does quote."""
    rows = [r.cells for r in unquoted.body if len(r.cells) == unquoted.frame.width]
    columns = zip(*rows, strict=True)
    for cells in (unquoted.frame.header, *columns):
        filled = [c for c in cells if c]
        if filled and 2 * sum(map(_marked, filled)) > len(filled):
            return True
    return False


def _marked(cell: str) -> bool:
    return len(cell) > 1 and cell[0] == cell[-1] == '"'


def _doubles(cell: str) -> bool:
    """Whether a value in quotation marks holds others, each written twice."""
    return _marked(cell) and '""' in cell[1:-1] and '"' not in cell[1:-1].replace('""', "")


def _opens(row: Row) -> bool:
    return any(cell.startswith('"') for cell in row.cells)


def _noted_plain(found: _Candidate) -> _Candidate:
    lines = [f"{row.start}" for row in found.reading.rows if _opens(row)]
    if lines:
        found.notes.append(
            "The file was written without quoting: quotation marks belong to the text (line "
            f"{and_more(lines, _SHOWN)})."
        )
    return found


def _decided(unquoted: _Candidate, standard: _Candidate) -> _Candidate:
    """Both readings fit and give another number of rows: look at what the rows hold."""
    merged = [row for row in standard.body if row.end > row.start]
    lines = {i for row in merged for i in range(row.start, row.end + 1)}
    likely_plain = _alike(unquoted, lines)
    likely_quoted = _mostly_marked(unquoted) or any(
        _doubles(cell) for row in unquoted.body for cell in row.cells
    )
    if not likely_plain or len(standard.body) > len(unquoted.body):
        return standard
    if not likely_quoted:
        return _noted_plain(unquoted)
    both = replace(standard, notes=[], ambiguous=True)
    both.reading = Reading(
        standard.reading.rows,
        [
            (
                r.start,
                f"lines {r.start} to {r.end} are one row if quotation marks quote, and several if "
                "they belong to the text; the file shows both. Write every quotation mark in a "
                "text twice and the text between quotation marks",
            )
            for r in merged
        ],
    )
    return both


def _alike(unquoted: _Candidate, lines: set[int]) -> bool:
    """Whether these lines, read one by one, look like the other rows."""
    ours = [r.cells for r in unquoted.body if r.start in lines]
    others = [r.cells for r in unquoted.body if r.start not in lines]
    width = unquoted.frame.width
    if not ours or width < 2:
        return False
    full = [i for i in range(width) if all(r[i].strip() for r in others)] if others else [0, 1]
    if not all(r[i].strip() for r in ours for i in full):
        return False
    if len({r[0] for r in others}) == len(others):  # ids, which these lines must not repeat
        firsts = [r[0] for r in (*others, *ours)]
        if len(set(firsts)) < len(firsts):
            return False
    shapes = {_shape(r[0]) for r in others or ours[:1]}
    if all(_shape(r[0]) in shapes for r in ours):
        return True
    for i in range(width):
        known = Counter(normal_form(r[i]) for r in others)
        if known and 2 * len(known) <= len(others) and all(normal_form(r[i]) in known
                                                          for r in ours):  # fmt: skip
            return True
    return False


def _shape(name: str) -> str:
    """``u017`` and ``u3`` have one shape."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", name))


def _unusual(text: str, marks: list[str]) -> Iterator[_Candidate]:
    """Rarer ways of writing, likely ones first."""
    for mark in marks:
        if "\\" in text:
            for quotes in (True, False):
                found = _candidate(mark, escaped(text, mark, quotes), _DUMP)
                yield replace(found, dump=True)
        if '"' in text:
            said = "Blanks before a quotation mark were passed over."
            yield _candidate(mark, quoted(text, mark, blanks=True), said)
        if "'" in text:
            said = "Single quotation marks were read as quoting."
            yield _candidate(mark, quoted(text, mark, "'"), said)


def _columns_of_blanks(text: str) -> _Candidate:
    """Values between blanks, as in lists that people type."""
    found = _candidate(" ", plain(re.sub(r"[ \t]+", " ", text), " "))
    found.notes.append("Blanks were read as the border between values.")
    return found


def _with_gaps(text: str, found: _Candidate) -> _Candidate:
    r"""Take ``\N`` for a gap; a file that has it and nothing but escapes is a dump."""
    count = sum(cell == NULL for row in found.body for cell in row.cells)
    if not count:
        return found
    paths = any(_WINDOWS.fullmatch(cell) for row in found.body for cell in row.cells)
    if not (paths or found.dump) and only_escapes(text.replace(NULL, "")) and found.fits:
        for quotes in (True, False):
            other = _candidate(found.delimiter, escaped(text, found.delimiter, quotes))
            if other.fits and len(other.body) == len(found.body):
                found = replace(other, notes=[*found.notes, _DUMP])
                break
    for row in found.body:
        row.cells[:] = ["" if cell == NULL else cell for cell in row.cells]
    found.notes.append(f"{NULL}, a database's sign for no value, is a gap in "
                       f"{counted(count, 'cell')}.")  # fmt: skip
    return found


def _lines(found: _Candidate) -> Lines:
    ragged = [(found.reading.rows[i].start, len(found.reading.rows[i].cells))
              for i in found.frame.ragged]  # fmt: skip
    width = found.frame.width
    wrong = [(line, f"{n} fields, the header has {width}") for line, n in ragged]
    return Lines(
        found.frame.header,
        found.body,
        sorted(wrong + found.reading.faults),
        found.frame.notes + found.notes,
        ragged,
    )
