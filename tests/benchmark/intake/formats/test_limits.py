"""Two thousand bytes that claim terabytes are refused before anything of that size is made."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from emobench import DataError, open_features, read_table
from emobench.intake.formats import limits
from emobench.intake.formats.dispatch import named_shape, open_array

TERA = 2**40
SMALL = 2**20


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """No test takes more than 100 MB, as far as Python and NumPy tell."""
    tracemalloc.start()
    yield
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 100 * 2**20


def refused(path: Path, *words: str) -> None:
    assert path.stat().st_size < 10_000
    for read in (open_features, open_array, named_shape):
        with pytest.raises(DataError) as error:
            read(path)
        assert str(path) in str(error.value)
        if words:
            assert any(word in str(error.value) for word in words), error.value


def npy_head(shape: str) -> bytes:
    said = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(said).to_bytes(2, "little") + said


@pytest.mark.parametrize("shape", [f"({TERA}, 3)", f"(1, {TERA})", f"(3, {TERA}, 3)"])
def test_the_head_of_an_npy(tmp_path: Path, shape: str) -> None:
    (tmp_path / "x.npy").write_bytes(npy_head(shape) + bytes(1000))
    with pytest.raises(DataError, match=r"truncated|one array"):
        open_features(tmp_path / "x.npy")
    with pytest.raises(DataError, match="truncated"):
        open_array(tmp_path / "x.npy")


def test_a_member_of_an_npz_of_zeros(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ALWAYS_FINE", SMALL)
    np.savez_compressed(tmp_path / "x.npz", u1=np.zeros((2**19, 1), np.float32))
    refused(tmp_path / "x.npz", "claims 2,097,")


@pytest.mark.parametrize("layout", ["by id", "block", "csd"])
def test_a_dataset_of_hdf5_that_was_never_written(tmp_path: Path, layout: str) -> None:
    path = tmp_path / "x.h5"
    name = {"by id": "u1", "block": "features", "csd": "COVAREP/data/u1/features"}[layout]
    with h5py.File(path, "w") as file:
        size = (1, TERA, 3) if layout == "block" else (TERA, 3)
        file.create_dataset(name, shape=size, chunks=tuple(min(n, 64) for n in size), dtype="f4")
        if layout == "block":
            file["ids"] = [b"u1"]
    with pytest.raises(DataError, match=r"claims [\d,]{17,} bytes of '(u1|features)' and holds 0"):
        open_features(path)


def test_a_parquet_row_of_equal_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ALWAYS_FINE", SMALL)
    lists = pa.array([np.zeros(10**6, np.float32)], pa.list_(pa.float32()))
    pq.write_table(pa.table({"id": ["u1"], "features": lists}), tmp_path / "x.parquet")
    with pytest.raises(DataError, match="claims 8,000,"):
        open_features(tmp_path / "x.parquet")


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_a_parquet_table_of_equal_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: pa.DataType
) -> None:
    from emobench.intake.tables import parquet

    monkeypatch.setattr(parquet, "_MOST_TEXT", SMALL)
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 5000, pa.int32()), ["word " * 400])
    label = pa.array(["joy", "anger"] * 2500)
    pq.write_table(pa.table({"text": text.cast(kind), "label": label}), tmp_path / "x.parquet")
    assert (tmp_path / "x.parquet").stat().st_size < 10_000
    with pytest.raises(DataError, match=r"holds 10,0.* bytes of text; 1,048,576 at most"):
        read_table(tmp_path / "x.parquet")


def test_a_parquet_table_within_the_limits_is_read_as_ever(tmp_path: Path) -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([0, None, 1], pa.int32()), ["a", ""])
    labels = pa.array(["joy", None, "anger"])
    pq.write_table(pa.table({"text": column, "label": labels}), tmp_path / "x.parquet")
    assert read_table(tmp_path / "x.parquet").rows == [["a", "joy"], ["", "anger"]]


@pytest.mark.parametrize("kind", ["expanded", "sparse"])
def test_a_tensor_that_is_larger_than_its_values(tmp_path: Path, kind: str) -> None:
    tensor = torch.zeros(1).expand(TERA)
    if kind == "sparse":
        tensor = torch.sparse_coo_tensor([[0], [0]], [1.0], (TERA, 8))
    torch.save({"u1": tensor}, tmp_path / "x.pt")
    refused(tmp_path / "x.pt", "larger than its values", "sparse tensor")


def test_an_ordinary_expanded_tensor_is_read(tmp_path: Path) -> None:
    torch.save({"u1": torch.ones(1, 3).expand(4, 3)}, tmp_path / "x.pt")
    np.testing.assert_array_equal(open_features(tmp_path / "x.pt")["u1"], np.ones((4, 3)))


def test_the_head_of_safetensors(tmp_path: Path) -> None:
    said = b'{"u1":{"dtype":"F32","shape":[%d,3],"data_offsets":[0,%d]}}' % (TERA, TERA * 12)
    path = tmp_path / "x.safetensors"
    path.write_bytes(len(said).to_bytes(8, "little") + said + bytes(100))
    refused(path)


def test_a_link_to_another_file_by_way_of_a_link_is_not_followed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["u1"] = np.ones((2, 3))
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["a"] = np.ones((2, 3))
        group = file.create_group("g")
        group["there"] = h5py.ExternalLink("secret.h5", "/u1")
        file["u1"] = h5py.SoftLink("/g/there")
        del file["a"]
    with pytest.raises(DataError, match="link to another file"):
        open_features(tmp_path / "x.h5")
