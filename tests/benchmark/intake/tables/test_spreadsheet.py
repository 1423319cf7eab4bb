"""Spreadsheets: values as text, merged cells filled, nothing blank without a word."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from emobench import DataError, Table, read_table

HEAD = ["id", "label", "text", "speaker"]


def sheet(book: Any, *rows: list[Any], merge: tuple[str, ...] = ()) -> Any:
    for row in rows:
        book.active.append(row)
    for area in merge:
        book.active.merge_cells(area)
    return book.active


def saved(folder: Path, book: Any, name: str = "m.xlsx") -> Table:
    book.save(folder / name)
    return read_table(folder / name)


@pytest.fixture
def book() -> Any:
    return openpyxl.Workbook()


def test_values_are_text_as_people_write_them(tmp_path: Path, book: Any) -> None:
    sheet(book, HEAD, [1.0, True, datetime.datetime(2024, 5, 1), 2.5], ["007", 3, "x\ny", None])
    table = saved(tmp_path, book, "named.csv")  # what it holds decides
    assert table.rows == [["1", "TRUE", "2024-05-01", "2.5"], ["007", "3", "x\ny", ""]]
    assert table.places == ["row 2", "row 3"]
    assert table.notes == []


def test_merged_cells_hold_the_value_of_their_first(tmp_path: Path, book: Any) -> None:
    rows = [[f"u{i}", "joy", "a", "s1" if i == 0 else None] for i in range(3)]
    sheet(book, HEAD, *rows, merge=("D2:D4",))
    table = saved(tmp_path, book)
    assert [row[3] for row in table.rows] == ["s1"] * 3
    assert "D2:D4" in table.notes[0]


def test_a_header_of_two_rows_is_the_lower_one(tmp_path: Path, book: Any) -> None:
    above = ["speech", None, "who", None]
    names = ["id", "label", "text", "speaker"]
    sheet(book, above, names, ["u1", "joy", "a", "s"], merge=("A1:B1", "C1:D1"))
    table = saved(tmp_path, book)
    assert table.header == HEAD
    assert table.rows == [["u1", "joy", "a", "s"]]
    assert any("'speech speech who who'" in note for note in table.notes)


def test_a_name_merged_over_two_columns_belongs_to_the_one_with_values(
    tmp_path: Path, book: Any
) -> None:
    head = ["id", "label", "text", None]
    sheet(book, head, ["u1", "joy", "a", None], merge=("C1:D1",))
    assert saved(tmp_path, book).header == ["id", "label", "text"]
    book.active["D2"] = "more"
    with pytest.raises(
        DataError, match=r"merged cells C1:D1 \('text'\) stand over several columns"
    ):
        saved(tmp_path, book)


def test_several_sheets_and_hidden_rows_are_said(tmp_path: Path, book: Any) -> None:
    book.active.title = "Read me"
    book.active.append(["By me"])
    other = book.create_sheet("Table")
    for row in (HEAD, ["u1", "joy", "a", "s"], ["u2", "sad", "b", "s"]):
        other.append(row)
    other.row_dimensions[3].hidden = True
    table = saved(tmp_path, book)
    assert len(table.rows) == 2
    assert "The sheet 'Table' was read, the others were not ('Read me')" in table.notes[0]
    assert "hidden in the spreadsheet were read too: 3" in table.doubts[0]


def test_formulas_without_values_and_errors_name_their_cells(tmp_path: Path, book: Any) -> None:
    sheet(book, HEAD, ["u1", "=LOWER(C2)", "a", "s"])
    with pytest.raises(DataError, match="formulas that were never computed: B2"):
        saved(tmp_path, book)
    book.active["B2"] = "#REF!"
    with pytest.raises(DataError, match=r"errors instead of values: B2 \(#REF!\)"):
        saved(tmp_path, book)


def test_a_broken_or_other_spreadsheet_is_said(tmp_path: Path) -> None:
    (tmp_path / "m.xlsx").write_bytes(b"PK\x03\x04" + bytes(range(200)))
    with pytest.raises(DataError, match=r"is a spreadsheet\. Save it from your program"):
        read_table(tmp_path / "m.xlsx")
    assert saved(tmp_path, openpyxl.Workbook()).header == []
