"""Which segment each utterance of a pickle is, by every way to number them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import DataError
from emobench.datasets.sdk.numbering import match, read_ids

PATH = Path("aligned.pkl")
WAYS = ("time 0", "time 1", "row 0", "row 1", "gaps", "times")


def corpus(seed: int, videos: int = 30) -> pd.DataFrame:
    """Segments with sentiments as in CMU-MOSEI, in the file in another order than in time."""
    draw = np.random.default_rng(seed)
    rows = []
    for video in range(videos):
        number = int(draw.integers(2, 9))
        starts = np.cumsum(draw.uniform(1, 5, number))
        sentiments = np.round(draw.normal(0.2, 1, number) * 3) / 3
        rows += [
            (f"v_{video}", int(row), start, start + 1.5, sentiment)
            for row, start, sentiment in zip(
                draw.permutation(number), starts, sentiments, strict=True
            )
        ]
    table = pd.DataFrame(rows, columns=["video", "segment", "start", "end", "sentiment"])
    table["id"] = table["video"] + "[" + table["segment"].astype(str) + "]"
    return table


def numbers(segments: pd.DataFrame, way: str, draw: np.random.Generator) -> pd.Series:
    kind, _, first = way.partition(" ")
    if kind == "gaps":
        steps = pd.Series(draw.integers(1, 4, len(segments)), segments.index)
        return steps.groupby(segments["video"]).cumsum()
    counted = segments["segment"] if kind == "row" else segments.groupby("video").cumcount()
    return counted + int(first or 0)


def named(segments: pd.DataFrame, way: str, seed: int = 0) -> tuple[pd.DataFrame, dict[str, str]]:
    """The corpus's utterances as a pickle names them, shuffled; and which segment each one is."""
    draw = np.random.default_rng(seed)
    if way == "times":
        late = draw.uniform(-0.04, 0.04, len(segments))
        start, end = segments["start"] + late, segments["end"] + late
        ids = segments["video"] + "_" + start.astype(str) + "_" + end.astype(str)
    else:
        ids = segments["video"] + "$_$" + numbers(segments, way, draw).astype(str)
    truth = dict(zip(segments["id"], ids, strict=True))
    order = draw.permutation(len(segments))
    clips = read_ids(PATH, tuple(ids.iloc[order]))
    # Files keep single precision.
    clips["sentiment"] = segments["sentiment"].to_numpy(np.float32)[order].astype(float)
    return clips, truth


@settings(max_examples=15)
@given(seed=st.integers(0, 1000), way=st.sampled_from(WAYS))
def test_every_way_to_name_utterances_is_recognised(seed: int, way: str) -> None:
    segments = corpus(seed)
    clips, truth = named(segments, way, seed)
    found = match(PATH, clips, segments)
    assert found.ids == truth
    assert len(found.told) == 1


@settings(max_examples=15)
@given(seed=st.integers(0, 1000), way=st.sampled_from([w for w in WAYS if w != "gaps"]))
def test_what_the_pickle_lacks_shifts_nothing(seed: int, way: str) -> None:
    segments = corpus(seed)
    clips, truth = named(segments, way, seed)
    there = clips.sample(frac=0.7, random_state=seed).reset_index(drop=True)
    found = match(PATH, there, segments)
    assert found.ids == {s: c for s, c in truth.items() if c in set(there["id"])}


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("time 0", "counted from 0, segments by time"),
        ("time 1", "counted from 1, segments by time"),
        ("row 0", "counted from 0, segments as in the label file"),
        ("row 1", "counted from 1, segments as in the label file"),
        ("gaps", "counted with gaps, segments by time"),
        ("times", "joined by start and end"),
    ],
)
def test_the_way_is_told(way: str, told: str) -> None:
    segments = corpus(3)
    total = len(segments)
    assert match(PATH, named(segments, way)[0], segments).told == (
        f"aligned.pkl: utterances {told}; {total} of {total} have the sentiment of their segment.",
    )


@pytest.mark.parametrize("way", ["time 1", "times"])
def test_an_utterance_with_another_sentiment_is_left_out_and_named(way: str) -> None:
    segments = corpus(5)
    clips, truth = named(segments, way)
    clips.loc[7, "sentiment"] += 1
    wrong = clips.loc[7, "id"]
    found = match(PATH, clips, segments)
    assert found.ids == {s: c for s, c in truth.items() if c != wrong}
    assert found.told[1] == (
        "aligned.pkl: another sentiment, or none, than the segment's, and not used for that: "
        f"{wrong}."
    )


@settings(max_examples=15)
@given(seed=st.integers(0, 200), way=st.sampled_from(WAYS))
def test_labels_that_belong_to_others_are_refused(seed: int, way: str) -> None:
    segments = corpus(seed)
    clips, _ = named(segments, way, seed)
    clips["sentiment"] = np.random.default_rng(seed).permutation(clips["sentiment"])
    with pytest.raises(DataError, match=r"cannot be joined to the labels: in the best reading"):
        match(PATH, clips, segments)


def test_sentiments_that_cannot_tell_are_not_trusted() -> None:
    segments = corpus(1)
    segments["sentiment"] = 0.0
    with pytest.raises(DataError, match="do not tell if its numbers are counted from"):
        match(PATH, named(segments, "time 1")[0], segments)


def test_numbers_without_sentiments_are_refused_times_are_not() -> None:
    segments = corpus(2)
    clips, truth = named(segments, "times")
    assert match(PATH, clips.assign(sentiment=np.nan), segments).ids == truth
    clips, _ = named(segments, "time 0")
    with pytest.raises(DataError, match=r"no sentiments \(regression_labels\), without which"):
        match(PATH, clips.assign(sentiment=np.nan), segments)


def test_times_of_another_cut_are_not_joined() -> None:
    segments = corpus(4)
    clips, truth = named(segments, "times")
    clips.loc[:4, "end"] += 0.2
    moved = set(clips.loc[:4, "id"])
    found = match(PATH, clips, segments)
    assert found.ids == {s: c for s, c in truth.items() if c not in moved}


def test_a_pickle_of_another_corpus_is_named_with_examples() -> None:
    segments = corpus(1)
    clips = read_ids(PATH, ("x$_$0", "y$_$2")).assign(sentiment=0.0)
    with pytest.raises(DataError) as caught:
        match(PATH, clips, segments)
    assert "No utterance of aligned.pkl is a segment of this corpus" in str(caught.value)
    assert "it has x$_$0, y$_$2; the corpus has v_0[" in str(caught.value)


def test_ids_are_taken_apart() -> None:
    assert read_ids(PATH, ("-3g_5$_$10",))[["video", "number"]].to_numpy().tolist() == [
        ["-3g_5", 10]
    ]
    assert read_ids(PATH, ("a[1][2]", "b[0]"))["video"].tolist() == ["a[1]", "b"]
    timed = read_ids(PATH, ("-a_b_-0.4_12", "c_1e-05_3.5"))
    assert timed[["video", "start", "end"]].to_numpy().tolist() == [
        ["-a_b", -0.4, 12], ["c", 1e-05, 3.5],
    ]  # fmt: skip
    with pytest.raises(DataError, match=r"not all of one form, VIDEO\$_\$N.*: 'one'"):
        read_ids(PATH, ("one", "a$_$1"))
    with pytest.raises(DataError, match=r"not all of one form.*: 'a\$_\$1', 'a\[2\]'"):
        read_ids(PATH, ("a$_$1", "a[2]"))
    with pytest.raises(DataError, match=r"'a\$_\$01' more than once"):
        read_ids(PATH, ("a$_$1", "a$_$01"))
