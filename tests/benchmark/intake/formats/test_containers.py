"""The same arrays in every container, of many utterances and of one, and what is refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from emobench_tests_feature_files import MANY, Sequences, check, failure
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import save_file

from emobench import DataError, array_shape, open_array, open_features


def tensors(features: Sequences) -> dict[str, torch.Tensor]:
    return {n: torch.from_numpy(np.array(v)) for n, v in features.items()}


def pt(path: Path, features: Sequences) -> Path:
    torch.save(tensors(features), path)
    return path


def pt_of_arrays(path: Path, features: Sequences) -> Path:
    torch.save(dict(features), path)
    return path


def pt_of_both(path: Path, features: Sequences) -> Path:
    first = next(iter(features))
    torch.save({n: torch.from_numpy(v.copy()) if n == first else v for n, v in features.items()},
               path)  # fmt: skip
    return path


def old_pt(path: Path, features: Sequences) -> Path:
    torch.save(tensors(features), path, _use_new_zipfile_serialization=False)
    return path


def safetensors(path: Path, features: Sequences) -> Path:
    save_file({n: np.ascontiguousarray(v) for n, v in features.items()}, path)
    return path


def pickled_tensors(path: Path, features: Sequences) -> Path:
    path.write_bytes(pickle.dumps(tensors(features)))
    return path


def npy_dict(path: Path, features: Sequences) -> Path:
    with path.open("wb") as file:
        np.save(file, np.array(features, dtype=object), allow_pickle=True)
    return path


def records(path: Path, features: Sequences) -> Path:
    path.write_bytes(pickle.dumps([{"id": n, "features": v} for n, v in features.items()]))
    return path


def by_modality(path: Path, features: Sequences) -> Path:
    path.write_bytes(pickle.dumps({"audio": features, "text": {n: v[:, :1] for n, v in
                                                               features.items()}}))  # fmt: skip
    return path


def by_part(path: Path, features: Sequences) -> Path:
    names = list(features)
    path.write_bytes(pickle.dumps({
        "train": {n: features[n] for n in names[:1]}, "test": {n: features[n] for n in names[1:]}
    }))  # fmt: skip
    return path


def npz_of_objects(path: Path, features: Sequences) -> Path:
    with path.open("wb") as file:
        np.savez(file, features=np.array(features, dtype=object))
    return path


def batched(path: Path, features: Sequences) -> Path:
    return pt(path, {n: v[None] for n, v in features.items()})


Writer = Callable[[Path, Sequences], Path]
CONTAINERS = (pt, pt_of_arrays, pt_of_both, old_pt, safetensors, pickled_tensors, npy_dict,
              records, by_modality, by_part, npz_of_objects, batched)  # fmt: skip


@pytest.mark.parametrize("write", CONTAINERS, ids=lambda w: w.__name__)
@pytest.mark.parametrize("name", ["f", "f.pt", "f.bin"])
def test_arrays_come_back_from_every_container_whatever_its_suffix(write: Writer, name, tmp_path):
    table = open_features(write(tmp_path / name, MANY), "audio")
    check(table, MANY)
    assert (write is batched) == any("batch axis of 1 was dropped" in n for n in table.notes)


@settings(max_examples=25, deadline=None)
@given(
    data=st.data(),
    write=st.sampled_from(CONTAINERS),
    dtype=st.sampled_from(["f4", "f8", "f2", "i4", "u1"]),
)
def test_any_matrix_comes_back_equal(data, write: Writer, dtype, tmp_path_factory):
    values = hnp.arrays(dtype, st.tuples(st.integers(1, 4), st.just(3)),
                        elements=st.integers(0, 100))  # fmt: skip
    names = st.text("ab01_é ", min_size=1, max_size=4)
    features = data.draw(st.dictionaries(names, values, min_size=2, max_size=4))
    check(open_features(write(tmp_path_factory.mktemp("any") / "f", features), "audio"), features)


@pytest.mark.parametrize("write", CONTAINERS, ids=lambda w: w.__name__)
def test_a_container_that_is_cut_off_is_an_error_that_names_it(write: Writer, tmp_path):
    path = write(tmp_path / "f.bin", MANY)
    data = path.read_bytes()
    for end in (*range(1, min(400, len(data)), 23), *range(400, len(data) - 1, 301)):
        path.write_bytes(data[:end])
        failure(path, "audio")


def test_bfloat16_and_views_of_larger_tensors(tmp_path):
    large = torch.arange(24.0).reshape(4, 6)
    parts = {"a": large[1:3, ::2], "b": large.T[:3, :3].T, "c": torch.ones(2, 3)}
    (tmp_path / "v.pkl").write_bytes(pickle.dumps(parts))
    check(open_features(tmp_path / "v.pkl"), {n: v.numpy() for n, v in parts.items()})
    from safetensors.torch import save_file as save_tensors

    halves = {n: v.contiguous().to(torch.bfloat16) for n, v in parts.items()}
    save_tensors(halves, tmp_path / "h.safetensors")
    torch.save(halves, tmp_path / "h.pt")
    for name in ("h.safetensors", "h.pt"):
        check(open_features(tmp_path / name), {n: v.float().numpy() for n, v in halves.items()})


def test_nested_folders_have_paths_as_ids(tmp_path):
    root = tmp_path / "features"
    for suffix in (".npy", ".pt", ".csv"):
        for i in range(3):
            path = root / suffix[1:] / "Ses0" / "spk" / f"{i}{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            values = np.full((2, 3), i, np.float32)
            if suffix == ".csv":
                pd.DataFrame(values, columns=list("pqr")).to_csv(path, index=False)
            else:
                (pt(path, {"x": values}) if suffix == ".pt" else np.save(path, values))
        (root / suffix[1:] / "Ses0" / f"._0{suffix}").write_bytes(b"\0\5\26\7")
        (root / suffix[1:] / "readme.txt").write_text("a note")
        table = open_features(root / suffix[1:])
        check(table, {f"Ses0/spk/{i}": np.full((2, 3), i) for i in range(3)})
        assert table.notes[-1] == "1 other files are no features: readme.txt."
    np.save(root / "npy" / "Ses0" / "spk" / "0.npz.npy", np.ones(3))
    np.savez(root / "npy" / "Ses0" / "spk" / "1.npz", np.ones((1, 3)))
    assert "several files of Ses0/spk/1 (.npy, .npz)" in failure(root / "npy")


@pytest.mark.parametrize("shape", [(3,), (4, 3), (1, 4, 3), (4, 1, 3)])
def test_one_clip_in_every_container(shape, tmp_path):
    values = np.random.default_rng(0).random(shape, np.float32)
    steps = values.reshape(-1, 3)
    np.save(tmp_path / "a.npy", values)
    np.savez(tmp_path / "b.npz", features=values, label=3, sr=16000)
    torch.save(torch.from_numpy(values), tmp_path / "c.pt")
    torch.save({"feats": torch.from_numpy(values), "label": 1}, tmp_path / "d.pt")
    save_file({"x": values}, tmp_path / "e.safetensors")
    (tmp_path / "f.pkl").write_bytes(pickle.dumps(values))
    (tmp_path / "g.pkl").write_bytes(pickle.dumps(values.tolist()))
    pd.DataFrame(steps, columns=list("pqr")).to_parquet(tmp_path / "h.parquet")
    pd.DataFrame(steps.astype(float), columns=list("pqr")).to_csv(tmp_path / "i.csv", index=False)
    for path in sorted(tmp_path.iterdir()):
        np.testing.assert_array_equal(open_array(path), steps, err_msg=path.name)
        assert array_shape(path) == steps.shape


def refused(path: Path) -> str:
    with pytest.raises(DataError) as error:
        open_array(path)
    with pytest.raises(DataError):
        array_shape(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_is_no_array_of_one_clip(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.float32(3))
    assert "a single number" in refused(path)
    np.save(path, np.ones((12, 5, 3)))
    assert "[12, 5, 3]; features of an utterance are [T, D] or [D]. Take one layer" in refused(path)
    np.save(path, np.array(["x"]))
    assert "features are numbers" in refused(path)
    np.savez(tmp_path / "b.npz", p=np.ones(3), q=np.ones(4))
    assert "several arrays (p, q)" in refused(tmp_path / "b.npz")
    (tmp_path / "c.npy").write_bytes(b"no array")
    refused(tmp_path / "c.npy")
    refused(tmp_path / "none.npy")


def test_widths_that_differ_ask_whether_they_are_transposed(tmp_path):
    for i, steps in enumerate((5, 6, 7)):
        np.save(tmp_path / f"u{i}.npy", np.ones((13, steps)))
    text = failure(tmp_path)
    assert "u1 (6), u2 (7)" in text
    assert "all have 13 rows: is it transposed?" in text


def test_a_matrix_without_ids_says_how_to_write_them(tmp_path):
    np.save(tmp_path / "f.npy", np.ones((9, 4)))
    assert "numpy.savez('f.npz', ids=ids, features=array)" in failure(tmp_path / "f.npy")


class Hostile:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return (open, (str(self.target), "w"))


def test_nothing_of_a_file_is_ever_run(tmp_path):
    canary = tmp_path / "canary"
    hostile = {"a": Hostile(canary)}
    torch.save(hostile, tmp_path / "a.pt")
    torch.save(hostile, tmp_path / "b.pt", _use_new_zipfile_serialization=False)
    torch.save({"x": np.ones(3), **hostile}, tmp_path / "f.pt")
    (tmp_path / "c.pt").write_bytes(pickle.dumps(hostile))
    np.save(tmp_path / "d.npy", np.array(hostile, dtype=object), allow_pickle=True)
    np.savez(tmp_path / "e.npz", a=np.array(hostile, dtype=object))
    for name in ("a.pt", "b.pt", "c.pt", "f.pt", "d.npy", "e.npz"):
        failure(tmp_path / name)
        refused(tmp_path / name)
    assert not canary.exists()
    assert "numpy.savez('a.npz'" in failure(tmp_path / "a.pt")


def test_a_pickled_table_is_refused_with_the_lines_that_convert_it(tmp_path):
    pd.DataFrame({"a": [1.0]}).to_pickle(tmp_path / "t.pkl")
    text = failure(tmp_path / "t.pkl")
    assert "pandas.read_pickle('t.pkl').to_parquet('t.parquet')" in text


@pytest.mark.parametrize("offset", [0, 5])
def test_a_pickled_tensor_shows_no_memory_beyond_its_own(offset, tmp_path):
    data = pickle.dumps({"a": torch.arange(6.0).reshape(2, 3)})
    forged = data.replace(b"K\x02K\x03\x86", b"K\x02K\xff\x86", 1)
    if offset:
        forged = data.replace(b"K\x00K\x02K\x03", b"K\x05K\x02K\x03", 1)
    assert forged != data
    (tmp_path / "f.pkl").write_bytes(forged)
    assert "larger than its values" in failure(tmp_path / "f.pkl")
