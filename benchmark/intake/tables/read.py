"""Reads a table from a file or a folder."""

from __future__ import annotations

import re
from pathlib import Path

from emobench.discovery.paths import nearness
from emobench.errors import DataError
from emobench.intake.tables.composition import Raw, assembled
from emobench.intake.tables.dialect import Lines, taken_apart
from emobench.intake.tables.folders.folder_table import add_split, folder_table
from emobench.intake.tables.folders.media_columns import media_kind, with_media_columns
from emobench.intake.tables.kind import FORMS, POINTER, name_of, zip_members
from emobench.intake.tables.parquet import parquet
from emobench.intake.tables.records import is_json, records
from emobench.intake.tables.spreadsheet import spreadsheet
from emobench.intake.tables.table import Table
from emobench.intake.tables.text import content, decoded

_MOST_ERRORS = 1000


def read_table(path: Path, labelled: bool = True) -> Table:
    """Read a table of utterances, classes or whatever, every value as text.

    Parameters
    ----------
    path
        CSV with any delimiter (comma, semicolon, tab, ``|``), JSON, JSON Lines, Excel's .xlsx or
        Parquet, the text forms also compressed by gzip; or a folder in the form of Hugging Face's
        audiofolder and imagefolder, with a table ``metadata`` or a folder per class. What a file
        holds decides, not its suffix.
    labelled
        Whether the utterances have classes. If not, a folder of nothing but media is a table too.

    Returns
    -------
    The table. Rows in which every value is blank are left out; what else is no row is named in
    its notes.

    Raises
    ------
    DataError
        There is no such file, it is of another form, or its rows do not fit its header: all
        such rows are named.
    """
    if path.is_dir():
        return folder_table(path, file_table, labelled)
    if not path.exists():
        raise DataError(f"There is no file {path}.{nearness(path)}")
    table = file_table(path)
    _refuse_headless(table)
    table = with_media_columns(table)
    if path.name.lower().startswith("metadata."):
        add_split(table)
    return table


def _refuse_headless(table: Table) -> None:
    """A list of files and labels without a line of names above it."""
    names = ["file_name", "label", "speaker", *(f"column{i}" for i in range(4, 99))]
    example = ",".join(names[: max(2, len(table.header))])
    for name in table.header:
        if any(media_kind(Path(word)) for word in re.split(r"[\s,;|]+", name) if "." in word):
            raise DataError(
                f"{table.path}: the first line, which should name the columns, names a file "
                f"({name[:60]!r}). Write a line such as {example} above it, a name for each "
                "column, and the same delimiter between values: a comma, semicolon or tab."
            )


def file_table(path: Path) -> Table:
    """Read a file as it is: no column is renamed, and no header is asked for."""
    return assembled(path, _raw(path), path.parent, [path])


def _raw(path: Path) -> Raw:
    data = content(path)
    if data.startswith(b"PAR1"):
        return parquet(path, data)
    if data.startswith(b"PK\x03\x04"):
        _refuse_other_sheets(path, data)
        if _is_spreadsheet(path, data):
            return spreadsheet(path, data)
    if data.startswith(POINTER):
        raise DataError(f"{path} is a pointer of Git LFS, not the file: run `git lfs pull`.")
    if what := name_of(data):
        raise DataError(f"{path} is {what}, not a table. Read are {FORMS}.{_hint(what)}")
    text, notes = decoded(path, data)
    meant = is_json(text) and _means_json(path)
    raw = records(path, text) if meant else _lines(path, text)
    raw.notes[:0] = notes
    return raw


def _refuse_short_header(path: Path, lines: Lines) -> None:
    """A header that names too few columns is one error, not one in each row."""
    widths = {width for _, width in lines.ragged}
    all_wrong = len(lines.ragged) == len(lines.rows) == len(lines.wrong) > 1
    if all_wrong and len(widths) == 1 and min(widths) > len(lines.header):
        raise DataError(
            f"{path}: every row (line {lines.ragged[0][0]} to {lines.ragged[-1][0]}) has "
            f"{widths.pop()} values, and the first line names "
            f"{len(lines.header)} columns ({', '.join(lines.header)[:80]}). Write a name for each "
            "column."
        )


def _is_spreadsheet(path: Path, data: bytes) -> bool:
    names = zip_members(data)
    return any(n.startswith("xl/") for n in names) or (not names and path.suffix != ".zip")


def _refuse_other_sheets(path: Path, data: bytes) -> None:
    if data[30:100].startswith(b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"):
        raise DataError(
            f"{path} is a spreadsheet. Save it from your program as “CSV UTF-8” or .xlsx and name "
            "that file: .ods is not read."
        )


def _hint(what: str) -> str:
    if "archive" in what or "packed" in what:
        return " Unpack it and name what is inside."
    if "HTML" in what:
        return " Open it in a spreadsheet program and save it as “CSV UTF-8” or .xlsx."
    if "old Office" in what:
        return " Is it a spreadsheet? Save it from your program as “CSV UTF-8” or .xlsx."
    if what.startswith(("a picture", "a sound", "a film")):
        return " Name the table that lists the files, or their folder."
    if "table of" in what or what in ("HDF5", "a pickle of Python", "a database (SQLite)"):
        return " Write it as Parquet or CSV, with a row per utterance."
    return ""


def _means_json(path: Path) -> bool:
    """Whether text that starts as JSON is JSON: a CSV's first line can start like that too."""
    name = path.name.lower().removesuffix(".gz")
    return not name.endswith((".csv", ".tsv", ".txt", ".tab", ".psv")) or _parses(path)


def _parses(path: Path) -> bool:
    try:
        records(path, decoded(path, content(path))[0])
    except DataError:
        return False
    return True


def _lines(path: Path, text: str) -> Raw:
    lines = taken_apart(text)
    if lines.wrong:
        _refuse_short_header(path, lines)
        wrong = [f"line {line}: {said}" for line, said in lines.wrong]
        more = len(wrong) - _MOST_ERRORS
        listed = "\n  ".join(wrong[:_MOST_ERRORS] + [f"and {more:,} more"] * (more > 0))
        count = f"{len(wrong)} error{'s' * (len(wrong) > 1)}"
        remedy = "Quote values that hold the delimiter."
        if len(lines.wrong) > len(lines.ragged):
            remedy += " Write a quotation mark within a quoted value twice."
        raise DataError(f"{path} has {count}. {remedy}\n  {listed}")
    rows = [row.cells for row in lines.rows]
    return Raw(lines.header, rows, [f"line {row.start}" for row in lines.rows], lines.notes)
