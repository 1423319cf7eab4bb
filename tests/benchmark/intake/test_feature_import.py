"""The one conversion of features, and that it is all or nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from emobench import DataError, RequestError, source_changed
from emobench.disk.refusal import refusal
from emobench.intake import feature_import as imported
from emobench.intake.feature_import import about, import_features, open_imported

VALUES = {f"u{i}": np.random.default_rng(i).random((i % 5, 3)).astype(np.float32) for i in range(9)}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "features.npz"
    np.savez(path, **VALUES)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "features"


def test_imported_features_are_those_of_the_file(source, home):
    calls: list[tuple[str, int, int]] = []
    folder = import_features(source, "mine_3", "audio", home, lambda *a: calls.append(a))
    assert folder == home / "mine_3"
    assert calls == [("importing features.npz", 9, 9)]
    table = open_imported(folder)
    assert table.ids == tuple(VALUES)
    assert table.size == 3
    for name, values in VALUES.items():
        np.testing.assert_array_equal(table[name], values)
        assert table[name].shape == values.shape
    assert table.problems == []
    facts = about(folder)
    assert (facts["name"], facts["modality"], facts["utterances"]) == ("mine_3", "audio", 9)
    assert facts["source"] == "features.npz"
    assert [p.name for p in home.iterdir()] == ["mine_3"]


def test_the_digest_is_of_ids_and_values(source, home, tmp_path):
    one = about(import_features(source, "one", None, home))["digest"]
    assert about(import_features(home / "one", "two", None, home))["digest"] == one
    for change in ({"u1": VALUES["u1"] + 1}, {"u3": VALUES["u3"].reshape(1, -1)[:, :3]}):
        np.savez(source, **(VALUES | change))
        name = next(iter(change))
        assert about(import_features(source, name, None, home))["digest"] != one


def test_what_was_changed_is_kept(home, tmp_path):
    path = tmp_path / "f.npz"
    np.savez(path, a=np.array([[np.nan, 1.0]]))
    folder = import_features(path, "f", None, home)
    assert open_imported(folder)["a"].tolist() == [[0.0, 1.0]]
    (text,) = about(folder)["problems"]
    assert "1 values in 1 utterance (a) are NaN" in text


def test_a_file_that_breaks_half_way_leaves_nothing(source, home):
    np.savez(source, **VALUES, large=np.ones((50_000, 3), np.float32))
    data = bytearray(source.read_bytes())
    data[-100_000] ^= 0xFF  # found by the checksum, when `large` is read
    source.write_bytes(data)
    with pytest.raises(DataError, match=r"features\.npz cannot be read at utterance 'large'"):
        import_features(source, "f", None, home)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("name", ["", "..", "a/b", "../x", ".hidden", "a b", "ä", "-x", "a\n"])
def test_a_name_that_is_none(name, source, home):
    with pytest.raises(RequestError, match="cannot be a name"):
        import_features(source, name, None, home)
    assert not home.exists()


def test_a_modality_that_is_none(source, home):
    with pytest.raises(RequestError, match="'smell' is no modality; there are text"):
        import_features(source, "f", "smell", home)


def test_a_name_that_is_taken(source, home):
    import_features(source, "f", None, home)
    with pytest.raises(RequestError, match="exists already; --replace"):
        import_features(source, "f", None, home)


def test_a_source_that_changed_is_said_until_it_is_imported_again(source, home):
    folder = import_features(source, "f", None, home)
    assert source_changed(folder) == ""
    source.touch()
    assert source_changed(folder) == ""
    facts = source.stat()
    np.savez(source, **{n: v + 1 for n, v in VALUES.items()})
    os.utime(source, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert source.stat().st_size == facts.st_size
    said = source_changed(folder)
    assert f"imported from {source}, which has changed since" in said
    assert f"`emobench data import {source} --as f --replace`" in said
    import_features(source, "f", None, home, replace=True)
    assert source_changed(folder) == ""
    assert open_imported(folder)["u1"].tolist() == (VALUES["u1"] + 1).tolist()
    assert [p.name for p in home.iterdir()] == ["f"]
    source.unlink()
    assert source_changed(folder) == ""


def test_a_file_more_in_an_imported_folder_is_a_change(home, tmp_path):
    (tmp_path / "mine").mkdir()
    np.save(tmp_path / "mine" / "u1.npy", np.ones(3))
    folder = import_features(tmp_path / "mine", "f", None, home)
    assert source_changed(folder) == ""
    np.save(tmp_path / "mine" / "u2.npy", np.ones(3))
    assert "has changed since" in source_changed(folder)
    assert source_changed(tmp_path / "mine") == ""


def test_features_that_cannot_be_replaced_stay(source, home):
    folder = import_features(source, "f", None, home)
    source.write_bytes(source.read_bytes()[:-200])
    with pytest.raises(DataError):
        import_features(source, "f", None, home, replace=True)
    assert open_imported(folder).ids == tuple(VALUES)


def test_a_folder_that_cannot_be_written(source, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RequestError, match="Cannot write"):
        import_features(source, "f", None, tmp_path / "file")


def test_a_full_disk(source, home, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(imported.RaggedWriter, "append", full)
    with pytest.raises(OSError, match="No space left on device") as error:
        import_features(source, "f", None, home)
    assert refusal(error.value) is not None  # the command says it in a sentence, with status 3
    assert list(home.iterdir()) == []


def test_folders_that_are_no_import(source, home, tmp_path):
    with pytest.raises(DataError, match="holds no imported features"):
        open_imported(tmp_path)
    folder = import_features(source, "f", None, home)
    facts = json.loads((folder / "about.json").read_text())
    (folder / "about.json").write_text(json.dumps(facts | {"version": 0}))
    with pytest.raises(DataError, match=r"another version .*features\.npz --as f --replace`"):
        open_imported(folder)


@pytest.mark.parametrize("name", ["ids.json", "values.bin", "offsets.npy", "meta.json"])
def test_an_import_that_is_damaged_is_an_error_that_names_it(name, source, home):
    folder = import_features(source, "f", None, home)
    data = (folder / name).read_bytes()
    for end in (0, 1, len(data) // 2, len(data) - 1):
        (folder / name).write_bytes(data[:end])
        with pytest.raises(DataError) as error:
            open_imported(folder)
        assert str(folder) in str(error.value)
