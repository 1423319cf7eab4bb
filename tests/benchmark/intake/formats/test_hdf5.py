"""HDF5: its links, and its layouts."""

from __future__ import annotations

import h5py
import numpy as np
from emobench_tests_feature_files import MANY, failure, hdf5


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
