from __future__ import annotations

from pathlib import Path

import pytest

from emobench import DataError
from emobench.datasets.manifests import read_manifest


def manifest(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "own.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_reads_what_spreadsheets_write(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = ["id,label,text", "u1,Ärger,Nein!", "", "u2,Freude,Ja"]
    text = "\r\n".join(rows).replace(",", delimiter) + "\r\n"
    read = read_manifest(manifest(tmp_path, text, encoding))
    table, unread = read.table, read.unread
    assert list(table["label"]) == ["Ärger", "Freude"]
    assert list(table["text"]) == ["Nein!", "Ja"]
    assert list(table["speaker"]) == ["", ""]
    assert unread == []


def test_every_bad_row_is_reported(tmp_path: Path) -> None:
    rows = [f"u{i},joy,gone{i}.wav,tarin" for i in range(50)]
    path = manifest(tmp_path, "\n".join(["id,label,audio,split", *rows]))
    with pytest.raises(DataError) as caught:
        read_manifest(path)
    message = str(caught.value)
    assert "own.csv has 100 errors" in message
    assert "audio: there is no file gone0.wav and 49 others (line 2, line 3, " in message
    for i in range(50):
        assert f"line {i + 2}: unknown split 'tarin'" in message


def test_ids_are_there_once(tmp_path: Path) -> None:
    path = manifest(tmp_path, "id,label,text\nu1,joy,a\n,joy,b\nu1,joy,c\n")
    with pytest.raises(DataError, match=r"line 3: no id\n.*line 4: the id 'u1' occurs in line 2"):
        read_manifest(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,label\nu1,joy\n", "none of the columns text, audio, video"),
        ("id,text\nu1,a\n", "lacks the column 'label'"),
        ("", "lacks the column 'label'; it has no header"),
        ("id,text,joy,fear\nu1,a,0,1\n", "joy, fear look like one column per class"),
        ("id,label,vidoe\nu1,joy,a\n", "'vidoe' (did you mean 'video'?)"),
        (
            "id,label,adio,speakr\nu1,joy,a,b\n",
            "the columns 'adio' (did you mean 'audio'?), 'speakr' (did you mean 'speaker'?)",
        ),
        ("id,label,text,text\nu1,joy,a,b\n", "'text' more than once"),
        ("id,label,text\nu1,joy\nu2,joy,a,b\n", "line 2: 2 fields, the header has 3\n"),
    ],
)
def test_a_wrong_header_or_shape_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError) as caught:
        read_manifest(manifest(tmp_path, text))
    assert said in str(caught.value)


def test_another_encoding_is_said(tmp_path: Path) -> None:
    path = manifest(tmp_path, "id,label,text\nu1,Ärger,a\n", "latin-1")
    with pytest.raises(DataError, match="Save it as UTF-8"):
        read_manifest(path)


def test_absent_files_and_columns_without_meaning(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no file"):
        read_manifest(tmp_path / "none.csv")
    path = manifest(tmp_path, "id,label,text,rater,split\nu1,joy,a,7,Validation\n")
    read = read_manifest(path)
    table, unread = read.table, read.unread
    assert unread == ["rater"]
    assert list(table["split"]) == ["dev"]


@pytest.mark.parametrize("name", ["own.xlsx", "own.csv"])
def test_a_spreadsheet_is_said_to_be_one(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"PK\x03\x04" + bytes(range(200)))
    with pytest.raises(DataError, match=r"is a spreadsheet\. Save it"):
        read_manifest(path)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a.wav"], "no file a.wav (line 2)"),
        (["a.wav", "a.wav"], "no file a.wav (line 2, line 3)"),
        (["a.wav", "b.wav"], "no file a.wav and no b.wav (line 2, line 3)"),
        (["a.wav", "b.wav", "c.wav"], "no file a.wav and 2 others (line 2, line 3, line 4)"),
    ],
)
def test_absent_files_are_named_with_the_ways_out(
    tmp_path: Path, names: list[str], said: str
) -> None:
    rows = "".join(f"u{i},joy,{name}\n" for i, name in enumerate(names))
    with pytest.raises(DataError) as caught:
        read_manifest(manifest(tmp_path, "id,label,audio\n" + rows))
    assert said in str(caught.value)
    assert "leave the cell empty" in str(caught.value)
