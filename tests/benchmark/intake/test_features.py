"""Features in every format, honest, odd and broken."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from emobench import DataError, FeatureTable, RequestError, open_features

Sequences = dict[str, np.ndarray[Any, Any]]

TIMES = {"b[1]": 3, "a": 1, "çx": 5}
MANY: Sequences = {
    name: np.random.default_rng(i).normal(size=(steps, 4)).astype(np.float32) + 9
    for i, (name, steps) in enumerate(TIMES.items())
}
ONE: Sequences = {name: values[0] for name, values in MANY.items()}


def npz(path: Path, features: Sequences) -> Path:
    np.savez(path.with_suffix(".npz"), **features)
    return path.with_suffix(".npz")


def npz_compressed(path: Path, features: Sequences) -> Path:
    np.savez_compressed(path.with_suffix(".npz"), **features)
    return path.with_suffix(".npz")


def parquet_lists(path: Path, features: Sequences) -> Path:
    lists = [v.tolist() for v in features.values()]
    table = pd.DataFrame({"id": list(features), "label": "happy", "features": lists})
    table.to_parquet(path.with_suffix(".parquet"), row_group_size=2)
    return path.with_suffix(".parquet")


def hdf5(path: Path, features: Sequences) -> Path:
    with h5py.File(path.with_suffix(".h5"), "w", track_order=True) as file:
        for name, values in features.items():
            file[name] = values
    return path.with_suffix(".h5")


def csd(path: Path, features: Sequences) -> Path:
    """The CMU SDK's own layout."""
    with h5py.File(path.with_suffix(".csd"), "w", track_order=True) as file:
        root = file.create_group("COVAREP", track_order=True)
        root.create_group("metadata")["md5"] = "…"
        data = root.create_group("data", track_order=True)
        for name, values in features.items():
            group = data.create_group(name)
            group["features"] = values
            group["intervals"] = np.zeros((len(values), 2))
    return path.with_suffix(".csd")


def folder(path: Path, features: Sequences) -> Path:
    path.mkdir()
    for name, values in features.items():
        np.save(path / f"{name}.npy", values)
    return path


def pickled(path: Path, features: Sequences) -> Path:
    path = path.with_suffix(".pkl")
    path.write_bytes(pickle.dumps(features))
    return path


def padded(features: Sequences) -> dict[str, Any]:
    steps = max(len(v) for v in features.values())
    block = np.zeros((len(features), steps, 4), np.float32)
    for row, values in zip(block, features.values(), strict=True):
        row[: len(values)] = values
    return {
        "ids": np.array(list(features)),
        "audio": block,
        "lengths": np.array([len(v) for v in features.values()]),
    }


def npz_block(path: Path, features: Sequences) -> Path:
    return npz(path, padded(features))


def npz_block_compressed(path: Path, features: Sequences) -> Path:
    return npz_compressed(path, padded(features))


def npz_block_without_lengths(path: Path, features: Sequences) -> Path:
    return npz(path, {k: v for k, v in padded(features).items() if k != "lengths"})


def hdf5_block(path: Path, features: Sequences) -> Path:
    with h5py.File(path.with_suffix(".hdf5"), "w") as file:
        for name, values in padded(features).items():
            file[name] = [v.encode() for v in values] if name == "ids" else values
    return path.with_suffix(".hdf5")


def mmsa(path: Path, features: Sequences) -> Path:
    """MMSA's unaligned layout; every utterance but the first in ``valid``."""
    parts = {}
    for part, names in (("train", list(features)[:1]), ("valid", list(features)[1:])):
        chosen = {n: features[n] for n in names}
        block = padded(chosen)
        parts[part] = {
            "id": names,
            "raw_text": [f"said {n}" for n in names],
            "text": np.zeros((len(names), 50, 768), np.float32),
            "text_bert": np.zeros((len(names), 3, 50), np.float32),
            "audio": block["audio"],
            "audio_lengths": block["lengths"].tolist(),
            "vision": np.ones((len(names), 7, 2), np.float32),
            "vision_lengths": [7] * len(names),
            "regression_labels": np.zeros(len(names), np.float32),
            "classification_labels": np.zeros(len(names), np.float32),
            "annotations": ["Neutral"] * len(names),
        }
    path = path.with_suffix(".pkl")
    path.write_bytes(pickle.dumps(parts))
    return path


PER_ID = (npz, npz_compressed, parquet_lists, hdf5, csd, folder, pickled)
BLOCKS = (npz_block, npz_block_compressed, npz_block_without_lengths, hdf5_block, mmsa)
Writer = Callable[[Path, Sequences], Path]


def failure(path: Path, modality: str | None = None, every: bool = True) -> str:
    """Open and read everything, expecting a DataError; return its sentence."""
    with pytest.raises(DataError) as error:
        everything(open_features(path, modality))
    text = str(error.value)
    assert str(path) in text
    assert "\n" not in text
    assert len(text) < 1_000
    return text


def everything(table: FeatureTable) -> Sequences:
    found = {name: table[name] for name in table.ids}
    for values in found.values():
        assert values.dtype == np.float32
        assert values.ndim == 2
        assert values.shape[1] == table.size
        assert np.isfinite(values).all()
    return found


def check(table: FeatureTable, features: Sequences) -> None:
    found = everything(table)
    assert set(found) == set(features)
    assert len(table) == len(features)
    for name, values in features.items():
        np.testing.assert_array_equal(found[name], np.atleast_2d(values))


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


def test_parquet_of_numeric_columns(tmp_path):
    table = pd.DataFrame(np.arange(12.0).reshape(3, 4), columns=list("wxyz"))
    table.insert(2, "id", [7, 8, 9])
    table.to_parquet(tmp_path / "f.parquet", row_group_size=2)
    check(open_features(tmp_path / "f.parquet"), {
        str(7 + row): np.arange(4.0) + 4 * row for row in range(3)
    })  # fmt: skip


def test_parquet_nulls_are_missing_values_and_absent_lists(tmp_path):
    pd.DataFrame(
        {"id": ["a", "b"], "x": [1.0, None], "n": pd.array([None, 3], "Int64")}
    ).to_parquet(tmp_path / "f.parquet")
    table = open_features(tmp_path / "f.parquet")
    check(table, {"a": np.array([1.0, 0]), "b": np.array([0.0, 3])})
    assert "2 values in 2 utterances" in table.problems[0]
    pd.DataFrame({"id": ["a", "b", "c"], "x": [None, [], [1.0, 2]]}).to_parquet(
        tmp_path / "l.parquet"
    )
    found = everything(open_features(tmp_path / "l.parquet"))
    assert [found[name].shape for name in "abc"] == [(0, 2), (0, 2), (1, 2)]


def test_parquet_with_text_columns_or_without_an_id(tmp_path):
    pd.DataFrame({"id": ["a"], "x": [1.0], "label": ["happy"]}).to_parquet(tmp_path / "f.parquet")
    assert "label (" in failure(tmp_path / "f.parquet")
    pd.DataFrame({"name": ["a"], "x": [1.0]}).to_parquet(tmp_path / "f.parquet")
    assert "no column 'id'; it has name, x" in failure(tmp_path / "f.parquet")
    pd.DataFrame({"id": ["a"]}).to_parquet(tmp_path / "f.parquet")
    assert "no column beside 'id'" in failure(tmp_path / "f.parquet")


def test_parquet_lists_of_different_sizes(tmp_path):
    pd.DataFrame({"id": ["a", "b"], "x": [[1.0, 2.0], [1.0]]}).to_parquet(tmp_path / "f.parquet")
    assert "1 features at utterance 'b' and 2 at others" in failure(tmp_path / "f.parquet")
    steps = [[[1.0, 2.0], [3.0]]]
    pd.DataFrame({"id": ["a"], "x": steps}).to_parquet(tmp_path / "f.parquet")
    assert "whose steps differ" in failure(tmp_path / "f.parquet")


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
        f"{table.path}: 3 values in 2 utterances are NaN, infinite or beyond float32; they were "
        "set to 0."
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


def block(tmp_path: Path, **arrays: Any) -> Path:
    return npz(tmp_path / "f", {"ids": np.array(["a", "b"]), **arrays})


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
    assert "zeros throughout, taken as absent, in 1 utterance." in table.problems[0]
    table = open_features(block(tmp_path, x=values, lengths=np.array([1, 3])))
    assert table["b"].shape == (3, 2)  # the file says so
    table = open_features(block(tmp_path, x=values, lengths=np.array([1, 0])))
    assert table["b"].shape == (0, 2)


def test_values_after_the_length_are_left_out_and_said(tmp_path):
    table = open_features(block(tmp_path, x=np.ones((2, 4, 2)), lengths=np.array([3, 4])))
    assert [len(v) for v in everything(table).values()] == [3, 4]
    assert "values after the length, left out, in 1 utterance." in table.problems[0]


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


@pytest.mark.parametrize("name", ["regression_labels", "classification_labels", "raw_text", "id"])
def test_mmsa_parts_that_do_not_agree(name, tmp_path):
    path = mmsa(tmp_path / "f", MANY)
    parts = pickle.loads(path.read_bytes())
    parts["valid"][name] = list(parts["valid"][name]) + list(parts["valid"][name])[:1]
    path.write_bytes(pickle.dumps(parts))
    text = failure(path, "audio")
    assert str(path / "valid") in text
    assert "3" in text
    assert "2" in text


def test_the_modality_chooses(tmp_path):
    path = mmsa(tmp_path / "f", MANY)
    assert open_features(path, "vision").size == 2
    assert open_features(path, "text").size == 768  # never text_bert
    with pytest.raises(RequestError, match=r"several kinds \(text, audio, vision\).*--modality"):
        open_features(path)
    assert "no features of audio; it has text" in failure(
        block(tmp_path, text=np.ones((2, 3))), "audio"
    )
    assert open_features(block(tmp_path, wav2vec=np.ones((2, 3))), "audio").size == 3
    both = block(tmp_path, video=np.ones((2, 3)), audio_features=np.ones((2, 5)))
    assert open_features(both, "vision").size == 3
    assert open_features(both, "audio").size == 5


def test_the_mult_layout_with_ids_of_two_columns(tmp_path):
    part = {
        "id": np.array([["v", 0.0], ["v", 1.0]], dtype=object),
        "text": np.ones((2, 50, 3)),
        "labels": np.zeros((2, 1, 1)),
    }
    path = tmp_path / "f.pkl"
    path.write_bytes(pickle.dumps({"train": part}, 2))
    assert open_features(path, "text").ids == ("v_0", "v_1")


def test_an_utterance_in_two_parts(tmp_path):
    path = mmsa(tmp_path / "f", MANY)
    parts = pickle.loads(path.read_bytes())
    parts["test"] = parts["train"]
    path.write_bytes(pickle.dumps(parts))
    assert "more than once: b[1]" in failure(path, "audio")


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


def test_an_utterance_without_steps_is_absent(tmp_path):
    for write in (npz, hdf5, folder, pickled, csd):
        table = open_features(
            write(tmp_path / f"f{write.__name__}", {"a": np.ones((2, 4)), "b": np.ones((0, 4))})
        )
        assert table["b"].shape == (0, 4)


def test_object_arrays_are_never_unpickled(tmp_path):
    class Hostile:
        def __reduce__(self) -> Any:
            return (open, (str(tmp_path / "canary"), "w"))

    objects = np.array([Hostile()], dtype=object)
    for path in (
        npz(tmp_path / "n", {"a": objects}),
        npz(tmp_path / "i", {"ids": objects, "x": np.ones((1, 2))}),
        folder(tmp_path / "d", {"a": objects}),
    ):
        assert "Python objects" in failure(path) or "not read" in failure(path)
    failure(pickled(tmp_path / "p", {"a": objects}))
    assert not (tmp_path / "canary").exists()


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


def test_a_truncated_npy_in_a_folder(tmp_path):
    path = folder(tmp_path / "f", MANY) / "a.npy"
    path.write_bytes(path.read_bytes()[:-4])
    assert "a.npy is truncated: it has 140 of 144 bytes" in failure(path.parent)


def test_an_npz_whose_head_promises_more_than_there_is(tmp_path):
    path = npz_compressed(tmp_path / "f", MANY)
    with zipfile.ZipFile(path) as file:
        data = {name: file.read(name) for name in file.namelist()}
    data["a.npy"] = data["a.npy"].replace(b"(1, 4), }", b"(9999999999, 4), }".ljust(9))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in data.items():
            file.writestr(name, content)
    failure(path)


def test_hdf5_links_to_other_files_are_not_followed(tmp_path):
    secret = hdf5(tmp_path / "secret", MANY)
    with h5py.File(tmp_path / "f.h5", "w") as file:
        file["a"] = np.ones((1, 4))
        file["b"] = h5py.ExternalLink(str(secret), "a")
    assert "link to another file at 'b'" in failure(tmp_path / "f.h5")
    (tmp_path / "raw").write_bytes(bytes(64))
    with h5py.File(tmp_path / "f.h5", "w") as file:
        file.create_dataset("a", (2, 4), "f4", external=[(str(tmp_path / "raw"), 0, 32)])
    assert "in another file" in failure(tmp_path / "f.h5")
    layout = h5py.VirtualLayout((1, 4), "f4")
    layout[:] = h5py.VirtualSource(str(secret), "a", (1, 4))
    with h5py.File(tmp_path / "f.h5", "w") as file:
        file.create_virtual_dataset("a", layout)
    assert "in another file" in failure(tmp_path / "f.h5")
    with h5py.File(tmp_path / "f.h5", "w") as file:
        file["a"] = h5py.SoftLink("/nowhere")
    failure(tmp_path / "f.h5")


def test_hdf5_groups_that_are_no_layout_we_know(tmp_path):
    with h5py.File(tmp_path / "f.h5", "w") as file:
        file["x/deep/er"] = np.ones(3)
        file["y"] = np.ones(3)
    assert "x are groups" in failure(tmp_path / "f.h5")
    with h5py.File(tmp_path / "f.csd", "w") as file:
        file["W/data/a/features"] = np.ones((2, 3))
        file["W/data/b/intervals"] = np.ones((2, 2))
    assert "no features in data/ of: b" in failure(tmp_path / "f.csd")


@pytest.mark.parametrize("value", [[1], "text", np.ones(3), {"train": {"text": np.ones((1, 2))}}])
def test_pickles_of_another_layout(value, tmp_path):
    (tmp_path / "f.pkl").write_bytes(pickle.dumps(value))
    failure(tmp_path / "f.pkl")


def test_a_hostile_pickle_is_refused_by_name(tmp_path):
    (tmp_path / "f.pkl").write_bytes(b"cposix\nsystem\n(S'touch canary'\ntR.")
    assert "wants to call posix.system" in failure(tmp_path / "f.pkl")


def test_files_of_other_kinds(tmp_path):
    for name in ("f.csv", "f.mat", "f"):
        (tmp_path / name).write_text("id,x\n")
        assert ".npz, .parquet" in failure(tmp_path / name)
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
