"""The head of a ``.npy``, in an ``.npz`` and in a folder."""

from __future__ import annotations

from typing import Any

import numpy as np
from emobench_tests_feature_files import failure, folder, npz, pickled


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
        assert "wants to call" in failure(path)
    failure(pickled(tmp_path / "p", {"a": objects}))
    assert not (tmp_path / "canary").exists()
