"""What fails once on a network file system is tried again, and nothing else is."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emobench.atomic import replace_text, whole_file, whole_folder
from emobench.disk import patience
from emobench.disk.patience import PASSING, PAUSES, patiently
from emobench.disk.refusal import refusal, refusal_text


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(patience.time, "sleep", found.append)
    return found


def failing(number: int, times: int) -> Callable[[], str]:
    answers: Iterator[bool] = iter([True] * times + [False] * 9)

    def work() -> str:
        if next(answers):
            raise OSError(number, os.strerror(number), "a file")
        return "done"

    return work


@pytest.mark.parametrize("number", PASSING)
def test_it_is_tried_again_a_few_times(number: int, pauses: list[float]) -> None:
    assert patiently(failing(number, len(PAUSES))) == "done"
    assert pauses == list(PAUSES)
    with pytest.raises(OSError, match="a file"):
        patiently(failing(number, len(PAUSES) + 1))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.ENOENT, errno.EACCES])
def test_other_errors_are_raised_at_once(number: int, pauses: list[float]) -> None:
    with pytest.raises(OSError, match="a file"):
        patiently(failing(number, 1))
    assert pauses == []


@pytest.mark.parametrize("done", [False, True])
def test_a_rename_whose_answer_is_lost_is_not_done_twice(
    done: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, lost = Path.replace, [True, True, True]

    def replace(self: Path, target: Path) -> Path:
        if lost and lost.pop():
            if done:
                real(self, target)
            raise OSError(errno.ESTALE, "stale", str(self))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    replace_text(tmp_path / "text", "a")
    lost.append(True)
    with whole_file(tmp_path / "file") as partial:
        partial.write_text("b")
    lost.append(True)
    with whole_folder(tmp_path / "folder") as partial:
        (partial / "inside").write_text("c")
    there = {path.name for path in tmp_path.rglob("*")}
    assert there == {"text", "file", "folder", "inside"}


def test_a_server_that_stays_away_is_one_sentence() -> None:
    error = refusal(OSError(errno.ESTALE, "stale", "/shared/results/a.json"))
    assert error is not None
    text = refusal_text(error)
    assert text.startswith("/shared/results/a.json cannot be reached: the network file system")
    assert "goes on from there" in text
