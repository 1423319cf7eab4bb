"""A folder of ``ID.npy``."""

from __future__ import annotations

from emobench_tests_feature_files import MANY, failure, folder


def test_a_truncated_npy_in_a_folder(tmp_path):
    path = folder(tmp_path / "f", MANY) / "a.npy"
    path.write_bytes(path.read_bytes()[:-4])
    assert "a.npy is truncated: it has 140 of 144 bytes" in failure(path.parent)
