"""Reading a corpus's CSV: exact values, and errors with file, line and value."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import DataError, map_labels, read_csv

# Any text but what no CSV file in UTF-8 can hold: lone surrogates and NUL.
CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=12)


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


@settings(max_examples=60)
@given(rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=6), bom=st.booleans())
def test_every_value_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], bom: bool
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *rows])
    table = read_csv(path, ["a", "c"])
    assert list(table[["a", "b", "c"]].itertuples(index=False, name=None)) == rows


def test_nothing_is_guessed_about_values(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a,b\n007,NA\n1e3,\nnull,TRUE\n")
    table = read_csv(path, ["a"])
    assert table["a"].tolist() == ["007", "1e3", "null"]
    assert table["b"].tolist() == ["NA", "", "TRUE"]


def test_the_line_is_where_the_row_ends_and_blank_lines_count(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'a,b\n1,x\n\n2,"two\nlines"\r\n3,y')
    assert read_csv(path, ["a", "b"])["line"].tolist() == [2, 5, 6]


def test_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    table = read_csv(write(tmp_path / "a.csv", "a,b\n"), ["a"])
    assert len(table) == 0
    assert {"a", "b", "line"} <= set(table.columns)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; it should start with a,b"),
        (b"a,c\n1,2\n", "lacks the column 'b'; it has a, c"),
        (b"x\n", "lacks the column 'a', 'b'; it has x"),
        (b"\n1,2\n", "lacks the column 'a', 'b'"),
        (b"a,b,b\n1,2,3\n", "has the column 'b' more than once"),
        (b"a,b\nit\x92s,1\n", "cannot be read as a UTF-8 CSV"),
        ("a,b\n1,2\n".encode("utf-16"), "cannot be read as a UTF-8 CSV"),
        (b"a,b\n1,2\n3\n4,5\n6,7,8\n", "needs 2 fields; not so: line 3 (1 fields), line 5 (3 "),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_csv(path, ["a", "b"])
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_an_absent_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.csv does not exist"):
        read_csv(tmp_path / "gone.csv", [])
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(DataError, match=r"folder\.csv cannot be read"):
        read_csv(tmp_path / "folder.csv", [])


def test_many_broken_rows_are_ten_and_a_count(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a,b\n" + "1\n" * 13)
    with pytest.raises(DataError, match=r"line 2 \(1 fields\).*line 11 \(1 fields\) and 3 more\."):
        read_csv(path, ["a", "b"])


def test_labels_are_translated_in_order(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "l\nhap\nsad\nhap\n")
    labels = map_labels(read_csv(path, ["l"]), "l", {"hap": "happiness", "sad": "sadness"}, path)
    assert labels.tolist() == ["happiness", "sadness", "happiness"]


def test_unknown_labels_are_all_listed_with_line_and_value(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "l\nhap\nHap\n\nhap \n")
    with pytest.raises(DataError) as caught:
        map_labels(read_csv(path, ["l"]), "l", {"hap": "h", "sad": "s"}, path)
    message = str(caught.value)
    assert f"{path} has unknown labels in column 'l': line 3: 'Hap', line 5: 'hap '." in message
    assert "Known: hap, sad." in message


def test_many_unknown_labels_are_ten_and_a_count(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "l\n" + "".join(f"x{i}\n" for i in range(12)))
    with pytest.raises(DataError, match=r"line 11: 'x9' and 2 more\."):
        map_labels(read_csv(path, ["l"]), "l", {"hap": "h"}, path)
