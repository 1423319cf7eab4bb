"""Rows and columns that are read, and may not be what they are read as: each is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import DataError, Folders
from emobench.datasets.manifest import Manifest, ManifestOptions
from emobench.datasets.manifests import read_manifest

WORDS = {
    "angry": "rage and fury now",
    "happy": "joy and bliss today",
    "sad": "tears and gloom here",
}
LABELS = tuple(WORDS)


def rows(count: int = 60) -> list[dict[str, str]]:
    return [
        {
            "id": f"u{i:03d}",
            "speaker": f"s{i % 10:02d}",
            "text": f"{WORDS[LABELS[i % 3]]} {i}",
            "label": LABELS[i % 3],
            "split": ("train", "train", "train", "dev", "test")[i % 10 // 2],
        }
        for i in range(count)
    ]


def read(folder: Path, table: list[dict[str, Any]], name: str = "m.csv") -> tuple[Any, list[str]]:
    path = folder / name
    pd.DataFrame(table).to_csv(path, index=False)
    corpus = Manifest(Folders(folder, folder), ManifestOptions(str(path)))
    utterances = corpus.utterances()
    return corpus, corpus.doubts(utterances)


def test_a_plain_table_is_not_doubted(tmp_path: Path) -> None:
    corpus, doubts = read(tmp_path, rows())
    assert doubts == []
    assert not corpus.card.anonymous


@settings(max_examples=15, deadline=None)
@given(named=st.sets(st.integers(0, 59), min_size=1, max_size=59))
def test_a_speaker_that_not_every_row_names_is_said(
    tmp_path_factory: pytest.TempPathFactory, named: set[int]
) -> None:
    table = [r | {"speaker": r["speaker"] if i in named else ""} for i, r in enumerate(rows())]
    if len(named) < 60:
        corpus, doubts = read(tmp_path_factory.mktemp("gaps"), table)
        assert any(f"{60 - len(named):,} of 60 rows name no speaker" in d for d in doubts)
        assert corpus.card.anonymous


@pytest.mark.parametrize("word", ["reject", "Ignored", "EXCLUDED"])
def test_rows_that_are_marked_as_refused_are_said(tmp_path: Path, word: str) -> None:
    table = [r | {"answer": word if i % 7 == 0 else "accept"} for i, r in enumerate(rows())]
    (said,) = read(tmp_path, table)[1]
    assert f"'answer' says {word} in 9 rows (line 2, line 9" in said


def test_a_row_per_rater_is_said(tmp_path: Path) -> None:
    table = [
        r | {"id": f"{r['id']}-{rater}", "label": LABELS[(i + (rater == 2)) % 3]}
        for i, r in enumerate(rows())
        for rater in range(3)
    ]
    assert any("60 texts stand in several rows" in d for d in read(tmp_path, table)[1])


def test_short_texts_of_many_moods_are_no_contradiction(tmp_path: Path) -> None:
    table = [r | {"text": "Yes." if i % 3 else r["text"]} for i, r in enumerate(rows())]
    assert not any("several rows" in d for d in read(tmp_path, table)[1])


def test_a_line_of_totals_is_left_out_and_named(tmp_path: Path) -> None:
    total = {"id": "Total", "speaker": "", "text": "", "label": "60", "split": "test"}
    corpus, doubts = read(tmp_path, [*rows(), total])
    assert corpus.card.classes == LABELS
    assert len(corpus.utterances()) == 60
    (said,) = doubts
    assert "left out (line 62)" in said


@pytest.mark.parametrize("column", ["Sprecherin", "Proband", "locuteur", "Wer"])
def test_speakers_under_another_name_are_read_or_asked_about(tmp_path: Path, column: str) -> None:
    table = [{column if k == "speaker" else k: v for k, v in r.items()} for r in rows()]
    corpus, doubts = read(tmp_path, table)
    told = any(repr(column) in d and "call it speaker" in d for d in doubts)
    assert told != (corpus.utterances()["speaker"].nunique() == 10)


@pytest.mark.parametrize("values", [["m", "f"], ["2024", "2025", "2026"], list("abcdefghij") * 6])
def test_other_columns_are_not_taken_for_speakers(tmp_path: Path, values: list[str]) -> None:
    table = [
        {k: v for k, v in r.items() if k != "speaker"} | {"other": values[i % len(values)]}
        for i, r in enumerate(rows(30))
    ]
    asked = [d for d in read(tmp_path, table)[1] if "call it speaker" in d]
    assert bool(asked) == (len(set(values)) == 10)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (None, "The first line looks like data"),
        ({"label": "emotion_majority_3"}, "Is it 'emotion_majority_3'"),
        ({"label": "rater_1"}, "Is it 'rater_1'"),
    ],
)
def test_a_table_without_labels_says_what_to_do(
    tmp_path: Path, header: dict[str, str] | None, said: str
) -> None:
    path = tmp_path / "m.csv"
    frame = pd.DataFrame(rows()).rename(columns=header or {})
    frame.to_csv(path, index=False, header=header is not None)
    with pytest.raises(DataError, match=said):
        Manifest(Folders(tmp_path, tmp_path), ManifestOptions(str(path))).utterances()


def test_the_headings_of_a_survey_are_no_rows(tmp_path: Path) -> None:
    heading = {"id": "Response", "speaker": "Who?", "text": "Words", "label": "Which emotion?"}
    more = {k: json.dumps({"ImportId": k}) for k in heading}
    corpus, doubts = read(tmp_path, [heading, more, *rows()])
    assert len(corpus.utterances()) == 60
    assert doubts == []
    assert any("further lines of headings (line 2, line 3)" in d for d in corpus.card.defects)


def test_hidden_rows_are_doubted(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(rows()[0]))
    for row in rows():
        sheet.append(list(row.values()))
    sheet.row_dimensions[5].hidden = True
    book.save(tmp_path / "m.xlsx")
    corpus = Manifest(Folders(tmp_path, tmp_path), ManifestOptions(str(tmp_path / "m.xlsx")))
    (said,) = corpus.doubts(corpus.utterances())
    assert "hidden in the spreadsheet were read too: 5." in said


def test_features_of_all_rows_need_no_other_column(tmp_path: Path) -> None:
    table = pd.DataFrame(rows()).drop(columns="text")
    table.to_csv(tmp_path / "m.csv", index=False)
    features = {row["id"]: np.ones((1, 2), np.float32) for row in rows()}
    np.savez(tmp_path / "f.npz", **features)
    path = str(tmp_path / "m.csv")
    options = ManifestOptions(path, audio_features=str(tmp_path / "f.npz"))
    assert len(Manifest(Folders(tmp_path, tmp_path), options).utterances()) == 60
    with pytest.raises(DataError, match=r"m\.csv:audio_features=FILE"):
        Manifest(Folders(tmp_path, tmp_path), ManifestOptions(path)).utterances()


@pytest.mark.parametrize("column", ["audio", "Datei"])
@pytest.mark.parametrize("below", ["", "DCIM/100APPLE"])
def test_files_are_found_without_suffix_and_in_folders_below(
    tmp_path: Path, column: str, below: str
) -> None:
    (tmp_path / below).mkdir(parents=True, exist_ok=True)
    for row in rows(12):
        soundfile.write(tmp_path / below / f"{row['id']}.wav", np.ones(800) * 0.1, 8000)
    suffix = ".wav" if below else ""
    table = [{column: r["id"] + suffix, "label": r["label"], "who": r["speaker"]} for r in rows(12)]
    pd.DataFrame(table).to_csv(tmp_path / "m.csv", index=False)
    options = ManifestOptions(str(tmp_path / "m.csv"))
    found = Manifest(Folders(tmp_path, tmp_path), options).utterances()
    assert set(found["audio"]) == {f"{below}/{r['id']}.wav".lstrip("/") for r in rows(12)}


def test_a_header_that_names_too_few_columns_is_one_error(tmp_path: Path) -> None:
    lines = [f"{r['id']}.wav\t{r['label']}\t{r['speaker']}" for r in rows()]
    (tmp_path / "m.txt").write_text("\n".join(["file_name\tlabel", *lines]))
    with pytest.raises(
        DataError, match=r"every row \(line 2 to 61\) has 3 values, and the first line names 2"
    ):
        Manifest(Folders(tmp_path, tmp_path), ManifestOptions(str(tmp_path / "m.txt"))).utterances()
    (tmp_path / "m.txt").write_text("\n".join(lines))
    with pytest.raises(DataError, match="such as file_name,label,speaker above"):
        Manifest(Folders(tmp_path, tmp_path), ManifestOptions(str(tmp_path / "m.txt"))).utterances()


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("00:02:00", "00:03:00", "are these minutes and seconds"),
        ("2000", "3000", "are these milliseconds"),
        ("Begin Time - hh:mm:ss.ms", "", ""),
    ],
)
def test_times_in_other_units_are_asked_about(
    tmp_path: Path, start: str, end: str, said: str
) -> None:
    soundfile.write(tmp_path / "a.wav", np.ones(8000 * 5) * 0.1, 8000)
    if said:
        table = [{"audio": "a.wav", "label": "a", "start": start, "end": end}]
    else:
        times = {start: "00:00:01.500", "End Time - hh:mm:ss.ms": "00:00:02.000"}
        uri = "file:///C:/corpus/a.wav"
        table = [{"audio": uri, "label": r["label"], **times} | r for r in rows(3)]
    pd.DataFrame(table).to_csv(tmp_path / "m.csv", index=False)
    corpus = Manifest(Folders(tmp_path, tmp_path), ManifestOptions(str(tmp_path / "m.csv")))
    if said:
        with pytest.raises(DataError, match=said):
            corpus.utterances()
    else:
        rows_ = read_manifest(tmp_path / "m.csv").table
        assert set(rows_["start"]) == {"1.5"}
        assert set(rows_["audio"]) == {"a.wav"}
