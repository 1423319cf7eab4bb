"""Files of features in every form that is read, and pickles, changed."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import pickle
import struct
import tempfile
from collections import OrderedDict
from pathlib import Path
from random import Random
from typing import Any

import h5py
import numpy as np
import pandas as pd

from emobench import EmobenchError, open_features
from emobench.intake.feature_import import import_features
from emobench.intake.formats.dispatch import named_shape, open_named_array
from emobench.intake.pickles import read_pickle
from fuzzing.mutation import bytes_of, lines_or_bytes, value_of, zip_of
from fuzzing.target import Files, Target

READ_AT_MOST = 20
"""Utterances of a file that are read."""


def _arrays() -> dict[str, Any]:
    draw = np.random.default_rng(0)
    return {f"u{i}": draw.normal(size=(i + 1, 3)).astype(np.float32) for i in range(3)}


def _block() -> dict[str, Any]:
    return {
        "ids": np.array(["a", "b"]), "audio": np.ones((2, 4, 3), np.float32),
        "lengths": np.array([4, 2]),
    }  # fmt: skip


def _saved(save: Any, ending: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{ending}"
        save(path)
        return path.read_bytes()


def _hdf5(path: Path, arrays: dict[str, Any]) -> None:
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[name] = [v.encode() for v in values] if name == "ids" else values


def _csd(path: Path) -> None:
    with h5py.File(path, "w") as file:
        for name, values in _arrays().items():
            group = file.create_group(f"COVAREP/data/{name}")
            group["features"] = values
            group["intervals"] = np.zeros((len(values), 2))


def mmsa() -> dict[str, Any]:
    """Two parts in MMSA's layout."""
    part = {
        "id": ["v$_$1", "v$_$2"], "raw_text": ["a", "b"], "audio": np.ones((2, 4, 3), np.float32),
        "audio_lengths": [4, 2], "vision": np.ones((2, 3, 2), np.float32),
        "regression_labels": np.zeros(2, np.float32),
    }  # fmt: skip
    return {"train": part, "valid": {**part, "id": ["w$_$1", "w$_$2"]}}


@functools.cache
def originals() -> dict[str, tuple[str, bytes]]:
    """Kind to a file's name and content, small and as it should be."""
    import safetensors.numpy
    import torch

    arrays, tensors = _arrays(), {k: torch.from_numpy(v) for k, v in _arrays().items()}
    lists = pd.DataFrame({"id": list(arrays), "features": [v.tolist() for v in arrays.values()]})
    rows = pd.DataFrame({"id": ["a", "a", "b"], "f1": [1.0, 2.0, 3.0], "f2": [0.5, 0.1, 0.2]})
    csv = "file,start,end,loudness,pitch\na.wav,0.0,0.1,0.4,210.0\na.wav,0.1,0.2,0.5,212.5\n"
    arff = (
        "@relation r\n@attribute name string\n@attribute f1 numeric\n@attribute f2 numeric\n"
        "@attribute emotion {a,b}\n@data\n'u1',0.1,0.2,a\n'u2',0.3,?,b\n"
    )
    made = {
        "npy": (".npy", lambda p: np.save(p, arrays["u2"])),
        "npy_dict": (".npy", lambda p: np.save(p, arrays, allow_pickle=True)),  # type: ignore[arg-type]
        "npz": (".npz", lambda p: np.savez(p, **arrays)),
        "npz_block": (".npz", lambda p: np.savez_compressed(p, **_block())),
        "hdf5": (".h5", lambda p: _hdf5(p, arrays)),
        "hdf5_block": (".hdf5", lambda p: _hdf5(p, _block())),
        "csd": (".csd", _csd),
        "parquet": (".parquet", lambda p: lists.to_parquet(p)),
        "parquet_rows": (".parquet", lambda p: rows.to_parquet(p, compression=None)),
        "torch": (".pt", lambda p: torch.save(tensors, p)),
        "torch_numpy": (".pt", lambda p: torch.save(arrays, p)),
        "torch_old": (
            ".pth", lambda p: torch.save(tensors, p, _use_new_zipfile_serialization=False)
        ),
        "safetensors": (".safetensors", lambda p: safetensors.numpy.save_file(arrays, p)),
        "pickle": (".pkl", lambda p: p.write_bytes(pickle.dumps(arrays))),
        "pickle_mmsa": (".pkl", lambda p: p.write_bytes(pickle.dumps(mmsa(), protocol=2))),
        "csv": (".csv", lambda p: p.write_text(csv)),
        "arff": (".arff", lambda p: p.write_text(arff)),
        "xlsx": (".xlsx", lambda p: rows.to_excel(p, index=False)),
    }  # fmt: skip
    return {kind: (f"x{end}", _saved(save, end)) for kind, (end, save) in made.items()}


TEXTS, ZIPS = ("csv", "arff"), ("npz", "npz_block", "torch", "torch_numpy", "xlsx")


def _member(data: bytes, random: Random) -> bytes:
    """Change a member of an archive: an array by its head, a pickle, or XML."""
    if data.startswith(b"\x93NUMPY"):
        return npy_head(data, random)
    if data.startswith((b"<?xml", b"<")):
        return lines_or_bytes(data, random)
    return bytes_of(data, random)


def npy_head(data: bytes, random: Random) -> bytes:
    """Change what the head of a ``.npy`` says, its length being right."""
    if random.random() < 0.3 or len(data) < 12:
        return bytes_of(data, random)
    size = struct.unpack("<H", data[8:10])[0]
    said = data[10 : 10 + size].decode("latin-1")
    kind = random.choice(("<f4", "<f8", "|O", "<U9", "<M8[ns]", "|V8", ">i2", "<c16", "|b1", "|S0"))
    shape = random.choice(
        ("()", "(0,)", "(4,)", "(2, 3)", "(1, 2, 3)", "(-1,)", "(99999999999, 9)", "(2**40,)",
         "(1099511627776, 3)", "(0, 0, 0)", "(True, 2)", "(" + "1," * 40 + ")", "[2, 3]", "'a'")
    )  # fmt: skip
    how = random.randrange(4)
    if how == 0:
        said = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    elif how == 1:
        said = said.replace("False", random.choice(("True", "0", "None")))
    elif how == 2:
        said = (
            f"{{'descr': [('a', '{kind}'), ('b', '<i4')], 'fortran_order': False, 'shape': (1,)}}"
        )
    else:
        said = lines_or_bytes(said.encode(), random).decode("latin-1")
    head = (said.strip() + "\n").encode("latin-1", "replace")[:65_000]
    return data[:8] + struct.pack("<H", len(head)) + head + data[10 + size :]


def _safetensors(data: bytes, random: Random) -> bytes:
    size = struct.unpack("<Q", data[:8])[0]
    head = json.loads(data[8 : 8 + size])
    for _ in range(random.choice((1, 1, 3))):
        head = value_of(head, random)
    try:
        said = json.dumps(head).encode("utf-8", "replace")
    except RecursionError:
        return bytes_of(data, random)
    return struct.pack("<Q", len(said)) + said + data[8 + size :]


def _parquet(random: Random) -> bytes:
    """A table of any types."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    count = random.choice((0, 1, 3))
    columns: dict[str, Any] = {}
    for name in random.sample(("id", "features", "label", "f1", "f2", "", "x" * 300, "audio"), 4):
        columns[name] = random.choice(
            (
                pa.array([[1.0, 2.0]] * count), pa.array([[[1.0], [2.0]]] * count),
                pa.array([[[1.0], [2.0, 3.0]]] * count), pa.array([None] * count),
                pa.array(["a"] * count), pa.array([f"u{i}" for i in range(count)]),
                pa.array([b"\xff"] * count), pa.array([{"a": 1}] * count),
                pa.array([1] * count, pa.int64()), pa.array([2**63 - 1] * count, pa.uint64()),
                pa.array([float("nan")] * count), pa.array([True] * count),
                pa.array([0] * count, pa.timestamp("ns")), pa.array([0] * count, pa.duration("s")),
                pa.array([[None, 1.0]] * count), pa.array([["a"]] * count),
                pa.array([[]] * count, pa.list_(pa.float32())),
                pa.array(["a"] * count).dictionary_encode(),
                pa.array([[(1, 2)]] * count, pa.map_(pa.int32(), pa.int32())),
                pa.array([1] * count, pa.decimal128(38, 2)), pa.array([1.5] * count, pa.float16()),
            )
        )  # fmt: skip
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def _pickled(random: Random) -> bytes:
    """A pickle of values that are no features."""
    values: Any = random.choice((_arrays(), mmsa(), _block(), [{"id": "a", "features": [1.0]}]))
    values = pickle.loads(pickle.dumps(values))
    places = [(values, k) for k in (values if isinstance(values, dict) else range(len(values)))]
    for holder, key in list(places):
        if isinstance(holder[key], dict):
            places += [(holder[key], k) for k in holder[key]]
    holder, key = random.choice(places)
    holder[key] = random.choice(
        (None, 1, "a", b"b", [], {}, {1: 2}, [None], [[1.0], [1.0, 2.0]], np.array([{}, None]),
         np.array("x"), np.zeros((0, 3)), np.zeros((2, 3), complex), np.array(["a", "b"]),
         np.zeros(2, "M8[s]"), np.float32("nan"), OrderedDict(a=[1.0]), {"a": {"b": {"c": 1}}},
         np.zeros((2, 2, 2, 2)), {3, 4}, (1, (2, (3,))), float("inf"), 10**30, [10**30, 1])
    )  # fmt: skip
    return pickle.dumps(values, protocol=random.randrange(6))


def changed(kind: str, random: Random) -> Files:
    """A changed file of one kind, or one under the name of another."""
    name, data = originals()[kind]
    others = [content for _, content in originals().values()]
    if kind in TEXTS:
        data = lines_or_bytes(data, random, others)
    elif kind in ZIPS:
        data = zip_of(data, random, _member)
    elif kind.startswith("npy"):
        data = npy_head(data, random)
    elif kind == "safetensors" and random.random() < 0.7:
        data = _safetensors(data, random)
    elif kind.startswith("parquet") and random.random() < 0.5:
        data = _parquet(random)
    elif kind.startswith("pickle") and random.random() < 0.4:
        data = _pickled(random)
    else:
        data = bytes_of(data, random, others)
    if random.random() < 0.05:
        name = random.choice(list(originals().values()))[0]
    return {name: data}


def use(folder: Path, out: Path) -> None:
    """Read it as features of many, as features of one, as its shape, and import it."""
    path = next(folder.iterdir())
    for read in (_many, open_named_array, named_shape):
        with contextlib.suppress(EmobenchError):
            read(path)
    import_features(path, "mine", "audio", out)


def _many(path: Path) -> None:
    table = open_features(path, "audio")
    try:
        for name in table.ids[:READ_AT_MOST]:
            table[name]
        assert isinstance(table.problems + table.notes, list)
    finally:
        table.close()


def use_pickle(folder: Path, out: Path) -> None:
    """Read a pickle alone."""
    read_pickle(next(folder.iterdir()))


PICKLES = ("pickle", "pickle_mmsa", "npy_dict", "torch_old")


def _pickle(random: Random) -> Files:
    kind = random.choice(("pickle", "pickle_mmsa"))
    data = _pickled(random) if random.random() < 0.3 else originals()[kind][1]
    return {
        "x.pkl": bytes_of(data, random, [originals()["pickle"][1], originals()["torch_old"][1]])
    }


def targets() -> list[Target]:
    """Every kind of file of features, and pickles alone."""
    kinds = [
        Target(f"features_{kind}", functools.partial(changed, kind), use, (EmobenchError,), share)
        for kind, share in (
            ("npy", 1), ("npy_dict", 0.5), ("npz", 1), ("npz_block", 1), ("hdf5", 0.5),
            ("csd", 0.5), ("hdf5_block", 0.5), ("parquet", 1), ("parquet_rows", 0.5),
            ("torch", 0.5), ("torch_numpy", 0.5), ("torch_old", 0.5), ("safetensors", 1),
            ("pickle", 1), ("pickle_mmsa", 1), ("csv", 1.5), ("arff", 1), ("xlsx", 0.25),
        )
    ]  # fmt: skip
    return [*kinds, Target("pickles", _pickle, use_pickle, (EmobenchError,), 16)]
