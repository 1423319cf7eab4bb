"""Rows of a table as clips: what is read of them, and what is left to each clip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emobench import ClipError, ClipForm, DataError, Dataset, Folders
from emobench.discovery.registry import registry

SOURCES = {"text": ("transcript",), "audio": ("waveform",), "vision": ("frames",)}


@pytest.fixture
def clips_of(tmp_path):
    """Open rows as clips for a model that reads `sources`."""

    def opened(rows: list[dict[str, str]], sources=SOURCES, names=None, **options: str) -> Dataset:
        path = tmp_path / "clips.csv"
        pd.DataFrame(rows).to_csv(path, index=False)
        kind = registry("dataset")["manifest"].load()
        form = ClipForm(("calm", "joy"), False, sources, names or {})
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


NAMES = ("AU01", "AU02", "AU04")
UNITS = {"vision": ("action_units",)}


@given(order=st.permutations(range(3)), blank=st.sampled_from(["", " "]))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_named_columns_in_any_order_are_the_same_features(clips_of, tmp_path, order, blank):
    values = np.array([[0.5, 1.5, 2.5], [3.5, 4.5, 5.5]], np.float32)
    frame = pd.DataFrame(values[:, order], columns=[blank + NAMES[i] for i in order])
    frame.to_csv(tmp_path / "units.csv", index=False)
    clips = clips_of([{"id": "a", "action_units": "units.csv"}], UNITS, {"action_units": NAMES})
    table = clips.utterances()
    assert np.array_equal(clips.read(table.iloc[0], "action_units"), values)
    assert not any("order" in said for said in clips.oddities(table))


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("AU01,AU02", "lacks AU04"),
        ("AU01,AU02,AU04,AU05", "has AU05"),
        ("AU01,AU02,AU4", "lacks AU04 and has AU4"),
    ],
)
def test_other_names_than_those_of_the_training_are_refused(clips_of, tmp_path, header, said):
    row = ",".join("1" for _ in header.split(","))
    (tmp_path / "units.csv").write_text(f"{header}\n{row}\n")
    clips = clips_of([{"id": "a", "action_units": "units.csv"}], UNITS, {"action_units": NAMES})
    with pytest.raises(ClipError, match=said):
        clips.read(clips.utterances().iloc[0], "action_units")


def test_an_order_that_cannot_be_compared_is_said(clips_of, tmp_path):
    (tmp_path / "named.csv").write_text("AU02,AU01,AU04\n1,2,3\n")
    (tmp_path / "bare.csv").write_text("0,1,2\n1,2,3\n")
    said = {}
    for name, names in (("named", {}), ("bare", {"action_units": NAMES}), ("bare", {})):
        clips = clips_of([{"id": "a", "action_units": f"{name}.csv"}], UNITS, names)
        table = clips.utterances()
        assert clips.read(table.iloc[0], "action_units").tolist() == [[1, 2, 3]]
        told = " ".join(clips.oddities(table))
        said[name, bool(names)] = told
    assert "(AU02, AU01, AU04): the columns are taken in the order" in said["named", False]
    assert "the training's order is not known" in said["named", False]
    assert "do not name their columns: they are taken in the training's order" in said["bare", True]
    assert "order" not in said["bare", False]


def test_a_column_of_which_some_files_are_there_is_left_to_the_clips(clips_of, tmp_path):
    rows = [{"id": "a", "audio": sound(tmp_path / "a.wav")}, {"id": "b", "audio": "b.wav"}]
    clips = clips_of(rows)
    assert not any("there" in said for said in clips.oddities(clips.utterances()))
    clips = clips_of(rows[1:])
    (told,) = [said for said in clips.oddities(clips.utterances()) if "there" in said]
    assert told.startswith("The only file in the column audio is not there ('b.wav')")


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
