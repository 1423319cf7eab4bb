"""Folders as tables: metadata files in other tools' words, and a folder per class."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from emobench import DataError, read_table


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def metadata(folder: Path, form: str, rows: list[dict[str, str]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"metadata.{form}"
    frame = pd.DataFrame(rows)
    if form == "csv":
        frame.to_csv(path, index=False)
    elif form == "parquet":
        frame.to_parquet(path)
    else:
        path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_folder_and_its_metadata_are_one_table(tmp_path: Path, form: str) -> None:
    touch(tmp_path, "a.wav", "b.wav", "c.wav", "._a.wav", ".DS_Store")
    rows = [{"file_name": f"{n}.wav", "transcription": n, "label": "x"} for n in "ab"]
    path = metadata(tmp_path, form, rows)
    table = read_table(tmp_path)
    assert table.header == ["id", "audio", "text", "label"]
    assert table.rows == [["a", "a.wav", "a", "x"], ["b", "b.wav", "b", "x"]]
    assert (table.home, table.files) == (tmp_path, [path])
    said = " ".join(table.notes)
    assert "'file_name' was taken for audio" in said
    assert "'transcription' was taken for text" in said
    assert "In no row: 1 file of media (c.wav)" in said
    assert "2 files of other systems" in said
    assert read_table(path).rows == table.rows


def test_parts_give_the_split_and_ids_stay_apart(tmp_path: Path) -> None:
    for part in ("train", "validation", "test"):
        metadata(tmp_path / part, "csv", [{"file_name": "1.jpg", "label": "x"}])
    table = read_table(tmp_path)
    found = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    assert {r["id"]: r["split"] for r in found} == {
        "train/1": "train", "validation/1": "dev", "test/1": "test",
    }  # fmt: skip
    assert {r["image"] for r in found} == {f"{r['id']}.jpg" for r in found}
    assert table.home == tmp_path
    assert len(table.files) == 3


def test_parts_in_the_names_of_files_are_the_split_however_the_table_is_named(
    tmp_path: Path,
) -> None:
    rows = [{"file_name": f"{part}/{part}.wav", "label": "x"} for part in ("train", "test")]
    path = metadata(tmp_path, "csv", rows)
    for named in (tmp_path, path):
        table = read_table(named)
        assert [row[table.header.index("split")] for row in table.rows] == ["train", "test"]


def test_media_of_two_kinds_go_to_two_columns(tmp_path: Path) -> None:
    rows = [{"file_name": "a.wav", "label": "x"}, {"file_name": "b.mp4", "label": "y"}]
    table = read_table(metadata(tmp_path, "csv", rows))
    assert table.header == ["id", "audio", "video", "label"]
    assert table.rows == [["a", "a.wav", "", "x"], ["b", "", "b.mp4", "y"]]


def test_our_own_columns_are_left_alone(tmp_path: Path) -> None:
    row = {"id": "7", "audio": "a.wav", "file": "b.mp4", "sentence": "s", "label": "x"}
    table = read_table(metadata(tmp_path, "csv", [row]))
    assert {"id", "audio"} <= set(table.header)
    assert table.rows[0][table.header.index("id")] == "7"
    assert table.rows[0][table.header.index("audio")] == "a.wav"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["angry/1.jpg", "sad/2.jpg"], {"1": ("angry", ""), "2": ("sad", "")}),
        (["train/angry/1.wav", "test/sad/1.wav"],
         {"train/angry/1": ("angry", "train"), "test/sad/1": ("sad", "test")}),
        (["x/Training/angry/1.wav", "x/val/sad/2.wav"],
         {"1": ("angry", "train"), "2": ("sad", "dev")}),
        (["angry/train/1.wav", "sad/test/2.wav"], {"1": ("angry", "train"), "2": ("sad", "test")}),
        (["angry/s1/1.wav", "angry/s2/1.wav", "sad/s1/1.wav"],
         {"angry/s1/1": ("angry", ""), "angry/s2/1": ("angry", ""), "sad/s1/1": ("sad", "")}),
    ],
)  # fmt: skip
def test_folders_per_class(
    tmp_path: Path, names: list[str], expected: dict[str, tuple[str, str]]
) -> None:
    touch(tmp_path, *names, "angry.txt.bak", "Thumbs.db")
    table = read_table(tmp_path)
    found = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    assert {r["id"]: (r["label"], r.get("split", "")) for r in found} == expected
    assert {r.get("audio") or r.get("image") for r in found} == set(names)
    assert "its folders were taken for the classes: angry" in table.notes[0]
    assert any("1 file without media" in note for note in table.notes)


def test_a_voice_and_a_picture_of_one_name_are_one_row(tmp_path: Path) -> None:
    touch(tmp_path, "joy/1.wav", "joy/1.jpg", "sad/2.wav", "loose.wav")
    table = read_table(tmp_path)
    assert table.header == ["id", "label", "audio", "image"]
    assert table.rows[0] == ["1", "joy", "joy/1.wav", "joy/1.jpg"]
    assert any("loose.wav" in note for note in table.notes)


def test_another_table_in_the_folder_is_named_not_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "joy/1.wav", "sad/2.wav", "labels.csv")
    with pytest.raises(DataError, match=r"it holds labels\.csv\. Name the table itself: .*labels"):
        read_table(tmp_path)


def test_a_folder_with_nothing_to_read_says_what_would_be(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is a folder without a table\. It is empty\. Read are"):
        read_table(tmp_path)
    touch(tmp_path, "1.wav", "2.wav")
    with pytest.raises(DataError, match=r"Put a metadata\.csv with the columns"):
        read_table(tmp_path)
