"""One table in the dialects that programs write: read back, it has the same rows."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import DataError, Table, read_table

HEADER = ["id", "label", "text", "speaker"]
LETTERS = st.sampled_from(list('abcÄß漢😀 \'"",;\t|\n\\#=\u2028\x85éN'))
# What is blank or a database's sign for a gap is no text.
TEXT = st.text(LETTERS, max_size=12).map(lambda t: f"x{t}" if t.strip() in ("", "\\N") else t)
ROWS = st.lists(
    st.tuples(st.sampled_from(["angry", "happy", "sad"]), TEXT, st.sampled_from(["s1", "s2", ""])),
    min_size=1,
    max_size=6,
).map(lambda rows: [[f"u{i}", *row] for i, row in enumerate(rows)])

Writer = Callable[[list[list[str]]], tuple[str, bytes]]


def with_csv(delimiter: str, quoting: int, end: str = "\r\n", encoding: str = "utf-8") -> Writer:
    def write(rows: list[list[str]]) -> tuple[str, bytes]:
        file = io.StringIO(newline="")
        writer = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=end)
        writer.writerows([HEADER, *rows])
        return "m.csv", file.getvalue().encode(encoding)

    return write


def with_pandas(rows: list[list[str]]) -> tuple[str, bytes]:
    return "m.csv", pd.DataFrame(rows, columns=HEADER).to_csv().encode()


def by_excel(rows: list[list[str]]) -> tuple[str, bytes]:
    """Excel's "Unicode text": tabs, quoted where needed, UTF-16 with a mark."""
    _, data = with_csv("\t", csv.QUOTE_MINIMAL)(rows)
    return "m.txt", data.decode().encode("utf-16")


def with_sep(rows: list[list[str]]) -> tuple[str, bytes]:
    _, data = with_csv(";", csv.QUOTE_MINIMAL, encoding="utf-8-sig")(rows)
    return "m.csv", b"\xef\xbb\xbfsep=;\r\n" + data.removeprefix(b"\xef\xbb\xbf")


def packed(writer: Writer) -> Writer:
    def write(rows: list[list[str]]) -> tuple[str, bytes]:
        name, data = writer(rows)
        return f"{name}.gz", gzip.compress(data)

    return write


def as_records(rows: list[list[str]]) -> list[dict[str, str]]:
    return [dict(zip(HEADER, row, strict=True)) for row in rows]


def as_json(rows: list[list[str]]) -> tuple[str, bytes]:
    return "m.json", json.dumps({"version": 1, "data": as_records(rows)}).encode()


def as_lines(rows: list[list[str]]) -> tuple[str, bytes]:
    lines = [json.dumps(r, ensure_ascii=False) for r in as_records(rows)]
    return "m.json", "\n".join(lines).encode()


def as_columns(rows: list[list[str]]) -> tuple[str, bytes]:
    return "m.json", pd.DataFrame(rows, columns=HEADER).to_json().encode()


def as_parquet(rows: list[list[str]]) -> tuple[str, bytes]:
    file = io.BytesIO()
    pd.DataFrame(rows, columns=HEADER).set_index("id").to_parquet(file)
    return "m.parquet", file.getvalue()


def as_xlsx(rows: list[list[str]]) -> tuple[str, bytes]:
    book = openpyxl.Workbook()
    for row in [HEADER, *rows]:
        book.active.append([value or None for value in row])
        for cell in book.active[book.active.max_row]:
            cell.data_type = "s" if cell.value else cell.data_type  # "=" starts no formula
    file = io.BytesIO()
    book.save(file)
    return "m.xlsx", file.getvalue()


WRITERS: dict[str, Writer] = {
    "comma": with_csv(",", csv.QUOTE_MINIMAL),
    "comma, all quoted": with_csv(",", csv.QUOTE_ALL, "\n"),
    "semicolon, mark": with_csv(";", csv.QUOTE_MINIMAL, encoding="utf-8-sig"),
    "semicolon, text quoted": with_csv(";", csv.QUOTE_NONNUMERIC, "\n"),
    "tab": with_csv("\t", csv.QUOTE_MINIMAL, "\n"),
    "tab, old Mac": with_csv("\t", csv.QUOTE_ALL, "\r"),
    "pipe": with_csv("|", csv.QUOTE_MINIMAL, "\n"),
    "pandas with its index": with_pandas,
    "Excel's Unicode text": by_excel,
    "sep=": with_sep,
    "gz": packed(with_csv("\t", csv.QUOTE_MINIMAL)),
    "JSON": as_json,
    "JSON Lines": as_lines,
    "JSON Lines, gz": packed(as_lines),
    "JSON of columns": as_columns,
    "Parquet with an index": as_parquet,
    "Excel": as_xlsx,
}


def read(folder: Path, name: str, data: bytes) -> Table:
    path = folder / name
    path.write_bytes(data)
    return read_table(path)


def in_order(table: Table) -> list[list[str]]:
    places = [table.header.index(column) for column in HEADER]
    assert len(table.header) == len(HEADER)
    return [[row[i] for i in places] for row in table.rows]


@pytest.mark.parametrize("dialect", WRITERS)
@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_what_a_program_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, dialect: str, rows: list[list[str]]
) -> None:
    table = read(tmp_path_factory.mktemp("t"), *WRITERS[dialect](rows))
    assert in_order(table) == rows
    assert len(table.places) == len(rows)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["angry", "happy"]), st.text("ab \"'", min_size=1, max_size=8)),
        min_size=2,
        max_size=12,
    )
)
def test_a_file_without_quoting_gives_all_rows_or_names_its_lines(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    body = [(f"u{i}", label, f"x{text}" if not text.strip() else text, "s")
            for i, (label, text) in enumerate(rows)]  # fmt: skip
    lines = ["\t".join(row) for row in [("id", "label", "text", "speaker"), *body]]
    table, said = None, ""
    try:
        table = read(tmp_path_factory.mktemp("t"), "m.tsv", "\n".join(lines).encode())
    except DataError as error:
        said = str(error)
    if table is None:
        assert "line " in said
        return
    assert len(table.rows) == len(rows)
    for found, written in zip(table.rows, body, strict=True):
        assert found[:2] == list(written[:2])
        assert found[2].strip('"') == written[2].strip('"') or '""' in written[2]
