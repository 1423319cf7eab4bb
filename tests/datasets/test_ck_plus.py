"""CK+ in both of its layouts, written from scratch, and broken on purpose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2gray
from skimage.data import astronaut
from skimage.io import imsave
from skimage.transform import resize

from emobench import FACE_SIZE, DataError, Folders, RequestError
from emobench.corpus.corpus import CorpusRequest, open_corpus
from emobench.corpus.identity import corpus_digest, source_files
from emobench.corpus.preparation.extract import prepare
from emobench.corpus.split import policy, split
from emobench.datasets.ck_plus import CkPlus, CkPlusOptions
from emobench.discovery.registry import registry

EMOTIONS = ("anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")
WOMAN = rgb2gray(astronaut())


def picture(number: int, height: int = 60, width: int = 80) -> np.ndarray:
    """Darker from frame to frame, and with nobody in it."""
    return np.tile(np.linspace(20, 200 - number, width, dtype=np.uint8), (height, 1))


def write_sequence(root: Path, name: str, code: float | None, pictures: list[np.ndarray]) -> None:
    subject, number = name.split("_")
    folder = root / "cohn-kanade-images" / subject / number
    folder.mkdir(parents=True)
    for frame, image in enumerate(pictures, start=1):
        imsave(folder / f"{name}_{frame:08d}.png", image, check_contrast=False)
    labels = root / "Emotion" / subject / number
    labels.mkdir(parents=True)  # there for unlabelled sequences too
    if code is not None:
        path = labels / f"{name}_{len(pictures):08d}_emotion.txt"
        path.write_text(f"   {code:.7e}\n")


def write_official(root: Path, subjects: int = 12) -> None:
    """Every subject shows every emotion in two frames, and one sequence has no label."""
    for subject in range(subjects):
        for code in range(1, 8):
            name = f"S{5 * subject + 10:03d}_{code:03d}"
            write_sequence(root, name, code, [picture(code), picture(code + 1)])
        write_sequence(root, f"S{5 * subject + 10:03d}_009", None, [picture(0)])


def write_cropped(root: Path, subjects: int = 12) -> None:
    image = np.random.default_rng(0).integers(0, 200, (48, 48), dtype=np.uint8)
    for code, label in enumerate(EMOTIONS, start=1):
        folder = root / "CK+48" / label
        folder.mkdir(parents=True)
        for subject in range(subjects):
            for frame in (15, 16, 17):
                path = folder / f"S{5 * subject + 10:03d}_{code:03d}_{frame:08d}.png"
                imsave(path, image + frame, check_contrast=False)


def opened(folders: Folders) -> Any:
    return open_corpus(CorpusRequest(registry("dataset")["ck_plus"], (), folders))


@pytest.fixture
def root(folders: Folders) -> Path:
    return folders.data / "ck_plus"


def test_labelled_sequences_are_the_utterances(folders: Folders, root: Path) -> None:
    write_official(root, 2)
    (root / "cohn-kanade-images" / ".DS_Store").touch()
    (root / "Emotion" / "S010" / ".DS_Store").touch()
    corpus = CkPlus(folders)
    table = corpus.utterances()
    assert len(table) == 14
    assert list(table["label"][:7]) == list(EMOTIONS)
    assert list(table["id"][[0, 13]]) == ["S010_001", "S015_007"]
    assert list(table["speaker"][[0, 13]]) == ["S010", "S015"]
    assert corpus.read(table.iloc[0], "frames").shape == (2, FACE_SIZE, FACE_SIZE)


def test_a_sequence_keeps_all_its_pictures_from_onset_to_apex(folders: Folders, root: Path) -> None:
    """Her face is cut out of each, in the order of the file names."""
    woman = (255 * resize(WOMAN, (300, 300), anti_aliasing=True)).astype(np.uint8)
    pictures = []
    for frame in range(11):
        image = np.full((490, 640), 90, np.uint8)
        image[100:400, 250 + frame : 550 + frame] = woman // 2 + 8 * frame
        pictures.append(np.stack([image] * 3, axis=2) if frame % 2 else image)
    write_sequence(root, "S005_001", 5.0, pictures)
    corpus = CkPlus(folders)
    faces = corpus.read(corpus.utterances().iloc[0], "frames")
    assert faces.shape == (11, FACE_SIZE, FACE_SIZE)
    assert np.diff(faces.mean(axis=(1, 2))).min() > 2
    expected = resize(WOMAN[51:183, 161:293], (FACE_SIZE, FACE_SIZE), anti_aliasing=True)
    for face in faces:
        assert np.corrcoef(face.ravel(), expected.ravel())[0, 1] > 0.65


def test_frames_of_one_cropped_sequence_are_one_utterance(folders: Folders, root: Path) -> None:
    write_cropped(root)
    corpus = CkPlus(folders)
    table = corpus.utterances()
    assert len(table) == 7 * 12
    row = table.set_index("id", drop=False).loc["S015_003"]
    assert (row["label"], row["speaker"]) == ("disgust", "S015")
    faces = corpus.read(row, "frames")
    assert faces.shape == (3, FACE_SIZE, FACE_SIZE)
    # Not cut again, and in order.
    np.testing.assert_array_equal(faces[1], faces[0] + 1)
    np.testing.assert_array_equal(faces[2], faces[0] + 2)


def test_the_official_layout_goes_first(
    state_of: Callable[[Any], str], folders: Folders, root: Path
) -> None:
    write_cropped(root)
    cropped = CkPlus(folders)
    assert len(cropped.utterances()) == 84
    before = state_of(cropped)
    write_official(root, 1)
    corpus = CkPlus(folders)
    assert len(corpus.utterances()) == 7
    assert state_of(corpus) != before


@pytest.mark.parametrize("write", [write_official, write_cropped])
def test_folds_share_no_subject_and_test_each_once(
    folders: Folders, root: Path, write: Any
) -> None:
    write(root)
    corpus = opened(folders)
    tested: Counter[str] = Counter()
    dev: Counter[str] = Counter()
    for fold in range(10):
        parts = split(corpus, policy(corpus, None), fold)
        subjects = [
            set(corpus.table["speaker"].iloc[getattr(parts, p)]) for p in ("train", "dev", "test")
        ]
        assert sum(map(len, subjects)) == len(set.union(*subjects)) == 12
        tested.update(subjects[2])
        dev.update(subjects[1])
    assert set(tested.values()) == {1}
    assert set(dev.values()) == {2}


@settings(max_examples=10)
@given(numbers=st.lists(st.integers(0, 999), min_size=10, max_size=130, unique=True))
def test_dev_is_one_fold_or_the_next_two(numbers: list[int]) -> None:
    where = Folders(Path("data"), Path("cache"))
    table = pd.DataFrame({"speaker": [f"S{n:03d}" for n in numbers]})
    one, two = (CkPlus(where, CkPlusOptions(dev_folds=n)) for n in (1, 2))
    for fold in range(10):
        parts = two.split(table, fold)
        tested = [two.split(table, (fold + k) % 10) == "test" for k in (1, 2)]
        assert ((parts == "dev") == (tested[0] | tested[1])).all()
        assert ((one.split(table, fold) == "dev") == tested[0]).all()
    assert "next fold's" in one.card.split
    assert "next two folds'" in two.card.split


def test_another_dev_part_is_another_corpus_to_the_store(folders: Folders, root: Path) -> None:
    write_cropped(root)
    now = opened(folders)
    now.dataset.options = None  # dev was one fold, and there were no options
    before = corpus_digest(now.table, now.dataset, now.sources, source_files(now.dataset))
    entry = registry("dataset")["ck_plus"]
    one = open_corpus(CorpusRequest(entry, (("dev_folds", "1"),), folders))
    assert len({before, now.digest, one.digest}) == 3


@pytest.mark.parametrize("number", [-1, 0, 3, 9, 10])
def test_other_numbers_of_dev_folds_are_refused(folders: Folders, number: int) -> None:
    with pytest.raises(RequestError, match="Known: 1, 2"):
        CkPlus(folders, CkPlusOptions(dev_folds=number))


@given(numbers=st.lists(st.integers(0, 999), min_size=10, max_size=130, unique=True))
def test_folds_are_of_even_size(numbers: list[int]) -> None:
    corpus = CkPlus(Folders(Path("data"), Path("cache")))
    table = pd.DataFrame({"speaker": [f"S{n:03d}" for n in numbers]})
    sizes = [(corpus.split(table, fold) == "test").sum() for fold in range(10)]
    assert sum(sizes) == len(numbers)
    assert max(sizes) - min(sizes) <= 1


def test_a_broken_picture_costs_its_sequence(folders: Folders, root: Path, pool: Any) -> None:
    write_official(root, 1)
    folder = root / "cohn-kanade-images" / "S010"
    (folder / "001" / "S010_001_00000002.png").write_text("broken")
    for path in (folder / "002").glob("*.png"):
        path.unlink()
    target = prepare(opened(folders), ["frames"], pool)
    assert target.available[:, 0].tolist() == [False, False, *[True] * 5]
    said = [p for p in target.problems if p.problem != "not among the files"]
    assert [p.clip for p in said] == ["S010_001"]  # the other one just lacks its pictures
    assert "S010_001_00000002.png cannot be read" in said[0].problem


def test_what_is_not_here_is_counted(folders: Folders, root: Path) -> None:
    write_cropped(root)
    (root / "CK+48" / "fear" / "S020_004_00000016.png").unlink()
    for path in (root / "CK+48" / "happy").glob("S010_*"):
        path.unlink()
    corpus = CkPlus(folders)
    assert sum(corpus.card.counts["all"].values()) == 327
    said = corpus.missing(corpus.utterances())
    assert said[0] == "anger: 33 of 45 sequences"
    assert said[1] == "contempt: 6 of 18 sequences"
    assert said[4] == "happy: 58 of 69 sequences"
    assert said[7:] == ["S020_004: 1 of 3 pictures"]


def test_new_pictures_change_the_fingerprint(
    state_of: Callable[[Any], str], folders: Folders, root: Path
) -> None:
    write_official(root, 1)
    before = state_of(CkPlus(folders))
    path = root / "cohn-kanade-images" / "S010" / "001" / "S010_001_00000003.png"
    imsave(path, picture(9), check_contrast=False)
    assert state_of(CkPlus(folders)) != before


def test_absent_folders_are_named_with_the_way_to_get_them(folders: Folders, root: Path) -> None:
    with pytest.raises(DataError, match=r"neither cohn-kanade-images and Emotion nor CK\+48\. Sig"):
        CkPlus(folders).utterances()
    (root / "cohn-kanade-images").mkdir(parents=True)
    with pytest.raises(DataError, match=r"lacks the folder Emotion\. Sign"):
        CkPlus(folders).utterances()
    (root / "Emotion").mkdir()
    with pytest.raises(DataError, match="holds no labelled sequence"):
        CkPlus(folders).utterances()
    (root / "cohn-kanade-images").rmdir()
    (root / "Emotion").rmdir()
    write_cropped(folders.data, 1)
    with pytest.raises(DataError, match="is the corpus itself"):
        CkPlus(folders).utterances()


def test_labels_without_any_picture_are_refused(folders: Folders, root: Path) -> None:
    write_official(root, 1)
    (root / "cohn-kanade-images" / "S010").rename(root / "elsewhere")
    with pytest.raises(DataError, match="cohn-kanade-images has no picture of a labelled"):
        CkPlus(folders).utterances()


def test_broken_labels_are_all_named(folders: Folders, root: Path) -> None:
    write_official(root, 1)
    labels = root / "Emotion" / "S010"
    (labels / "001" / "S010_001_00000002_emotion.txt").write_text("0.0000000e+00")
    (labels / "002" / "S010_002_00000002_emotion.txt").write_text("happy")
    (labels / "003" / "S010_003_00000002_emotion.txt").rename(
        labels / "003" / "S011_003_00000002_emotion.txt"
    )
    (labels / "004" / "S010_004_00000001_emotion.txt").write_text("4.0")
    with pytest.raises(DataError) as caught:
        CkPlus(folders).utterances()
    for words in (
        "S010_001_00000002_emotion.txt holds no number from 1 to 7",
        "S010_002_00000002_emotion.txt holds no number from 1 to 7",
        "S011_003_00000002_emotion.txt is not named after its folders",
        "S010_004_00000002_emotion.txt is a second label of S010_004",
    ):
        assert words in str(caught.value)


def test_cropped_pictures_out_of_place_are_all_named(folders: Folders, root: Path) -> None:
    write_cropped(root, 1)
    folder = root / "CK+48" / "fear"
    (folder / "S010_004_00000016.png").rename(root / "CK+48" / "happy" / "S010_004_00000016.png")
    for number in range(11):
        (folder / f"copy {number}.png").touch()
    with pytest.raises(DataError) as caught:
        CkPlus(folders).utterances()
    assert "copy 0.png is not named as S010_004_00000017.png is" in str(caught.value)
    assert "and 2 more. Unpack" in str(caught.value)
    for path in folder.glob("copy*"):
        path.unlink()
    with pytest.raises(DataError, match=r"happy/S010_004_00000016\.png is of a sequence that is f"):
        CkPlus(folders).utterances()
