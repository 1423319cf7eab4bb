"""Excel's .xlsx: the values of one sheet, merged cells filled."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import openpyxl

from emobench.errors import DataError
from emobench.intake.archives import ALWAYS_FINE, MOST_TIMES
from emobench.intake.tables.composition import Raw
from emobench.intake.tables.frame import framed, header_row
from emobench.intake.tables.values import cell_text
from emobench.wording import and_more

_SHOWN = 10
_MOST_CELLS = 50_000_000
_COLUMN = re.compile(rb"<(?:\w+:)?c [^>]*?\br=[\"']([A-Z]{1,5})\d")
_ROW = re.compile(rb"<(?:\w+:)?(?:c|row) [^>]*?\br=[\"'][A-Z]{0,5}(\d{1,18})[\"']")
_RANGE = re.compile(
    rb"<(?:\w+:)?(?:mergeCell|hyperlink) [^>]*?\bref=[\"']"
    rb"\$?([A-Z]{1,5})\$?(\d{1,18}):\$?([A-Z]{1,5})\$?(\d{1,18})"
)
_CONTROL = re.compile(r"_x000([9AD])_")
_REMEDY = "Save it from your program as “CSV UTF-8” and name that file"


def spreadsheet(path: Path, data: bytes) -> Raw:
    """Read the first sheet that holds a table.

    Raises
    ------
    DataError
        The file is damaged, holds no value, or cells in it have no value that can be read:
        formulas that were never computed, and errors.
    """
    book = _book(path, data, True)
    filled = {sheet.title: _cells(sheet) for sheet in book.worksheets}
    names = [t for t, rows in filled.items() if any(any(c for c in row) for row in rows)]
    seen = [t for t in names if book[t].sheet_state == "visible"] or names
    if not seen:
        return Raw([])
    title = next((t for t in seen if _has_header(filled[t])), seen[0])
    sheet, rows = book[title], filled[title]
    _refuse_errors(path, sheet)
    _refuse_formulas(path, data, sheet)
    notes = _sheet_notes(names, title) + _fill(sheet, rows)
    numbers = [i for i, row in enumerate(rows, 1) if any(c.strip() for c in row)]
    rows = [rows[i - 1] for i in numbers]
    places = [f"row {i}" for i in numbers]
    frame = framed(rows, places)
    _part_merged_names(path, sheet, frame.header, rows[frame.top + 1 :])
    body = slice(frame.top + 1, None)
    return Raw(frame.header, rows[body], places[body], notes + frame.notes, _hidden(sheet))


def _book(path: Path, data: bytes, values: bool) -> Any:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
            spread = (
                _largest_area(archive) if size <= max(ALWAYS_FINE, MOST_TIMES * len(data)) else 0
            )
        if spread > _MOST_CELLS:
            raise DataError(
                f"{path} spreads over {spread:,} cells; {_MOST_CELLS:,} at most are read. "
                f"{_REMEDY}."
            )
        if size > max(ALWAYS_FINE, MOST_TIMES * len(data)):
            raise DataError(f"{path} unpacks to {size:,} bytes, which no table does. {_REMEDY}.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(io.BytesIO(data), data_only=values)
    except DataError:
        raise
    except Exception as error:  # openpyxl lets through whatever its parsers raise
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise DataError(
            f"{path} is a spreadsheet. {_REMEDY}: it cannot be read as it is ({reason})."
        ) from None


def _largest_area(archive: zipfile.ZipFile) -> int:
    """The most cells of a sheet, as far as its farthest cell, merged ranges and links go.

    openpyxl makes every cell of these, so that two lines of XML can ask for billions.
    """
    most = 0
    for name in archive.namelist():
        if PurePosixPath(name).parent.name != "worksheets":
            continue
        text = archive.read(name)
        column = max((_number(c) for c in set(_COLUMN.findall(text))), default=1)
        row = max((int(r) for r in set(_ROW.findall(text))), default=1)
        spans = (
            (int(m[4]) - int(m[2]) + 1) * (_number(m[3]) - _number(m[1]) + 1)
            for m in _RANGE.finditer(text)
        )
        most = max(most, column * row, sum(abs(span) for span in spans))
    return most


def _number(letters: bytes) -> int:
    """The number of a column, from 1: ``AB`` is 28."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _cells(sheet: Any) -> list[list[str]]:
    return [[_text(v) for v in row] for row in sheet.iter_rows(min_row=1, values_only=True)]


def _text(value: Any) -> str:
    return _CONTROL.sub(lambda m: chr(int(m[1], 16)), cell_text(value))


def _has_header(rows: list[list[str]]) -> bool:
    full = [row for row in rows if any(row)]
    top = full[header_row(full)]
    return len({c.strip().lower() for c in top} & {"id", "label", "file_name", "emotion"}) > 1


def _sheet_notes(names: list[str], title: str) -> list[str]:
    others = [repr(name) for name in names if name != title]
    if not others:
        return []
    return [
        f"The sheet {title!r} was read, the others were not ({and_more(others, _SHOWN)}): save one "
        "as a file of its own to have it read."
    ]


def _fill(sheet: Any, rows: list[list[str]]) -> list[str]:
    """Write a merged range's value into all of its cells."""
    done = []
    for area in sheet.merged_cells.ranges:
        value = rows[area.min_row - 1][area.min_col - 1]
        if not value:
            continue
        done.append(str(area))
        for row in rows[area.min_row - 1 : area.max_row]:
            row[area.min_col - 1 : area.max_col] = [value] * (area.max_col - area.min_col + 1)
    if not done:
        return []
    return [f"Every cell of a merged range has the range's value: {and_more(done, _SHOWN)}."]


def _part_merged_names(path: Path, sheet: Any, header: list[str], rows: list[list[str]]) -> None:
    """A name that stands over two columns by merging belongs to the one with values.

    Raises
    ------
    DataError
        Both have values.
    """
    spans = [a for a in sheet.merged_cells.ranges if a.max_col > a.min_col]
    wrong = []
    for area in spans:
        columns = [c for c in range(area.min_col - 1, area.max_col) if c < len(header)]
        if len({header[c] for c in columns}) > 1 or not any(header[c] for c in columns):
            continue
        full = [c for c in columns if any(row[c].strip() for row in rows)]
        if len(full) > 1:
            wrong.append(f"{area} ({header[full[0]]!r})")
        for column in columns:
            if full and column not in full:
                header[column] = ""
    if wrong:
        raise DataError(
            f"{path}: the merged cells {and_more(wrong, _SHOWN)} stand over several columns with "
            "values. Give each column a name of its own; if the row below names the columns too, "
            "delete the upper one."
        )


def _hidden(sheet: Any) -> list[str]:
    rows = [str(i) for i, facts in sorted(sheet.row_dimensions.items()) if facts.hidden]
    if not rows:
        return []
    return [
        f"Rows that are hidden in the spreadsheet were read too: {and_more(rows, _SHOWN)}. Delete "
        "them there if they are not meant."
    ]


def _refuse_errors(path: Path, sheet: Any) -> None:
    wrong = [
        f"{c.coordinate} ({c.value})" for row in sheet.iter_rows() for c in row
        if c.data_type == "e" and c.value
    ]  # fmt: skip
    if wrong:
        raise DataError(
            f"{path}: cells of the sheet {sheet.title!r} hold errors instead of values: "
            f"{and_more(wrong, _SHOWN)}. Mend or empty them."
        )


def _refuse_formulas(path: Path, data: bytes, sheet: Any) -> None:
    """A formula's value is in the file only if a spreadsheet program saved it."""
    gaps = [c.coordinate for row in sheet.iter_rows() for c in row if c.value is None]
    found, empty = _formulas(data) if gaps else (False, set())
    if not found:
        return
    written = _book(path, data, False)[sheet.title]
    wrong = [c for c in gaps if c not in empty and written[c].data_type == "f"]
    if wrong:
        raise DataError(
            f"{path}: cells of the sheet {sheet.title!r} hold formulas that were never computed: "
            f"{and_more(wrong, _SHOWN)}. Open it in a spreadsheet program and save it again."
        )


def _formulas(data: bytes) -> tuple[bool, set[str]]:
    """Whether a sheet has formulas, and the cells whose formula gave an empty text."""
    found, empty = False, set[str]()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/") and PurePosixPath(name).parent.name == "worksheets":
                text = archive.read(name)
                found |= re.search(rb"<f[ >/]", text) is not None
                for cell in re.findall(rb'<c [^>]*t="str"[^>]*>', text):
                    if match := re.search(rb' r="([A-Z]+\d+)"', cell):
                        empty.add(match[1].decode())
    return found, empty
