"""A spreadsheet of a few lines of XML that asks for billions of cells, or of letters."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from emobench import DataError, read_table

LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a0 "lol">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    + "]>"
)


def changed(folder: Path, member: str, old: str, new: str) -> Path:
    """A table with a piece of a member's XML replaced."""
    book, whole = openpyxl.Workbook(), io.BytesIO()
    for row in (["id", "label"], ["a", "joy"], ["b", "anger"]):
        book.active.append(row)
    book.save(whole)
    path = folder / "x.xlsx"
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(path, "w") as made:
        for info in archive.infolist():
            text = archive.read(info).decode()
            if info.filename == member:
                assert old in text
                text = text.replace(old, new, 1)
            made.writestr(info.filename, text, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 10_000
    return path


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
        ("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        ("</sheetData>", '</sheetData><hyperlinks><hyperlink ref="A1:XFD1048576"/></hyperlinks>'),
        ('<row r="1"', '<row r="999999999"'),
    ],
)
def test_more_cells_than_any_table_has(tmp_path: Path, old: str, new: str) -> None:
    path = changed(tmp_path, SHEET, old, new)
    with pytest.raises(DataError, match=r"spreads over [\d,]+ cells; 50,000,000 at most"):
        read_table(path)


def test_entities_within_entities(tmp_path: Path) -> None:
    path = changed(tmp_path, SHEET, "<worksheet", f"{LAUGHS}<worksheet")
    with zipfile.ZipFile(path) as archive:
        members = {i.filename: archive.read(i) for i in archive.infolist()}
    cell = b'<c r="C1" t="inlineStr"><is><t>&a11;</t></is></c></row>'
    assert b"</row>" in members[SHEET]
    members[SHEET] = members[SHEET].replace(b"</row>", cell, 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    with pytest.raises(DataError, match="cannot be read as it is"):
        read_table(path)


def test_an_ordinary_table_is_read(tmp_path: Path) -> None:
    merged = '</sheetData><mergeCells><mergeCell ref="A4:B5"/></mergeCells>'
    path = changed(tmp_path, SHEET, "</sheetData>", merged)
    assert read_table(path).rows == [["a", "joy"], ["b", "anger"]]
