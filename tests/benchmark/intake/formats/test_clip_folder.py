"""A folder of ``ID.npy``."""

from __future__ import annotations

import numpy as np
from emobench_tests_feature_files import MANY, check, failure, folder

from emobench import open_features


def test_a_truncated_npy_in_a_folder(tmp_path):
    path = folder(tmp_path / "f", MANY) / "a.npy"
    path.write_bytes(path.read_bytes()[:-4])
    assert "a.npy is truncated: it has 140 of 144 bytes" in failure(path.parent)


def test_a_table_of_labels_beside_the_arrays_is_named(tmp_path):
    features = {f"u{i}": np.ones((2, 4)) for i in range(5)}
    path = folder(tmp_path / "f", features)
    (path / "labels.csv").write_text("id,label\nu0,1\n")
    table = open_features(path)
    check(table, features)
    assert table.notes == ["1 other files are no features: labels.csv."]


def test_as_many_tables_as_arrays_are_refused(tmp_path):
    path = folder(tmp_path / "f", {"a": np.ones(3)})
    (path / "b.csv").write_text("x,z,w\n1,2,3\n")
    assert "has tables and other files (a.npy); keep one form" in failure(path)


def test_a_folder_per_modality(tmp_path):
    (tmp_path / "f").mkdir()
    folder(tmp_path / "f" / "audio", MANY)
    folder(tmp_path / "f" / "vision", {n: v[:, :2] for n, v in MANY.items()})
    check(open_features(tmp_path / "f", "audio"), MANY)
    assert open_features(tmp_path / "f", "vision").size == 2


def test_tables_of_several_utterances_in_a_folder_are_joined(tmp_path):
    (tmp_path / "train.csv").write_text("file,a\nx/u1.wav,1\nx/u2.wav,2\n")
    (tmp_path / "test.csv").write_text("file,a\nx/u3.wav,3\nx/u4.wav,4\n")
    check(open_features(tmp_path), {f"x/u{i}.wav": np.array([i]) for i in range(1, 5)})
    (tmp_path / "dev.csv").write_text("file,b\nx/u5.wav,3\nx/u6.wav,4\n")
    assert "others in dev: dev differs in b, a" in failure(tmp_path)
