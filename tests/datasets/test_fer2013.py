"""FER2013 in its official layout, written from scratch, broken on purpose, and for real."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

from emobench import DataError, Folders
from emobench.corpus.corpus import Corpus, CorpusRequest, open_corpus
from emobench.corpus.joint.request import corpus_requests
from emobench.corpus.preparation.extract import prepare
from emobench.corpus.split import policy, split
from emobench.datasets import fer2013
from emobench.datasets.fer2013 import Fer2013
from emobench.discovery.registry import registry

HEADER = ("emotion", "pixels", "Usage")
OFFICIAL = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
USAGES = ("Training", "Training", "PublicTest", "PrivateTest")
Image = np.ndarray[Any, Any]


def image(seed: int) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (48, 48), dtype=np.uint8)


def text(pixels: Image) -> str:
    return " ".join(map(str, pixels.ravel()))


def rows(count: int = 28) -> list[list[str]]:
    return [[str(i // 4 % 7), text(image(i)), USAGES[i % 4]] for i in range(count)]


def write(folders: Folders, lines: Iterable[Sequence[str]], header: Sequence[str] = HEADER) -> Path:
    path = folders.data / "fer2013" / "fer2013.csv"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *lines])
    return path


def opened(folders: Folders) -> Corpus:
    return open_corpus(CorpusRequest(registry("dataset")["fer2013"], (), folders))


def test_the_table_has_the_file_in_its_order(folders: Folders) -> None:
    write(folders, rows())
    table = Fer2013(folders).utterances()
    assert list(table["label"]) == [OFFICIAL[i // 4 % 7] for i in range(28)]
    assert list(table["split"]) == [("train", "train", "dev", "test")[i % 4] for i in range(28)]
    assert table["id"].is_unique
    assert opened(folders).classes == OFFICIAL


def test_an_image_is_read_back_pixel_by_pixel(folders: Folders) -> None:
    write(folders, rows(9))
    corpus = Fer2013(folders)
    for i, row in corpus.utterances().iterrows():
        frames = corpus.read(row, "frames")
        assert frames.dtype == np.uint8
        np.testing.assert_array_equal(frames, image(i)[None])


def test_columns_are_found_by_name(folders: Folders) -> None:
    write(folders, [r[::-1] for r in rows(4)], HEADER[::-1])
    assert list(Fer2013(folders).utterances()["split"]) == ["train", "train", "dev", "test"]


def test_identical_images_are_one_speaker_and_share_a_fold(folders: Folders) -> None:
    lines = rows(56)
    for i in range(0, 56, 8):
        lines[i + 7][1] = lines[i][1]
    write(folders, lines)
    corpus = opened(folders)
    assert corpus.table["speaker"].nunique() == 56 - 7
    for fold in range(3):
        parts = split(corpus, policy(corpus, 3), fold)
        assert not set(corpus.table["group"].iloc[parts.train]) & set(
            corpus.table["group"].iloc[parts.test]
        )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda r: [r[0], r[1] + " 7", r[2]], "line 4: 2305 pixels instead of 2304"),
        (lambda r: [r[0], r[1][: r[1].rindex(" ")], r[2]], "line 4: 2303 pixels instead of 2304"),
        (lambda r: [r[0], "", r[2]], "line 4: 0 pixels"),
        (lambda r: [r[0], "256 " + r[1].split(" ", 1)[1], r[2]], "line 4: a pixel is not a whole"),
        (lambda r: [r[0], "-1 " + r[1].split(" ", 1)[1], r[2]], "line 4: a pixel is not a whole"),
        (lambda r: [r[0], "1.5 " + r[1].split(" ", 1)[1], r[2]], "line 4: a pixel is not a whole"),
        (lambda r: ["7", *r[1:]], "line 4: unknown emotion '7' (0 to 6 are known)"),
        (lambda r: ["angry", *r[1:]], "line 4: unknown emotion 'angry'"),
        (lambda r: [*r[:2], "Test"], "line 4: unknown Usage 'Test' (Training, PublicTest,"),
        (lambda r: r[:2], "line 4: 2 fields instead of 3"),
    ],
)
def test_a_broken_row_is_refused_with_file_and_line(
    folders: Folders, change: Callable[[list[str]], list[str]], expected: str
) -> None:
    lines = rows(6)
    lines[2] = change(lines[2])
    path = write(folders, lines)
    with pytest.raises(DataError) as error:
        Fer2013(folders).prepare()
    assert expected in str(error.value)
    assert str(path) in str(error.value)
    assert not list(folders.cache.glob("fer2013/*-v*"))


def test_every_broken_row_is_named_up_to_ten(folders: Folders) -> None:
    write(folders, [[*r[:2], "Test"] for r in rows(12)])
    with pytest.raises(DataError, match=r"line 2: .*line 11: .* and 2 more\.$"):
        Fer2013(folders).prepare()


def test_absent_or_misplaced_files_say_what_to_do(folders: Folders) -> None:
    with pytest.raises(DataError, match=r"no file .*fer2013\.csv\. .*Kaggle"):
        opened(folders)
    (folders.data / "fer2013.csv").write_text("emotion,pixels,Usage\n")
    with pytest.raises(DataError, match="is the corpus itself"):
        opened(folders)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "lacks the column 'emotion', 'pixels', 'Usage'"),
        ("emotion,pixels\n", "lacks the column 'Usage'"),
        ("emotion,pixels,Usage\n", "has no image"),
        ("emotion,pixels,Usage\n0,\xff,Training\n", "cannot be read as a UTF-8 CSV"),
    ],
)
def test_a_file_that_is_not_the_table(folders: Folders, content: str, expected: str) -> None:
    path = write(folders, [])
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(DataError, match=expected):
        Fer2013(folders).prepare()


@pytest.mark.parametrize("home", ["fer2013", "fer2013/archive"])
def test_folders_of_classes_come_with_a_command_that_works(folders: Folders, home: str) -> None:
    for number in range(4 * len(OFFICIAL)):
        part = "test" if number % 4 == 3 else "train"
        place = folders.data / home / part / OFFICIAL[number // 4]
        place.mkdir(parents=True, exist_ok=True)
        Pictures.fromarray(image(number)).save(place / f"im{number}.png")
    with pytest.raises(DataError, match="28 pictures in folders named after the emotions") as error:
        opened(folders)
    told = re.search(r"emobench run --folds (\d) --dataset (\S+)\.", str(error.value))
    assert told
    (request,) = corpus_requests(told[2], None, int(told[1]), folders)
    corpus = open_corpus(request)
    rule = policy(corpus, int(told[1]))
    assert sum(len(split(corpus, rule, fold).test) for fold in range(rule.folds)) == 28


def test_what_the_official_file_has_more_is_counted(folders: Folders) -> None:
    write(folders, rows(28))
    corpus = Fer2013(folders)
    assert corpus.missing(corpus.utterances()) == [
        "Training: 28695 of 28709 images",
        "PublicTest: 3582 of 3589 images",
        "PrivateTest: 3582 of 3589 images",
    ]


def test_more_rows_than_the_official_file_are_refused(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fer2013, "COUNTS", {"train": 14, "dev": 7, "test": 6})
    write(folders, rows(28))
    with pytest.raises(DataError, match="7 rows with Usage PrivateTest, FER2013 has 6"):
        Fer2013(folders).prepare()


def test_the_file_is_parsed_once_and_again_when_it_changes(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(folders, rows(8))
    parsed = []
    monkeypatch.setattr(
        fer2013, "_rows", lambda p, q, read=fer2013._rows: parsed.append(p) or read(p, q)
    )
    first = opened(folders).digest
    assert opened(folders).digest == first
    assert len(parsed) == 1
    # The same size, another label: only the content and the time of change tell.
    before = path.stat()
    lines = rows(8)
    lines[0][0] = "6"
    write(folders, lines)
    assert path.stat().st_size == before.st_size
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    changed = opened(folders)
    assert changed.digest != first
    assert changed.table["label"][0] == "neutral"
    assert len(parsed) == 2
    # The same content with another time of change: not parsed a third time.
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 2))
    assert opened(folders).digest == changed.digest
    assert len(parsed) == 2


def test_a_black_image_counts_as_absent(folders: Folders, pool: Any) -> None:
    lines = rows(8)
    lines[5][1] = text(np.zeros((48, 48), np.uint8))
    write(folders, lines)
    target = prepare(opened(folders), ["hog"], pool)
    assert list(np.flatnonzero(~target.available[:, 0])) == [5]
    assert [p.problem for p in target.problems if p.clip == "image_00005"] == [
        "blank video (every pixel equal)"
    ]
    assert target.load("hog").lengths.tolist() == [1, 1, 1, 1, 1, 0, 1, 1]


@pytest.fixture(scope="module")
def real(real_data: Path) -> dict[str, np.ndarray[Any, Any]]:
    path = real_data / "fer2013" / "fer2013.npz"
    if not path.is_file():
        pytest.skip(f"no {path}")
    with np.load(path) as archive:
        return {name: archive[name] for name in ("pixels", "emotion", "usage")}


def test_the_card_is_right_about_the_real_images(real: dict[str, np.ndarray[Any, Any]]) -> None:
    usage = real["usage"].astype(str)
    assert Counter(usage.tolist()) == {u: fer2013.COUNTS[p] for u, p in fer2013.SPLITS.items()}
    for name, part in fer2013.SPLITS.items():
        labels = Counter(OFFICIAL[e] for e in real["emotion"][usage == name])
        assert Fer2013.card.counts[part] == labels
    keys = np.array([hash(p.tobytes()) for p in real["pixels"]])
    train, dev, test = (keys[usage == u] for u in ("Training", "PublicTest", "PrivateTest"))
    shared = set(train) & set(test)
    counts = (len(shared), sum(k in shared for k in train), sum(k in shared for k in test))
    assert counts == (278, 387, 288)
    assert len(set(train) & set(dev)) == 270
    repeated: dict[int, list[int]] = {}
    for key, emotion in zip(keys.tolist(), real["emotion"].tolist(), strict=True):
        repeated.setdefault(key, []).append(emotion)
    assert sum(len(e) > 1 for e in repeated.values()) == 1516
    assert sum(len(set(e)) > 1 for e in repeated.values()) == 57
    black = np.array([p.max() == p.min() for p in real["pixels"]])
    assert Counter(usage[black].tolist()) == {"Training": 11, "PublicTest": 1}
    defects = " ".join(Fer2013.card.defects)
    for number in ("278", "387", "288", "270", "1,516", "57", "12 images (11"):
        assert number in defects


def test_real_images_in_the_official_form(
    real: dict[str, np.ndarray[Any, Any]], folders: Folders
) -> None:
    chosen = np.concatenate(
        [np.flatnonzero(real["usage"] == u)[:40] for u in ("Training", "PublicTest", "PrivateTest")]
    )
    write(
        folders,
        [(str(real["emotion"][i]), text(real["pixels"][i]), str(real["usage"][i])) for i in chosen],
    )
    corpus = Fer2013(folders)
    table = corpus.utterances()
    assert list(table["label"]) == [OFFICIAL[real["emotion"][i]] for i in chosen]
    for row, i in ((0, chosen[0]), (77, chosen[77]), (119, chosen[119])):
        np.testing.assert_array_equal(corpus.read(table.iloc[row], "frames")[0], real["pixels"][i])
