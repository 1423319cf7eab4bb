"""Tables as programs and people leave them: litter, titles, dumps, and files that are no table."""

from __future__ import annotations

import gzip
import json
import pickle
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from emobench import DataError, Table, read_table

HEAD = "id,label,text\n"
BODY = "u1,joy,a b\nu2,sad,c\n"
ROWS = [["u1", "joy", "a b"], ["u2", "sad", "c"]]


def made(folder: Path, name: str, data: str | bytes, encoding: str = "utf-8") -> Table:
    path = folder / name
    path.write_bytes(data.encode(encoding) if isinstance(data, str) else data)
    return read_table(path)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (HEAD + BODY, ""),
        ("\n" + HEAD + "\n" + BODY + "\n,,\n", ""),
        (HEAD.replace("\n", ",,\n") + BODY.replace("\n", ",,\n"), ""),
        (HEAD + BODY.replace("\n", ",,\n"), ""),
        ("\ufeff id ,label , text\n" + BODY, ""),
        ("My interviews\n\n" + HEAD + BODY, "Above the header (line 3)"),
        ("My interviews,,\n" + HEAD + BODY, "'My interviews'"),
        ("# by me, 2024\n" + HEAD + BODY, "(line 1)"),
        ("person;speech\nid;label;text\n" + BODY.replace(",", ";"), "(line 1)"),
        ("#" + HEAD + BODY, ""),
        (HEAD + "u1,joy,a b\n\ufeff" + HEAD + "u2,sad,c\n", "stands again in line 3"),
        (",id,label,text\n0,u1,joy,a b\n1,u2,sad,c\n", "holds row numbers"),
        ('"id","label","text"\n"1","u1","joy","a b"\n"2","u2","sad","c"\n', "holds row numbers"),
        ("id,label,text,\nu1,joy,a b,\nu2,sad,c,odd\n", "has no name"),
        ('id, label, text\nu1, joy, "a b"\nu2, sad, c\n'.replace(", ", ","), ""),
        ("id,label,text\nu1,joy,'a b'\nu2,sad,c\n".replace("'", ""), ""),
    ],
)
def test_litter_is_passed_over_and_what_holds_something_is_said(
    tmp_path: Path, text: str, note: str
) -> None:
    table = made(tmp_path, "m.csv", text)
    assert table.header == ["id", "label", "text"]
    assert table.rows == ROWS
    assert note in " ".join(table.notes)
    assert bool(table.notes) == bool(note)


def test_places_are_lines_where_rows_start(tmp_path: Path) -> None:
    table = made(tmp_path, "m.csv", 'sep=,\nid,label,text\n\nu1,joy,"a, ""x""\nb"\nu2,sad,c\n')
    assert table.places == ["line 4", "line 6"]
    assert table.rows[0][2] == 'a, "x"\nb'


def test_text_may_hold_other_line_ends_and_be_long(tmp_path: Path) -> None:
    text = "a\u2028b\x85c" + "x" * 200_000
    table = made(tmp_path, "m.csv", f"{HEAD}u1,joy,{text}\nu2,sad,c\rd\n")
    assert [row[2] for row in table.rows] == [text, "c\rd"]


def test_quotation_marks_of_an_unquoted_file_are_text(tmp_path: Path) -> None:
    lines = [f"u{i}\tjoy\t{t}" for i, t in enumerate(['"Oh', "no", 'yes"', "x", 'a "b" c'])]
    table = made(tmp_path, "m.tsv", "\n".join(["id\tlabel\ttext", *lines]))
    assert [row[2] for row in table.rows] == ['"Oh', "no", 'yes"', "x", 'a "b" c']
    assert "without quoting" in table.notes[0]
    assert "line 2" in table.notes[0]


def test_where_both_readings_are_likely_the_lines_are_named(tmp_path: Path) -> None:
    lines = ['u1\tjoy\t"Oh', 'u2\tsad\tno"', 'u3\tjoy\t"say ""x"""', "u4\tsad\ty"]
    with pytest.raises(DataError, match="lines 2 to 3 are one row if"):
        made(tmp_path, "m.tsv", "\n".join(["id\tlabel\ttext", *lines]))


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("id\tlabel\ttext\nu1\tjoy\ta\\tb\\\\\nu2\t\\N\tc\\\nd\n", ["a\tb\\", "c\nd"]),
        ("id\tlabel\taudio\nu1\tjoy\tclips\\tom.wav\nu2\t\\N\tnew\\n.wav\n",
         ["clips\\tom.wav", "new\\n.wav"]),
        ('id,label,text\n"u1","joy","a, \\"b\\""\n"u2",\\N,"c"\n', ['a, "b"', "c"]),
    ],
)  # fmt: skip
def test_a_databases_dump(tmp_path: Path, text: str, texts: list[str]) -> None:
    table = made(tmp_path, "m.tsv", text)
    assert [row[2] for row in table.rows] == texts
    assert [row[1] for row in table.rows] == ["joy", ""]
    assert "gap in 1 cell" in table.notes[-1]


@pytest.mark.parametrize(
    ("name", "value", "rows", "note"),
    [
        ("m.json", {"train": [{"id": "a"}], "dev": [{"id": "b"}]},
         [["train", "a"], ["dev", "b"]], "split"),
        ("m.json", {"a": {"x": "1"}, "b": {"x": None}}, [["a", "1"], ["b", ""]], "column id"),
        ("m.json", {"id": ["a", "b"], "x": [1, 1.0]}, [["a", "1"], ["b", "1.0"]], ""),
        ("m.json", {"columns": ["id", "x"], "index": [0], "data": [["a", True]]},
         [["a", "TRUE"]], ""),
        ("m.jsonl", {"id": "a", "x": "1"}, [["a", "1"]], ""),
        ("m.json", [{"id": "a", "x": ["p", "q"]}], [["a", '["p", "q"]']], "Lists or records"),
    ],
)  # fmt: skip
def test_shapes_of_json(
    tmp_path: Path, name: str, value: object, rows: list[list[str]], note: str
) -> None:
    table = made(tmp_path, name, json.dumps(value))
    assert table.rows == rows
    assert note in " ".join(table.notes)


def test_parquet_leaves_out_media_and_takes_a_nameless_index_for_ids(tmp_path: Path) -> None:
    frame = pd.DataFrame({"label": ["x", "y"], "age": [1, None], "audio": [b"1", b"2"]})
    frame.index = pd.Index(["a", "b"])
    frame.to_parquet(tmp_path / "m.parquet")
    table = read_table(tmp_path / "m.parquet")
    assert table.header == ["label", "age", "id"]
    assert table.rows == [["x", "1", "a"], ["y", "", "b"]]
    assert "stored in it: 'audio'" in table.notes[0]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("m.csv", b"\x89PNG\r\n\x1a\n" + bytes(9), "is a picture (PNG), not a table. Read are CSV"),
        ("m.pkl", pickle.dumps({"a": 1}), "is a pickle of Python"),
        ("m.xls", b"<html><table>", "is a web page (HTML)"),
        ("m.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office"),
        ("m.csv", b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        ("m.csv", "id,label\nu1,Ärger\n".encode("cp1252"), "line 2 has the byte 0xc4 ('Ä' in"),
        ("m.csv", b"id,label\nu1,a\0\n", "NUL characters, which no text does (line 2)"),
        ("m.csv.gz", gzip.compress(b"id,label\nu1,a\n" * 99, mtime=0)[:-9], "ends too early"),
        ("m.csv.gz", gzip.compress(bytes(2**20), mtime=0) * 300, "unpacks to more than"),
        ("m.json", b'[{"id": 1, "id": 2}]', "the key 'id' more than once"),
        ("m.json", b"[" * 100_000, "nested too deeply"),
        ("m.jsonl", b'{"id": 1}\n{"id": \n{"id": 3}\n', "line 2"),
        ("m.json", b'{"a": [1], "b": [1, 2]}', "columns of different lengths: 'a' 1, 'b' 2"),
        ("m.csv", b"id,text,text \nu1,a,b\n", "'text' more than once"),
        ("m.csv", b'id,label\nu1,"a" b\nu2,"c, d"\n', "line 2: something stands between"),
        ("m.csv", b'id,label\nu1,"a, b"\nu2,"c, d\n', "line 3: the quotation mark that opens"),
        ("m.txt", b"VID_1.mp4 angry\nVID_2.mp4 sad\n", "names a file ('VID_1.mp4 angry')"),
    ],
)
def test_what_is_no_table_is_said(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    with pytest.raises(DataError) as caught:
        made(tmp_path, name, data)
    assert str(tmp_path / name) in str(caught.value)
    assert said in str(caught.value)


def test_archives_are_told_apart(tmp_path: Path) -> None:
    for name, member, said in (
        ("a.zip", "m.csv", "a zip archive"),
        ("a.docx", "word/document.xml", "a text document (Word)"),
        ("a.npz", "x.npy", "arrays of NumPy"),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(member, "x")
        with pytest.raises(DataError) as caught:
            read_table(tmp_path / name)
        assert said in str(caught.value)


@pytest.mark.parametrize("typed", ["M.CSV", "m.tsv", "m", "sub\\m.csv", "M\u0301.csv"])
def test_a_near_path_is_named(tmp_path: Path, typed: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "m.csv").touch()
    (tmp_path / ("\u1e3f.csv" if "\u0301" in typed else "m.csv")).touch()
    with pytest.raises(DataError, match=r"There is no file .*There is .*\.csv; is that meant\?"):
        read_table(Path(f"{tmp_path}/{typed}"))
