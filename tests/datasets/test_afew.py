"""AFEW in its official layout, written from scratch, and broken on purpose."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench import DataError, Folders
from emobench.corpus.corpus import CorpusRequest, open_corpus
from emobench.corpus.preparation.extract import prepare
from emobench.datasets.afew import Afew, _dev
from emobench.discovery.registry import registry

Film = Callable[..., None]
EMOTIONS = ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")
PER_CLASS = {"Train_AFEW": 10, "Val_AFEW": 3}


def write_corpus(root: Path) -> None:
    """Files without content: the table rests on names."""
    for part, count in PER_CLASS.items():
        for emotion in EMOTIONS:
            folder = root / part / emotion
            folder.mkdir(parents=True)
            for number in range(count):
                (folder / f"{number * 1000 + 46280:09d}.avi").touch()


def opened(folders: Folders) -> Any:
    return open_corpus(CorpusRequest(registry("dataset")["afew"], (), folders))


@pytest.fixture
def root(folders: Folders) -> Path:
    return folders.data / "afew"


def test_the_published_validation_set_is_test_and_a_fifth_of_train_is_dev(
    folders: Folders, root: Path
) -> None:
    write_corpus(root)
    (root / "Train_AFEW" / "Angry" / "Thumbs.db").touch()
    table = opened(folders).table
    counts = Counter(zip(table["split"], table["label"], strict=True))
    assert len(counts) == 3 * 7
    assert {n for (part, _), n in counts.items() if part == "train"} == {8}
    assert {n for (part, _), n in counts.items() if part == "dev"} == {2}
    assert {n for (part, _), n in counts.items() if part == "test"} == {3}
    assert set(table["clip"][table["split"] == "test"].str.split("/").str[0]) == {"Val_AFEW"}
    first = table.iloc[0]
    assert (first["id"], first["label"]) == ("train_angry_000046280", "angry")
    assert table["group"].is_unique


@given(
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=7),
    rest=st.randoms(use_true_random=False),
)
def test_dev_is_a_fifth_of_every_class_in_whatever_order(sizes: list[int], rest: Any) -> None:
    rows = [(f"train_{c}_{i}", str(c)) for c, size in enumerate(sizes) for i in range(size)]
    dev = _dev(*map(list, zip(*rows, strict=True)))
    drawn = Counter(i.split("_")[1] for i in dev)
    for label, size in enumerate(sizes):
        assert drawn[str(label)] == max(1, round(size / 5))
    rest.shuffle(rows)
    assert _dev(*map(list, zip(*rows, strict=True))) == dev


def test_clips_are_heard_and_seen_and_broken_ones_are_named(
    folders: Folders, root: Path, write_film: Film, pool: Any
) -> None:
    write_film(root / "clip.avi", seconds=1.0)
    write_film(root / "mute.avi", seconds=2.0, tone=None)
    for part in PER_CLASS:
        for emotion in EMOTIONS:
            (root / part / emotion).mkdir(parents=True)
            for number in (1, 2):
                shutil.copy(root / "clip.avi", root / part / emotion / f"00000000{number}.avi")
    shutil.copy(root / "mute.avi", root / "Val_AFEW" / "Sad" / "000000001.avi")
    (root / "Val_AFEW" / "Sad" / "000000002.avi").write_text("broken")
    corpus = opened(folders)
    assert corpus.modalities == ("audio", "vision")
    target = prepare(corpus, ["mfcc", "frames"], pool)
    rows = {i: n for n, i in enumerate(corpus.ids)}
    mute, broken = rows["val_sad_000000001"], rows["val_sad_000000002"]
    assert target.available.sum(axis=0).tolist() == [26, 27]
    assert not target.available[mute, 0]
    assert not target.available[broken].any()
    lengths = target.load("frames").lengths[[0, mute, broken]]
    assert lengths.tolist() == pytest.approx([5, 10, 0], abs=1)
    assert lengths[2] == 0
    said = {(p.clip, p.problem.split("/")[-1]) for p in target.problems if ".avi" in p.problem}
    assert ("val_sad_000000001", "000000001.avi has no sound") in said
    assert {clip for clip, _ in said} == {"val_sad_000000001", "val_sad_000000002"}


def test_what_is_not_here_is_counted(folders: Folders, root: Path) -> None:
    write_corpus(root)
    corpus = Afew(folders)
    assert corpus.missing(corpus.utterances()) == [
        "Train_AFEW: 703 of 773 clips",
        "Val_AFEW: 362 of 383 clips",
    ]


def test_changed_clips_change_the_fingerprint(
    state_of: Callable[[Any], str], folders: Folders, root: Path
) -> None:
    write_corpus(root)
    before = state_of(Afew(folders))
    (root / "Val_AFEW" / "Sad" / "000046280.avi").write_text("longer")
    assert state_of(Afew(folders)) != before


def test_absent_folders_are_all_named_with_the_way_to_get_them(
    folders: Folders, root: Path
) -> None:
    write_corpus(root)
    shutil.rmtree(root / "Val_AFEW" / "Sad")
    for path in (root / "Train_AFEW" / "Fear").glob("*"):
        path.unlink()
    with pytest.raises(DataError) as caught:
        Afew(folders).utterances()
    assert f"{root} has no *.avi in Train_AFEW/Fear, Val_AFEW/Sad. Ask" in str(caught.value)
    shutil.rmtree(root)
    write_corpus(folders.data)
    with pytest.raises(DataError, match="is the corpus itself"):
        Afew(folders).utterances()
