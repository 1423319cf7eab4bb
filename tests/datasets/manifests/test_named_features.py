"""Features whose columns have names are read by these, in whatever order they stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emobench import ClipError, ClipForm, DataError, Dataset, Folders
from emobench.discovery.registry import registry
from emobench.intake.features import open_features

NAMES = ("pitch", "energy", "jitter")
OTHER = (2, 0, 1)
VALUES = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
IDS = ["a", "b", "c", "d"]
PLACES = ("files", "side", "cells")


def corpus(
    folder: Path, place: str, order: tuple[int, ...], names=NAMES, form: ClipForm | None = None
) -> Dataset:
    """Four rows whose three features stand in `order`, in one of the places that a table has."""
    folder.mkdir(exist_ok=True)
    rows = pd.DataFrame({"id": IDS, "label": ["joy", "calm"] * 2, "speaker": IDS})
    rows["split"] = ["train", "train", "dev", "test"]
    stored = pd.DataFrame(VALUES[:, order], columns=[names[i] for i in order])
    options = {}
    if place == "files":
        rows["audio_features"] = [f"{name}.csv" for name in IDS]
        for at, name in enumerate(IDS):
            stored.iloc[[at]].to_csv(folder / f"{name}.csv", index=False)
    elif place == "side":
        stored.assign(id=IDS).to_csv(folder / "voices.csv", index=False)
        options["audio_features"] = "voices.csv"
    else:
        rows = rows.join(stored)
        options["audio_vectors"] = "|".join(stored)
    rows.to_csv(folder / "corpus.csv", index=False)
    kind = registry("dataset")["manifest"].load()
    chosen = kind.Options(str(folder / "corpus.csv"), **options)
    folders = Folders(folder, folder)
    return kind(folders, chosen) if form is None else kind.of_clips(folders, chosen, form)


def read(dataset: Dataset) -> np.ndarray:
    table = dataset.utterances()
    return np.concatenate([dataset.read(row, "audio_features") for _, row in table.iterrows()])


def form_of(dataset: Dataset) -> ClipForm:
    """What a model that was trained on this corpus reads."""
    dataset.utterances()
    names = {"audio_features": dataset.feature_names("audio_features")}
    return ClipForm(("calm", "joy"), False, {"audio": ("audio_features",)}, names)


@pytest.mark.parametrize("trained", PLACES)
@pytest.mark.parametrize("place", PLACES)
def test_new_clips_are_read_in_the_order_of_the_training(tmp_path, trained, place):
    source = corpus(tmp_path / "old", trained, (0, 1, 2))
    assert read(source) == pytest.approx(VALUES)
    assert source.feature_names("audio_features") == NAMES
    clips = corpus(tmp_path / "new", place, OTHER, form=form_of(source))
    assert read(clips) == pytest.approx(VALUES)
    assert not any("order" in said for said in clips.oddities(clips.utterances()))


@pytest.mark.parametrize("place", PLACES)
def test_clips_with_other_names_are_refused(tmp_path, place):
    form = form_of(corpus(tmp_path / "old", "side", (0, 1, 2)))
    clips = corpus(tmp_path / "new", place, OTHER, ("pitch", "energy", "shimmer"), form)
    with pytest.raises(ClipError, match="lacks jitter and has shimmer"):
        read(clips)


@pytest.mark.parametrize("place", PLACES)
def test_an_order_that_nobody_knows_is_said(tmp_path, place):
    form = ClipForm(("calm", "joy"), False, {"audio": ("audio_features",)}, {})
    clips = corpus(tmp_path / "new", place, OTHER, form=form)
    told = " ".join(clips.oddities(clips.utterances()))
    assert "(jitter, pitch, energy)" in told
    assert "the training's order is not known" in told


def test_files_of_one_corpus_in_different_orders_are_the_same_features(tmp_path):
    source = corpus(tmp_path, "files", (0, 1, 2))
    before = source.utterances(), source.fingerprint()
    second = pd.read_csv(tmp_path / "b.csv")
    second[list(second)[::-1]].to_csv(tmp_path / "b.csv", index=False)
    mixed = corpus_again(tmp_path)
    assert read(mixed) == pytest.approx(VALUES)
    assert mixed.fingerprint() != before[1]  # prepared by an older version, b was read wrongly


def test_files_of_one_corpus_with_other_columns_are_faults_of_their_rows(tmp_path):
    corpus(tmp_path, "files", (0, 1, 2))
    pd.read_csv(tmp_path / "b.csv").rename(columns={"jitter": "shimmer"}).to_csv(
        tmp_path / "b.csv", index=False
    )
    mixed = corpus_again(tmp_path)
    rows = list(mixed.utterances().iterrows())
    assert mixed.read(rows[0][1], "audio_features") == pytest.approx(VALUES[:1])
    with pytest.raises(ClipError, match=r"has shimmer; .* that the first file has"):
        mixed.read(rows[1][1], "audio_features")


def corpus_again(folder: Path) -> Dataset:
    kind = registry("dataset")["manifest"].load()
    return kind(Folders(folder, folder), kind.Options(str(folder / "corpus.csv")))


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_a_table_without_names_is_refused_and_loses_no_row(tmp_path, ids, suffix):
    path = tmp_path / f"voices{suffix}"
    frame = pd.DataFrame(VALUES)
    if ids:
        frame.insert(0, "id", IDS)
    frame.to_csv(path, sep="," if suffix == ".csv" else "\t", index=False, header=False)
    with pytest.raises(DataError, match="the first line, which should name the columns, holds num"):
        open_features(path)


def test_columns_that_are_numbered_are_no_row(tmp_path):
    path = tmp_path / "voices.csv"
    pd.DataFrame(VALUES, index=pd.Index(IDS, name="id")).to_csv(path)  # as pandas numbers them
    table = open_features(path)
    assert (list(table), table.names) == (IDS, ())
