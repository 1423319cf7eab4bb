"""The table of features, the same from every format."""

from __future__ import annotations

import numpy as np
import pytest
from emobench_tests_feature_files import (
    BLOCKS,
    MANY,
    ONE,
    PER_ID,
    Writer,
    block,
    check,
    csd,
    everything,
    failure,
    folder,
    hdf5,
    npz,
    npz_block,
    parquet_lists,
    pickled,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from emobench import RequestError, open_features


@pytest.mark.parametrize("write", [*PER_ID, *BLOCKS], ids=lambda w: w.__name__)
def test_sequences_come_back_from_every_format(write: Writer, tmp_path):
    table = open_features(write(tmp_path / "f", MANY), "audio")
    check(table, MANY)
    if write is not folder:
        assert table.ids == tuple(MANY)
    assert table.size == 4
    assert "a" in table
    assert "else" not in table
    assert table.problems == []
    with pytest.raises(KeyError):
        table["else"]
    table.close()


@pytest.mark.parametrize("write", [w for w in PER_ID if w is not csd], ids=lambda w: w.__name__)
def test_vectors_are_one_step(write: Writer, tmp_path):
    check(open_features(write(tmp_path / "f", ONE)), ONE)


@pytest.mark.parametrize("dtype", ["f2", "f8", "i2", "u1", "?", ">f4"])
def test_any_number_becomes_float32(dtype, tmp_path):
    features = {name: np.arange(8).reshape(2, 4).astype(dtype) for name in "ab"}
    for write in (npz, hdf5, folder, pickled):
        check(open_features(write(tmp_path / f"f{write.__name__}", features)), features)


@pytest.mark.parametrize("write", PER_ID, ids=lambda w: w.__name__)
def test_values_that_are_not_finite_become_0_and_are_counted_once(write: Writer, tmp_path):
    broken = {name: values.copy() for name, values in MANY.items()}
    broken["a"][0, 0], broken["çx"][4, 1:3] = np.nan, (np.inf, -np.inf)
    table = open_features(write(tmp_path / "f", broken))
    assert table.problems == []
    expected = {n: np.nan_to_num(v, nan=0, posinf=0, neginf=0) for n, v in broken.items()}
    check(table, expected)
    check(table, expected)
    (text,) = table.problems
    assert text == (
        f"{table.path}: 3 values in 2 utterances (a, çx) are NaN, infinite or beyond float32; they "
        "were set to 0."
    )


def test_values_beyond_float32_count_too(tmp_path):
    table = open_features(npz(tmp_path / "f", {"a": np.array([1e300, 1.0])}))
    assert table["a"].tolist() == [[0.0, 1.0]]
    assert table.problems


def test_what_is_read_is_the_readers_own(tmp_path):
    for write in (npz_block, pickled, hdf5, folder):
        table = open_features(write(tmp_path / f"f{write.__name__}", MANY))
        table["a"][:] = 0
        check(table, MANY)


def test_vectors_in_one_array_are_never_taken_for_padding(tmp_path):
    values = np.array([[0.0, 0.0], [1.0, 0.0]])
    check(open_features(block(tmp_path, x=values)), {"a": values[0], "b": values[1]})


def test_padding_in_front_is_left_out_too(tmp_path):
    values = np.zeros((2, 4, 2))
    values[0, 2:], values[1, 1], values[1, 3] = 5, 6, 7
    table = open_features(block(tmp_path, x=values))
    assert table["a"].tolist() == [[5, 5], [5, 5]]
    assert table["b"].tolist() == [[6, 6], [0, 0], [7, 7]]  # a pause is no padding
    table = open_features(block(tmp_path, x=values, lengths=np.array([2, 4])))
    assert table["a"].tolist() == [[5, 5], [5, 5]]
    assert len(table["b"]) == 4
    assert table.problems == []


def test_an_utterance_of_zeros_is_absent_and_said(tmp_path):
    values = np.zeros((2, 4, 2))
    values[0, 0] = 1
    table = open_features(block(tmp_path, x=values))
    assert [table[name].shape for name in "ab"] == [(1, 2), (0, 2)]
    assert "zeros throughout, taken as absent, in 1 utterance (b)." in table.problems[0]
    table = open_features(block(tmp_path, x=values, lengths=np.array([1, 3])))
    assert table["b"].shape == (3, 2)  # the file says so
    table = open_features(block(tmp_path, x=values, lengths=np.array([1, 0])))
    assert table["b"].shape == (0, 2)


def test_values_after_the_length_are_left_out_and_said(tmp_path):
    table = open_features(block(tmp_path, x=np.ones((2, 4, 2)), lengths=np.array([3, 4])))
    assert [len(v) for v in everything(table).values()] == [3, 4]
    assert "values after the length, left out, in 1 utterance (a)." in table.problems[0]


def test_an_utterance_without_steps_is_absent(tmp_path):
    for write in (npz, hdf5, folder, pickled, csd):
        table = open_features(
            write(tmp_path / f"f{write.__name__}", {"a": np.ones((2, 4)), "b": np.ones((0, 4))})
        )
        assert table["b"].shape == (0, 4)


def test_files_of_other_kinds(tmp_path):
    for name in ("f.mat", "f"):
        (tmp_path / name).write_text("id,x\n")
        assert ".npz, .npy" in failure(tmp_path / name)
    (tmp_path / "f.csv").write_text("id,x\n")
    assert "has no row" in failure(tmp_path / "f.csv")
    (tmp_path / "g.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    assert "is a picture (PNG)" in failure(tmp_path / "g.csv")
    (tmp_path / "l.npz").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    assert "git lfs pull" in failure(tmp_path / "l.npz")
    assert "does not exist" in failure(tmp_path / "none.npz")
    (tmp_path / "empty").mkdir()
    assert "a folder without ID.npy" in failure(tmp_path / "empty")
    (tmp_path / "dir.npz").mkdir()
    failure(tmp_path / "dir.npz")


@settings(max_examples=30)
@given(data=st.data(), write=st.sampled_from([npz, hdf5, csd, pickled, parquet_lists]))
def test_any_finite_features_come_back_bit_for_bit(data, write: Writer, tmp_path_factory):
    size = data.draw(st.integers(1, 4))
    values = hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 5), st.just(size)),
        elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
    )
    names = st.text("ab[]01_-é ", min_size=1, max_size=5).filter(lambda n: n not in ("id", "ids"))
    features = data.draw(st.dictionaries(names, values, min_size=1, max_size=4))
    check(open_features(write(tmp_path_factory.mktemp("any") / "f", features)), features)


def test_real_utterance_vectors_of_cmu_mosi(real_data):
    path = real_data / "cmu_mosi" / "cmu_mosi_utterances.npz"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    for modality, size in (("text", 100), ("audio", 73), ("vision", 100)):
        table = open_features(path, modality)
        assert (len(table), table.size) == (2_199, size)
        assert everything(table)["03bSnISJMiM_1"].shape == (1, size)
        assert table.problems == []
    with pytest.raises(RequestError, match=r"\(text, audio, video\)"):
        open_features(path)
