"""No row is lost: every line of a text is in the table, or named in a note or an error."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import DataError, read_table

FIELD = st.text(st.sampled_from(list("ab \"'\\#,")), max_size=5)
LINE = st.lists(FIELD, min_size=1, max_size=4).map("\t".join)


@settings(max_examples=200, deadline=None)
@given(lines=st.lists(LINE, min_size=1, max_size=8), end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_line_is_a_row_or_named(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str
) -> None:
    path = tmp_path_factory.mktemp("t") / "m.tsv"
    path.write_bytes(end.join(["id\tlabel\ttext", *lines]).encode())
    try:
        table = read_table(path)
    except DataError as error:
        message = str(error)
        assert re.search(r"line \d+|more than once", message)
        return
    told = {int(n) for note in table.notes for n in re.findall(r"\d+", note)}
    told |= {int(place.removeprefix("line ")) for place in table.places}
    kept = "\n".join("\t".join(row) for row in table.rows)
    for number, line in enumerate(lines, 2):
        if line.strip() and number not in told:
            words = re.findall(r"[ab]+", line)  # a later line of a value that holds line ends
            assert all(word in kept for word in words)


@settings(max_examples=300, deadline=None)
@given(
    start=st.sampled_from(
        [b"", b"PK\x03\x04", b"PAR1", b"\x1f\x8b\x08\0", b"{", b"[", b"\xff\xfe", b"\xef\xbb\xbf",
         b"id,label\n", b'"', b"sep=;\n", b"\x80\x04", b"RIFF"]
    ),
    rest=st.binary(max_size=60),
    name=st.sampled_from(["m.csv", "m.json", "m.xlsx", "m.parquet", "m.csv.gz", "m"]),
)  # fmt: skip
def test_any_bytes_give_a_table_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes, name: str
) -> None:
    path = tmp_path_factory.mktemp("t") / name
    path.write_bytes(start + rest)
    said = ""
    try:
        table = read_table(path)
    except DataError as error:
        said = str(error)
    else:
        assert all(len(row) == len(table.header) for row in table.rows)
        assert len(table.places) == len(table.rows)
    assert not said or name in said
