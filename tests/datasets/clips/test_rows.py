"""Rows of a table as clips: what is read of them, and what is left to each clip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from emobench import ClipError, ClipForm, DataError, Dataset, Folders
from emobench.discovery.registry import registry

SOURCES = {"text": ("transcript",), "audio": ("waveform",), "vision": ("frames",)}


@pytest.fixture
def clips_of(tmp_path):
    """Open rows as clips for a model that reads `sources`."""

    def opened(rows: list[dict[str, str]], sources=SOURCES, **options: str) -> Dataset:
        path = tmp_path / "clips.csv"
        pd.DataFrame(rows).to_csv(path, index=False)
        kind = registry("dataset")["manifest"].load()
        form = ClipForm(("calm", "joy"), False, sources)
        return kind.of_clips(Folders(tmp_path, tmp_path), kind.Options(str(path), **options), form)

    return opened


def sound(path: Path) -> str:
    soundfile.write(path, np.random.default_rng(0).normal(size=8_000) / 9, 16_000)
    return path.name


def test_rows_need_no_label_and_say_what_they_have(clips_of, tmp_path):
    clips = clips_of([{"text": "hello", "audio": sound(tmp_path / "a.wav")}])
    table = clips.utterances()
    assert list(table["id"]) == ["a"]
    assert list(table["label"]) == [""]
    assert clips.sources() == {"text": ("transcript",), "audio": ("waveform",), "vision": ()}
    assert clips.read(table.iloc[0], "transcript") == "hello"
    assert clips.read(table.iloc[0], "waveform").shape == (8_000,)
    assert clips.card.classes == ("calm", "joy")


def test_a_label_and_a_split_of_any_words_are_left_as_they_are(clips_of):
    table = clips_of([{"id": "a", "text": "x", "label": "Wut", "split": "monday"}]).utterances()
    assert list(table["label"]) == ["Wut"]
    assert "split" not in table


def test_a_file_that_is_not_there_is_a_fault_of_its_clip(clips_of, tmp_path):
    rows = [{"id": "a", "audio": sound(tmp_path / "a.wav")}, {"id": "b", "audio": "b.wav"}]
    clips = clips_of(rows)
    table = clips.utterances()
    assert clips.read(table.iloc[0], "waveform") is not None
    with pytest.raises(ClipError, match=r"there is no file b\.wav"):
        clips.read(table.iloc[1], "waveform")


def test_a_segment_behind_the_end_is_a_fault_of_its_clip(clips_of, tmp_path):
    name = sound(tmp_path / "a.wav")
    rows = [{"id": i, "audio": name, "start": s, "end": e}
            for i, s, e in (("a", "0.1", "0.3"), ("b", "7", "9"))]  # fmt: skip
    clips = clips_of(rows)
    table = clips.utterances()
    assert len(clips.read(table.iloc[0], "waveform")) == 3_200
    with pytest.raises(ClipError):
        clips.read(table.iloc[1], "waveform")


def test_what_no_recording_gives_is_a_column_of_its_own(clips_of, tmp_path):
    np.save(tmp_path / "units.npy", np.ones((3, 5), np.float32))
    np.save(tmp_path / "faces.npy", np.zeros((2, 48, 48), np.uint8))
    np.save(tmp_path / "wrong.npy", np.zeros((2, 9), np.uint8))
    row = {"id": "a", "action_units": "units.npy", "frames": "faces.npy"}
    clips = clips_of([row], {"vision": ("action_units",)})
    assert clips.sources() == {"vision": ("action_units",)}
    assert clips.read(clips.utterances().iloc[0], "action_units").shape == (3, 5)
    clips = clips_of([row, row | {"id": "b", "frames": "wrong.npy"}], {"vision": ("frames",)})
    table = clips.utterances()
    assert clips.read(table.iloc[0], "frames").shape == (2, 48, 48)
    with pytest.raises(ClipError, match="holds uint8"):
        clips.read(table.iloc[1], "frames")
    assert any("action_units" in said for said in clips.oddities(table))


def test_a_modality_counts_only_with_all_that_the_model_reads_of_it(clips_of):
    sources = {"text": ("transcript", "glove_300")}
    assert clips_of([{"id": "a", "text": "x"}], sources).sources() == {"text": ()}


def test_rows_with_one_id_are_refused(clips_of):
    clips = clips_of
    with pytest.raises(DataError, match="occurs in"):
        clips([{"id": "a", "text": "x"}, {"id": "a", "text": "y"}])


def test_a_folder_of_nothing_but_recordings_is_a_table_of_clips(tmp_path):
    for name in "ab":
        sound(tmp_path / f"{name}.wav")
    kind = registry("dataset")["manifest"].load()
    form = ClipForm(("calm", "joy"), False, SOURCES)
    clips = kind.of_clips(Folders(tmp_path, tmp_path), kind.Options(str(tmp_path)), form)
    table = clips.utterances()
    assert list(table["id"]) == ["a", "b"]
    assert list(table["label"]) == ["", ""]
    with pytest.raises(DataError, match="nothing says which class"):
        kind(Folders(tmp_path, tmp_path), kind.Options(str(tmp_path))).utterances()


def test_a_header_without_rows_is_no_table_of_clips(tmp_path):
    (tmp_path / "clips.csv").write_text("id,text\n")
    kind = registry("dataset")["manifest"].load()
    form = ClipForm(("calm", "joy"), False, SOURCES)
    options = kind.Options(str(tmp_path / "clips.csv"))
    with pytest.raises(DataError, match="a header and no row"):
        kind.of_clips(Folders(tmp_path, tmp_path), options, form)
