from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import DataError
from emobench.datasets.manifests import drawn_split
from emobench.datasets.manifests.drawing import fill_split


def corpus(speakers: int, per_speaker: int, classes: int) -> tuple[pd.Series, pd.Series]:
    units = np.repeat([f"s{i}" for i in range(speakers)], per_speaker)
    strata = np.array([f"c{i % classes}" for i in range(len(units))])
    return pd.Series(units, name="speaker"), pd.Series(strata)


@settings(max_examples=5, deadline=None)
@given(st.integers(3, 20), st.integers(5, 12), st.integers(2, 4), st.integers(0, 9))
def test_no_speaker_is_parted_and_train_has_every_class(
    speakers: int, per_speaker: int, classes: int, seed: int
) -> None:
    units, strata = corpus(speakers, per_speaker, classes)
    parts = drawn_split(units, strata, seed, "own.csv")
    assert set(parts) == {"train", "dev", "test"}
    assert units.groupby(units).apply(lambda s: parts[s.index].nunique()).max() == 1
    assert set(strata[parts == "train"]) == set(strata)
    pd.testing.assert_series_equal(parts, drawn_split(units, strata, seed, "own.csv"))


def test_classes_are_stratified() -> None:
    units, strata = corpus(40, 10, 4)
    parts = drawn_split(units, strata, 0, "own.csv")
    shares = pd.crosstab(parts, strata, normalize="index")
    assert (shares - 0.25).abs().to_numpy().max() < 0.05
    assert not parts.equals(drawn_split(units, strata, 1, "own.csv"))


def test_too_few_speakers_are_said() -> None:
    units, strata = corpus(1, 30, 2)
    with pytest.raises(DataError, match="has 1 speaker and no column 'split'"):
        drawn_split(units, strata, 0, "own.csv")


def test_a_class_of_one_speaker_is_said() -> None:
    units, strata = corpus(3, 10, 2)
    strata[units == "s0"] = "rare0"
    strata[units == "s1"] = "rare1"
    strata[units == "s2"] = "rare2"
    with pytest.raises(DataError, match=r"'rare0' \(1\), 'rare1' \(1\), 'rare2' \(1\)"):
        drawn_split(units, strata, 0, "own.csv")


@settings(max_examples=10, deadline=None)
@given(st.integers(4, 20), st.integers(6, 12), st.integers(0, 9))
def test_dev_is_drawn_from_train_where_only_train_and_test_are_given(
    speakers: int, per_speaker: int, seed: int
) -> None:
    units, strata = corpus(speakers, per_speaker, 2)
    held_out = units.isin(["s0", "s1"])
    table = pd.DataFrame({"speaker": units, "label": strata})
    table["split"] = np.where(held_out, "test", "train")
    told = fill_split(table, "speaker", seed, Path("own.csv"))
    assert "dev is drawn here from train" in told
    assert (table["split"] == "test").equals(held_out)
    people = table.groupby("split")["speaker"].agg(set)
    assert not people["train"] & people["dev"]
    assert set(strata[table["split"] == "train"]) == set(strata)


def test_no_dev_is_drawn_from_one_speaker() -> None:
    units, strata = corpus(2, 6, 2)
    table = pd.DataFrame({"speaker": units, "label": strata})
    table["split"] = np.where(units == "s0", "test", "train")
    assert "none can be drawn" in fill_split(table, "speaker", 0, Path("own.csv"))
    assert set(table["split"]) == {"train", "test"}


def test_many_rows_without_speakers_are_drawn_at_once() -> None:
    count = 8_000
    draw = np.random.default_rng(0)
    strata = pd.Series(draw.choice(["a", "b", "c"], count, p=[0.9, 0.09, 0.01]))
    units = pd.Series([f"alone {i}" for i in range(count)], name="speaker")
    begun = time.process_time()
    parts = drawn_split(units, strata, 0, "x.csv")
    assert time.process_time() - begun < 20  # one by one it takes minutes
    assert parts.value_counts(normalize=True).to_dict() == pytest.approx(
        {"train": 0.64, "dev": 0.16, "test": 0.2}, abs=0.001
    )
    for part in ("train", "dev", "test"):
        assert (strata[parts == part] == "c").mean() == pytest.approx(0.01, abs=0.002)
