"""Files of features in every format, and how to read them whole."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest

from emobench import DataError, FeatureTable, open_features

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


def block(tmp_path: Path, **arrays: Any) -> Path:
    return npz(tmp_path / "f", {"ids": np.array(["a", "b"]), **arrays})
