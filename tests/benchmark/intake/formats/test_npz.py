"""What only ``.npz`` can get wrong."""

from __future__ import annotations

import zipfile

from emobench_tests_feature_files import MANY, failure, npz_compressed


def test_an_npz_whose_head_promises_more_than_there_is(tmp_path):
    path = npz_compressed(tmp_path / "f", MANY)
    with zipfile.ZipFile(path) as file:
        data = {name: file.read(name) for name in file.namelist()}
    data["a.npy"] = data["a.npy"].replace(b"(1, 4), }", b"(9999999999, 4), }".ljust(9))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in data.items():
            file.writestr(name, content)
    failure(path)
