"""What is refused in files of features, whatever their format."""

from __future__ import annotations

import numpy as np
import pytest
from emobench_tests_feature_files import (
    BLOCKS,
    MANY,
    PER_ID,
    Writer,
    block,
    csd,
    everything,
    failure,
    folder,
    hdf5,
    mmsa,
    npz,
    npz_block,
    npz_compressed,
    pickled,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import RequestError, open_features


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": np.ones((3, 4))}, "2 ids but 3 of 'x'"),
        ({"x": np.ones((2, 5, 4)), "lengths": np.array([1, 2, 3])}, "2 ids but 3 of 'lengths'"),
        ({"x": np.ones((2, 4)), "labels": np.zeros(5)}, "2 ids but 5 of 'labels'"),
        ({"x": np.ones((2, 5, 4)), "lengths": np.array([5, 6])}, "lengths beyond them: b (6)"),
        ({"x": np.ones((2, 5, 4)), "lengths": np.array([-1, 5])}, "lengths beyond them: a (-1)"),
        ({"x": np.ones((2, 5, 4)), "lengths": np.array([1.5, 5])}, "no whole numbers"),
        ({"x": np.ones(2)}, "no array [N, T, D]"),
        ({"x": np.ones((2, 2, 2, 2))}, "no array [N, T, D]"),
        ({"x": np.array([["a"], ["b"]])}, "no array [N, T, D]"),
    ],
)
def test_numbers_that_do_not_agree_are_both_said(arrays, words, tmp_path):
    assert words in failure(block(tmp_path, **arrays))


@pytest.mark.parametrize("write", PER_ID, ids=lambda w: w.__name__)
def test_sizes_that_differ_are_named(write: Writer, tmp_path):
    text = failure(write(tmp_path / "f", MANY | {"odd": np.ones((2, 3), np.float32)}))
    assert "odd" in text
    assert "3" in text
    assert "4" in text


@pytest.mark.parametrize("write", [npz, hdf5, folder, pickled], ids=lambda w: w.__name__)
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (np.ones((2, 3, 4)), "odd [2, 3, 4]"),
        (np.float32(3), "odd []"),
        (np.array([b"x", b"y"]), "features are numbers"),
        (np.array([1j, 2j]), "features are numbers"),
    ],
)
def test_arrays_that_are_no_features(write: Writer, bad, words, tmp_path):
    assert words in failure(write(tmp_path / "f", {"a": np.ones(4), "odd": bad}))


@pytest.mark.parametrize("write", [npz, hdf5, folder, pickled, csd], ids=lambda w: w.__name__)
def test_nothing_at_all(write: Writer, tmp_path):
    failure(write(tmp_path / "f", {}))
    failure(write(tmp_path / "g", {"a": np.ones((0, 4)), "b": np.ones((0, 0))}))


FILES = [w for w in (*PER_ID, *BLOCKS) if w is not folder]


@pytest.mark.parametrize("write", FILES, ids=lambda w: w.__name__)
def test_a_truncated_file_is_an_error_that_names_it(write: Writer, tmp_path):
    features = {f"u{i}": np.random.default_rng(i).random((i % 9 + 1, 4)) for i in range(60)}
    path = write(tmp_path / "f", features)
    data = path.read_bytes()
    for part in (0, 1, 100, 0.3, 0.6, 0.9, 0.99):
        end = int(part if isinstance(part, int) else part * len(data))
        path.write_bytes(data[:end])
        failure(path, "audio")


@pytest.mark.parametrize("write", [npz, npz_block, npz_compressed, hdf5, csd, mmsa],
                         ids=lambda w: w.__name__)  # fmt: skip
@settings(max_examples=60)
@given(place=st.floats(0, 1), new=st.binary(min_size=1, max_size=8))
def test_a_damaged_file_gives_numbers_or_one_sentence(write: Writer, place, new, tmp_path_factory):
    path = write(tmp_path_factory.mktemp("damaged") / "f", MANY)
    data = bytearray(path.read_bytes())
    start = int(place * (len(data) - 1))
    data[start : start + len(new)] = new
    path.write_bytes(data)
    try:
        everything(open_features(path, "audio"))
    except RequestError as error:
        if "\n" in str(error):
            pytest.fail(str(error))
