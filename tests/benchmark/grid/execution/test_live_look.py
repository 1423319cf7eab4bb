"""A running training shows its last look at dev, and leaves nothing behind."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from emobench.grid.execution.live_look import (
    CourseReader,
    LiveLook,
    LookWriter,
    Running,
    last_look,
)
from emobench.terminal.progress import PlainScreen

RECORD = {"stage": "joint", "train_loss": 0.5, "dev_macro_f1": 0.25, "seconds": 2.0}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    course = [RECORD]
    writer = LookWriter(tmp_path / "a.jsonl", torch.device("cpu"), course)
    assert last_look(CourseReader(writer.path).read()) is None
    writer(RECORD, 3, 8, 50)
    look = last_look(CourseReader(writer.path).read())
    assert look is not None
    assert (look.number, look.planned, look.batches_per_second) == (3, 8, 25.0)
    assert look.gigabytes > 0.01
    assert str(look).startswith(
        "joint, look 3 of 8: training loss 0.500, dev macro-F1 .250, 25 batches per second, "
    )
    writer.remove()
    assert CourseReader(writer.path).read() == []


def test_every_record_of_a_course_is_there_once_and_in_order(tmp_path: Path) -> None:
    """Also what an earlier run has made, and what a model has noted without a look."""
    course = [RECORD | {"epoch": 1}, RECORD | {"epoch": 2}, {"epoch": 3, "stage": "translators"}]
    course.append(RECORD | {"epoch": 4, "losses": {"a": np.float32(0.5)}, "parts": {"of": Path()}})
    writer = LookWriter(tmp_path / "a.jsonl", torch.device("cpu"), course, earlier=2)
    writer(course[-1], 1, 2, 10)
    course.append(RECORD | {"epoch": 5})
    writer(course[-1], 2, 2, 10)
    found = CourseReader(writer.path).read()
    assert [one.content["epoch"] for one in found] == [1, 2, 3, 4, 5]
    assert [one.is_earlier for one in found] == [True, True, False, False, False]
    assert [one.look is not None for one in found] == [False, False, False, True, True]
    assert found[3].content["losses"] == {"a": 0.5}
    assert found[3].content["parts"] == {"of": "."}


@given(st.lists(st.sampled_from(["first", "second", "read", "anew"]), max_size=30), st.data())
def test_what_is_read_is_a_beginning_of_the_course(moves: list[str], data: st.DataObject) -> None:
    """Two workers may write the same course, a line may be half there, and a file begin anew."""
    total = 8
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        reader, read = CourseReader(path), 0
        courses: dict[str, list[dict[str, Any]]] = {"first": [], "second": []}
        writers = {n: LookWriter(path, torch.device("cpu"), c) for n, c in courses.items()}
        for move in moves:
            if move in writers and len(courses[move]) < total:
                record = RECORD | {"epoch": len(courses[move]) + 1}
                courses[move].append(record)
                writers[move](record, 1, total, 10)
            elif move == "anew":
                path.unlink(missing_ok=True)
                courses["first"].clear()
                writers["first"] = LookWriter(path, torch.device("cpu"), courses["first"])
            elif move == "read":
                whole = path.read_bytes() if path.exists() else b""
                cut = data.draw(st.integers(0, len(whole)))
                path.write_bytes(whole[:cut])
                assert len(reader.read()) >= read
                path.write_bytes(whole)
                read = len(reader.read())
            numbers = [one.content["epoch"] for one in reader.course]
            assert numbers == list(range(1, len(numbers) + 1))
        longest = max(map(len, courses.values()))
        if "anew" not in moves and "read" in moves[-1:]:
            assert read == longest


def test_a_loss_that_cannot_be_compared_is_not_shown() -> None:
    look = LiveLook("", 1, 2, None, 0.5, 10.0, 1.0)
    assert str(look) == "look 1 of 2: dev macro-F1 .500, 10 batches per second, 1.0 GB"


def test_a_log_has_a_line_for_each_look_if_watched(capsys: pytest.CaptureFixture[str]) -> None:
    looks = [LiveLook("", n, 9, 1.0, 0.5, 10.0, 1.0) for n in (1, 1, 2)]
    for watch, lines in ((True, 2), (False, 0)):
        shown = PlainScreen(1, watch)
        shown.start(1, 1, Counter())
        capsys.readouterr()
        for look in looks:
            shown.tick([Running("mlp on simulated", look), Running("other")])
        assert capsys.readouterr().out.count("mlp on simulated: look ") == lines
