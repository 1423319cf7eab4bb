"""Prepared folders: whatever happens to a file, it is noticed, named and made again."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from emobench.disk.seal import DamageError
from emobench.disk.soundness import is_sound
from emobench.disk.sums import (
    CHECKED,
    LARGE,
    ROWS,
    SUMS,
    kept_json,
    note_checked,
    read_checked,
    read_kept,
    sealed_folder,
    told,
    was_checked,
)
from emobench.ragged_array import Ragged, RaggedWriter

ROWS_THERE = [np.arange(6.0).reshape(3, 2), None, np.ones((1, 2)), np.zeros((2, 2)) - 0.5]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "made"
    with sealed_folder(place) as partial:
        writer = RaggedWriter(partial)
        for row in ROWS_THERE:
            writer.append(row)
        writer.close()
        (partial / "fitted.json").write_text('{"size": 2}')
    told()
    return place


def damaged(content: bytes, how: str, draw: random.Random) -> bytes:
    if how == "flipped":
        place = draw.randrange(len(content) * 8)
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        return bytes(changed)
    return b"" if how == "emptied" else content[: draw.randrange(len(content))]


def test_what_was_written_is_sound(folder: Path) -> None:
    assert is_sound(folder)
    assert was_checked(folder)
    table = Ragged(folder)
    for row, expected in enumerate(ROWS_THERE):
        np.testing.assert_array_equal(
            table[row], np.zeros((0, 2)) if expected is None else expected
        )
    table.check()
    assert told() == []


@pytest.mark.parametrize("how", ["flipped", "emptied", "cut short", "absent"])
@pytest.mark.parametrize("name", [SUMS, LARGE, ROWS, "offsets.npy", "meta.json", "fitted.json"])
def test_every_damage_is_named_and_the_folder_goes(folder: Path, name: str, how: str) -> None:
    whole, draw = (folder / name).read_bytes(), random.Random(f"{name} {how}")
    aside = shutil.copytree(folder, folder.with_name("aside"))
    for number in range(8 if how == "flipped" else 1):
        said: list[str] = []
        if how == "absent":
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(damaged(whole, how, draw))
        if name == SUMS and how == "absent":  # as one of a version before checksums
            assert is_sound(folder, lambda *words, to=said: to.append(words[0]))
            assert "older than checksums" in said[0]
            continue
        assert not is_sound(folder, lambda *words, to=said: to.append(words[0])), number
        assert str(folder / name) in said[0]
        assert not folder.exists()
        assert [path.name for path in folder.parent.iterdir()] == ["aside"]
        shutil.copytree(aside, folder)


def test_a_row_that_rotted_unseen_is_noticed_where_it_is_read(folder: Path) -> None:
    content = bytearray((folder / LARGE).read_bytes())
    content[4] ^= 1
    (folder / LARGE).write_bytes(content)
    note_checked(folder)  # the file system knows of no change
    assert is_sound(folder)
    table = Ragged(folder)
    np.testing.assert_array_equal(table[2], ROWS_THERE[2])
    with pytest.raises(DamageError, match=rf"{LARGE} is damaged at row 0 .*makes it again"):
        table[0]
    assert not (folder / CHECKED).exists()
    assert not is_sound(folder)
    assert "is made again" in told()[0]


def test_a_folder_of_an_older_version_stays_usable(folder: Path) -> None:
    for name in (SUMS, ROWS, CHECKED):
        (folder / name).unlink()
    said: list[str] = []
    assert is_sound(folder, lambda *words: said.append(words[0]))
    assert said == ["made is older than checksums, and gets them as it is"]
    np.testing.assert_array_equal(Ragged(folder)[0], ROWS_THERE[0])
    (folder / LARGE).write_bytes(b"x" * (folder / LARGE).stat().st_size)
    assert not is_sound(folder)


def test_small_files_are_compared_where_they_are_read(folder: Path) -> None:
    assert read_checked(folder, "fitted.json") == b'{"size": 2}'
    (folder / "fitted.json").write_bytes(b'{"size": 3}')
    with pytest.raises(DamageError, match=r"fitted\.json is damaged"):
        read_checked(folder, "fitted.json")


def test_a_kept_record_is_believed_or_told(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    assert read_kept(path) == {}
    kept_json(path, {"a": 1})
    assert read_kept(path) == {"a": 1}
    assert told() == []
    path.write_text(path.read_text().replace("1,", "2,"))
    assert read_kept(path) == {}
    (line,) = told()
    assert str(path) in line
    path.write_text('{"a": 3}')  # of a version before checksums
    assert read_kept(path) == {"a": 3}
