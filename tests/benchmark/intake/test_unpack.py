"""Unpacking pickles in MMSA's layout once, for all modalities and processes."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emobench import DataError, RequestError, unpack_parts

ALL = ("text", "audio", "vision")


def part(ids: list[str], first: int = 1, **changes: Any) -> dict[str, Any]:
    """Features whose values say whose they are; utterance n has n % 3 + 1 steps of 4."""
    number = np.arange(first, first + len(ids), dtype=np.float32)
    block = np.zeros((len(ids), 4, 1), np.float32)
    for row, n in zip(block, number, strict=True):
        row[: int(n) % 3 + 1] = n
    made = {
        "id": ids,
        "raw_text": [f"said {i}" for i in ids],
        "text": block.repeat(8, 2),
        "text_bert": np.ones((len(ids), 3, 4), np.float32),
        "audio": block.repeat(5, 2),
        "vision": block.repeat(6, 2),
        "vision_lengths": [int(n) % 3 + 1 for n in number],
        "regression_labels": number / 3,
        "classification_labels": number,
        "annotations": ["Neutral"] * len(ids),
    } | changes
    return {k: v for k, v in made.items() if v is not None}


def write(path: Path, **parts: Any) -> Path:
    content = parts or {
        "train": part(["a", "b", "c"]),
        "valid": part(["d"], 4),
        "test": part(["e", "f"], 5),
    }
    path.write_bytes(pickle.dumps(content))
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "all.pkl"


def test_every_modality_text_and_label_comes_out_in_one_order(path: Path, tmp_path: Path) -> None:
    found = unpack_parts(write(path), ALL, tmp_path / "cache")
    assert found.ids == tuple("abcdef")
    assert found.part == ("train",) * 3 + ("valid",) + ("test",) * 2
    assert found.facts["raw_text"] == [f"said {i}" for i in "abcdef"]
    assert found.facts["regression_labels"] == pytest.approx([n / 3 for n in range(1, 7)])
    sizes = {"text": 8, "audio": 5, "vision": 6}
    assert {m: t.size for m, t in found.features.items()} == sizes
    for modality, size in sizes.items():
        for n, name in enumerate("abcdef", start=1):
            values = found.features[modality][name]
            np.testing.assert_array_equal(values, np.full((n % 3 + 1, size), n, np.float32))


def test_only_what_is_wanted_and_there_is_unpacked(path: Path, tmp_path: Path) -> None:
    write(path, train=part(["a"], vision=None, vision_lengths=None))
    cache = tmp_path / "cache"
    assert list(unpack_parts(path, ("vision", "audio"), cache).features) == ["audio"]
    assert list(unpack_parts(path, ("vision",), cache).features) == []
    assert not list(cache.glob("*/text"))
    assert not list(cache.glob("*/vision"))


def test_a_file_is_read_again_only_if_it_is_another_one(path: Path, tmp_path: Path) -> None:
    write(path)
    cache, facts = tmp_path / "cache", path.stat()
    unpack_parts(path, ALL, cache)
    os.utime(path, ns=(0, 0))
    assert unpack_parts(path, ALL, cache).features["audio"]["c"][0, 0] == 3
    assert len(list(cache.glob("unpacked-*"))) == 1
    data = path.read_bytes()
    path.write_bytes(data.replace(b"said a", b"told a"))
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert path.stat().st_size == facts.st_size
    assert unpack_parts(path, ALL, cache).facts["raw_text"][0] == "told a"
    write(path, test=part(["z"], 9))
    again = unpack_parts(path, ALL, cache)
    assert again.ids == ("z",)
    assert again.features["audio"]["z"][0, 0] == 9


def test_what_is_not_finite_is_0_and_told(path: Path, tmp_path: Path) -> None:
    made = part(["a", "b"])
    made["audio"][1, 0, 2] = np.nan
    found = unpack_parts(write(path, train=made), ALL, tmp_path / "cache")
    assert found.features["audio"]["b"][0].tolist() == [2, 2, 0, 2, 2]
    assert found.problems == {
        "text": [],
        "audio": ["1 values in 1 utterance (b) are NaN, infinite or beyond float32; they were set "
                  "to 0."],
        "vision": [],
    }  # fmt: skip


def test_labels_of_several_values_or_of_some_parts_do_no_harm(path: Path, tmp_path: Path) -> None:
    write(
        path,
        train=part(["a"], labels=np.zeros((1, 1, 6)), raw_text=None),
        test=part(["b"], 2, labels=np.zeros((1, 1, 6)), regression_labels=None),
    )
    facts = unpack_parts(path, (), tmp_path / "cache").facts
    assert "labels" not in facts
    assert facts["raw_text"] == ["", "said b"]
    assert facts["regression_labels"] == pytest.approx([1 / 3, np.nan], nan_ok=True)


def test_text_that_no_file_can_hold_is_mended(path: Path, tmp_path: Path) -> None:
    write(path, train=part(["a"], raw_text=["half \ud800"]))
    assert unpack_parts(path, (), tmp_path / "cache").facts["raw_text"] == ["half ?"]


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"train": part(["a", "b"], audio=np.zeros((3, 4, 5)))}, "has 2 ids but 3 of 'audio'"),
        ({"train": part(["a"]), "test": part(["a"])}, "utterances more than once: a"),
        ({"train": part(["a"]), "test": part(["b"], audio=None)}, "test has no features of audio"),
        ({"train": part(["a"], raw_text=["x", "y"])}, "has 1 ids but 2 of 'raw_text'"),
        ({"train": part(["a"], id=None)}, "train has no 'id'"),
        ({"some": np.zeros(3)}, "neither 'train', 'valid' and 'test' nor 'id'; it has some"),
    ],
)
def test_numbers_that_do_not_agree_are_named(
    path: Path, tmp_path: Path, parts: dict[str, Any], told: str
) -> None:
    write(path, **parts)
    with pytest.raises(DataError) as caught:
        unpack_parts(path, ALL, tmp_path / "cache")
    assert told in str(caught.value)
    assert str(path) in str(caught.value)
    assert not list(tmp_path.glob("cache/unpacked*"))


def test_a_hostile_or_broken_pickle_does_nothing_and_leaves_nothing(
    path: Path, tmp_path: Path
) -> None:
    path.write_bytes(b"cposix\nsystem\n(S'touch " + str(tmp_path / "canary").encode() + b"'\ntR.")
    with pytest.raises(DataError, match=r"all\.pkl is a pickle that wants to call posix\.system"):
        unpack_parts(path, ALL, tmp_path / "cache")
    assert not (tmp_path / "canary").exists()
    write(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match=r"all\.pkl ends too early"):
        unpack_parts(path, ALL, tmp_path / "cache")
    assert not list(tmp_path.glob("cache/unpacked*"))


def test_a_cache_that_cannot_be_written_is_said_to_be_so(path: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(RequestError, match="Cannot write into"):
        unpack_parts(write(path), ALL, tmp_path / "cache")
