"""A place that takes nothing more: one sentence, nothing half-written, and the command goes on."""

from __future__ import annotations

import errno
import os
import pickle
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from emobench.atomic import replace_text, whole_file, whole_folder
from emobench.disk.refusal import REFUSALS, raise_refusal, refusal, refusal_text
from emobench.leaderboard.report.publish import _write
from emobench.store.store import _write_tensors


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Let no file grow beyond 20 kB, which is an error as a full disk is."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.parametrize("number", REFUSALS)
def test_every_refusal_is_one_sentence_that_names_the_folder(number: int, tmp_path: Path) -> None:
    bare = OSError(number, os.strerror(number))
    with pytest.raises(OSError, match="Errno") as raised:
        raise_refusal(bare, tmp_path / "cells.parquet")
    # It comes from a worker.
    error = pickle.loads(pickle.dumps(raised.value))
    assert refusal(error) is error
    text = refusal_text(error)
    assert REFUSALS[number] in text
    assert f" in {tmp_path}:" in text
    assert "goes on" in text
    error.filename = str(tmp_path / ".partial-host-1-x" / "weights")
    assert refusal_text(error) == text, "the temporary folder is gone"


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES, errno.EINVAL])
def test_other_errors_are_no_refusals(number: int, tmp_path: Path) -> None:
    raise_refusal(OSError(number, os.strerror(number)), tmp_path)
    raise_refusal(ValueError("28"), tmp_path)
    raise_refusal(RuntimeError(f"I/O error: (os error {number})"), tmp_path)


def test_nothing_half_written_is_left(small_disk: None, tmp_path: Path) -> None:
    large = "x" * 50_000
    kept = tmp_path / "kept"
    kept.write_text("old")

    def by_file() -> None:
        with whole_file(kept) as path:
            path.write_text(large)

    def by_folder() -> None:
        with whole_folder(tmp_path / "folder") as partial:
            _write_tensors(partial / "weights.safetensors", {"w": torch.zeros(20_000)})

    for write in (by_file, by_folder, lambda: replace_text(kept, large)):
        with pytest.raises(OSError, match="Errno") as raised:
            write()
        assert refusal(raised.value) is not None
        assert raised.value.filename
        assert names(tmp_path) == ["kept"]
        assert kept.read_text() == "old"


def test_a_page_never_lies_beside_the_tables_of_another_run(
    small_disk: None, tmp_path: Path
) -> None:
    (tmp_path / ".index.html.4711").write_text("a draft of an earlier version")
    old = {"leaderboard.csv": "1", "leaderboard.md": "1", "index.html": "1"}
    _write(tmp_path, old)
    assert names(tmp_path) == sorted(old)
    for large in old:
        with pytest.raises(OSError, match="Errno") as raised:
            _write(tmp_path, {name: "2" * (50_000 if name == large else 1) for name in old})
        assert refusal(raised.value) is not None
        assert {path.name: path.read_text() for path in tmp_path.iterdir()} == old
