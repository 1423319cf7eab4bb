"""A representation that fails in a run is named, with the clip and the place in its code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emobench import DataError, FittedRepresentation
from emobench.corpus.preparation.fit import feature
from emobench.corpus.preparation.own_values import check_values, reported
from emobench.discovery.own_representations import name_in_file
from emobench.discovery.representations import folder_name

OWN = """
import numpy as np
from emobench import FittedRepresentation, Representation


class Own(Representation):
    name = "own"
    modality = "audio"
    source = "waveform"
    dtype = "float16"

    def extract(self, media):
        {body}


class Learned(FittedRepresentation):
    name = "learned"
    modality = "text"
    base = "transcript"
    size = 1

    def fit(self, train):
        {fit}

    def transform(self, item):
        {transform}
"""
GOOD = {"body": "return media[:2, None]", "fit": "pass", "transform": "return np.ones((1, 1))"}


def write(folder: Path, **parts: str) -> Path:
    path = folder / "own.py"
    path.write_text(OWN.format(**GOOD | parts))
    return path


def noise(seed: int) -> Any:
    return np.random.default_rng(seed).normal(0, 0.1, 2000).astype(np.float32)


@pytest.fixture
def corpus(maker: Any) -> Any:
    for i in range(4):
        maker.add(text=f"word {i}", audio=noise(i))
    return maker


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('too quiet')", r"own failed when it read u000: ValueError: too quiet"),
        ("return media", r"own of u000 is of shape \(2000,\)"),
        ("return media[:0, None]", "own of u000 has no step, and a clip that can be used has one"),
        ("return np.full((1, 1), np.nan)", "own of u000 has values that are NaN"),
        ("return np.full((1, 1), 1e6)", "too large for its dtype"),
        ("return np.array([['a']])", "must be numbers"),
    ],
)
def test_what_cannot_be_stored_ends_the_run_with_the_clip(corpus, tmp_path, body, said):
    name = name_in_file(write(tmp_path, body=body), "audio")
    with pytest.raises(DataError, match=said):
        corpus.prepared(name)
    assert not list(corpus.folders.cache.rglob(f"{folder_name(name)}"))


def test_an_edited_file_is_computed_anew_beside_the_old_values(corpus, tmp_path):
    first = name_in_file(write(tmp_path), "audio")
    corpus.prepared(first)
    second = name_in_file(write(tmp_path, body="return 2 * media[:2, None]"), "audio")
    target = corpus.prepared(second)
    assert np.array_equal(2 * target.load(first)[0], target.load(second)[0])
    assert target.values(first) != target.values(second)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"fit": "train.no_such"}, "learned failed when it was fitted: AttributeError"),
        ({"transform": "return np.zeros((0, 1))"}, "learned of utterance 1 has no step"),
        ({"transform": "return np.full((1, 1), np.inf)"}, "learned of utterance 1 has values"),
        ({"transform": "return item + 1"}, "learned failed when it made the values of utterance 1"),
    ],
)
def test_what_is_learned_wrongly_is_named(corpus, tmp_path, parts, said):
    name = name_in_file(write(tmp_path, **parts), "text")
    target = corpus.prepared()
    with pytest.raises(DataError, match=said):
        feature(target, name, np.arange(3))


def test_a_learned_one_is_fitted_on_the_rows_of_train_alone(corpus, tmp_path):
    path = write(
        tmp_path,
        fit="self.seen = len(train)",
        transform="return np.full((1, 1), self.seen)",
    )
    name = name_in_file(path, "text")
    target = corpus.prepared()
    assert feature(target, name, np.arange(3)).table[3].tolist() == [[3.0]]
    assert feature(target, name, np.arange(2)).table[3].tolist() == [[2.0]]


def test_errors_of_ours_pass_as_they_are():
    with pytest.raises(DataError, match="as it is"), reported(FittedRepresentation, "ran"):
        raise DataError("as it is")


@pytest.mark.parametrize("values", [np.ones((2, 3)), np.ones((1, 1), bool), np.ones((1, 1), int)])
def test_numbers_are_numbers(values):
    class Named(FittedRepresentation):
        name = "named"

    check_values(values, Named, "a clip")
