"""A changed file is noticed whatever stays the same; an unchanged one is not read again."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emobench import file_digest
from emobench.intake import file_digests
from emobench.intake.file_digests import POINTER, FileDigests, pointers

OLD = 10**9
"""Seconds since 1970: a time long before any test."""


def write(path: Path, content: bytes, seconds: int = OLD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (seconds, seconds))
    return path


def in_place(path: Path, content: bytes) -> None:
    with path.open("r+b") as file:
        file.write(content)


def by_rename(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".new")
    draft.write_bytes(content)
    draft.replace(path)


def by_copy(path: Path, content: bytes) -> None:
    other = write(path.parent / "other" / path.name, content)
    shutil.copy2(other, path)


WAYS: dict[str, Callable[[Path, bytes], None]] = {
    "in place": in_place,
    "by rename": by_rename,
    "by copy": by_copy,
}


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are really read."""
    found: list[Path] = []
    digested = file_digests._digested

    def noted(path: Path) -> tuple[Path, str, int]:
        found.append(path)
        return digested(path)

    monkeypatch.setattr(file_digests, "_digested", noted)
    return found


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("keep_time", [False, True])
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(contents=st.lists(st.binary(min_size=1, max_size=40), min_size=2, max_size=2, unique=True))
def test_a_replaced_file_has_another_digest(
    way: str, keep_time: bool, contents: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("files")
    size = max(map(len, contents))
    old, new = (content.ljust(size, b"\0") for content in contents)
    if old == new:
        return
    path = write(folder / "data" / "a.bin", old)
    before = FileDigests(folder / "cache").of([path])[path]
    WAYS[way](path, new)
    if keep_time:
        os.utime(path, (OLD, OLD))
    after = FileDigests(folder / "cache").of([path])[path]
    assert before == hashlib.sha256(old).hexdigest()
    assert after == hashlib.sha256(new).hexdigest()


def test_an_unchanged_file_is_read_once(
    tmp_path: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_digests, "SETTLED", 0)
    files = [write(tmp_path / f"{i % 3}" / f"{i}.wav", bytes([i])) for i in range(9)]
    first = FileDigests(tmp_path / "cache").of(files)
    assert sorted(reads) == sorted(files)
    reads.clear()
    assert FileDigests(tmp_path / "cache").of(files) == first
    assert reads == []
    write(files[4], b"x")
    assert FileDigests(tmp_path / "cache").of(files) != first
    assert reads == [files[4]]


def test_a_file_that_was_just_written_is_read_again(tmp_path: Path, reads: list[Path]) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"now")
    for _ in range(2):
        FileDigests(tmp_path / "cache").of([path])
    assert reads == [path, path]


def test_distrusted_files_are_read_again_and_no_others(
    tmp_path: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_digests, "SETTLED", 0)
    files = [write(tmp_path / f"{i}.wav", bytes([i])) for i in range(3)]
    first = FileDigests(tmp_path / "cache").of(files)
    reads.clear()
    FileDigests(tmp_path / "cache").distrust([files[1], tmp_path / "unknown.wav"])
    assert FileDigests(tmp_path / "cache").of(files) == first
    assert reads == [files[1]]


def test_absent_files_and_folders_are_left_out(tmp_path: Path) -> None:
    there = write(tmp_path / "there", b"1")
    found = FileDigests(tmp_path / "cache").of([tmp_path, there, tmp_path / "absent", there])
    assert list(found) == [there]
    with pytest.raises(FileNotFoundError):
        file_digest(tmp_path / "absent", tmp_path / "cache")


def test_a_pointer_of_git_lfs_is_known(tmp_path: Path) -> None:
    head = b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 3\n"
    pointer, sound = write(tmp_path / "p", head), write(tmp_path / "s", b"RIFF")
    long = write(tmp_path / "l", head + bytes(2000))
    found = FileDigests(tmp_path / "cache").of([pointer, sound, long])
    assert pointers(found) == [pointer]
    assert found[pointer].startswith(POINTER)
    assert pointers(FileDigests(tmp_path / "cache").of([pointer, sound])) == [pointer]


@pytest.mark.parametrize("content", ["", "[]", '{"a.wav": [1]}', '{"a.wav": 3}', "{"])
def test_a_broken_record_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    path, cache = write(tmp_path / "a.wav", b"abc"), tmp_path / "cache"
    FileDigests(cache).of([path])
    (record,) = (cache / "files").glob("*.json")
    record.write_text(content)
    assert file_digest(path, cache) == hashlib.sha256(b"abc").hexdigest()


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    path, cache = write(tmp_path / "a.wav", b"abc"), write(tmp_path / "cache", b"a file")
    assert file_digest(path, cache) == hashlib.sha256(b"abc").hexdigest()
