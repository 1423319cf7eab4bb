"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench import RequestError
from emobench.atomic import (
    json_text,
    partial_prefix,
    replace_json,
    replace_text,
    sweep,
    whole_file,
    whole_folder,
)


def test_a_folder_appears_in_one_step(tmp_path: Path) -> None:
    final = tmp_path / "deep" / "final"
    with whole_folder(final) as partial:
        (partial / "a").write_text("x")
        assert not final.exists()
        assert partial.name.startswith(partial_prefix())
    assert [p.name for p in final.iterdir()] == ["a"]
    assert [p.name for p in final.parent.iterdir()] == ["final"]
    assert final.stat().st_mode & 0o777 == 0o755, "others read a shared cache"


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
def test_an_exception_leaves_nothing_half_written(tmp_path: Path, kind: type) -> None:
    def fail() -> None:
        with whole_folder(tmp_path / "final") as partial:
            (partial / "a").write_text("x")
            raise kind

    with pytest.raises(kind):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_who_finishes_second_leaves_the_first_ones_folder(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "final") as second:
        (second / "a").write_text("second")
        with whole_folder(tmp_path / "final") as first:
            (first / "a").write_text("first")
    assert (tmp_path / "final" / "a").read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["final"]


def test_a_file_where_the_folder_should_be_is_no_silent_loss(tmp_path: Path) -> None:
    (tmp_path / "final").write_text("in the way")
    with (
        pytest.raises(RequestError, match=r"Cannot write .*final"),
        whole_folder(tmp_path / "final"),
    ):
        pass
    assert (tmp_path / "final").read_text() == "in the way"
    assert len(list(tmp_path.iterdir())) == 1


def test_an_unwritable_place_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    with pytest.raises(RequestError) as caught, whole_folder(tmp_path / "results" / "x" / "y"):
        pass
    assert str(tmp_path / "results" / "x") in str(caught.value)
    assert "--results" in str(caught.value)
    assert "EMOBENCH_CACHE" in str(caught.value)


@pytest.fixture(scope="module")
def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_sweep_removes_what_dead_processes_of_this_machine_left_and_nothing_else(
    tmp_path: Path, dead_pid: int
) -> None:
    host = socket.gethostname()
    dead = [f".partial-{host}-{dead_pid}-abc", f".partial-{host}-{dead_pid}-0123abcd"]
    alive = [
        f".partial-{host}-{os.getpid()}-abc",
        f".partial-elsewhere-{dead_pid}-abc",
        f".partial-{host}-{dead_pid}-4711-abc",  # of the host called HOST-DEAD_PID
        f".partial-{host}-x-abc",
        "finished",
    ]
    (tmp_path / dead[0]).mkdir()
    (tmp_path / dead[0] / "values.bin").write_text("half")
    (tmp_path / dead[1]).write_text("half")
    for name in alive:
        (tmp_path / name).mkdir()
    sweep(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(alive)


def test_sweep_takes_what_whole_folder_leaves_when_it_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib; from emobench.atomic import whole_folder\n"
        "with whole_folder(pathlib.Path(sys.argv[1]) / 'final'): os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert len(list(tmp_path.iterdir())) == 1
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_takes_its_place_in_one_step_and_everybody_can_read_it(tmp_path: Path) -> None:
    final = tmp_path / "deep" / "state"
    for content in ("old", "new"):
        with whole_file(final) as partial:
            partial.write_text(content)
            partial.chmod(0o600)
            assert not final.exists() or final.read_text() == "old"
        assert final.read_text() == content
    assert final.stat().st_mode & 0o777 == 0o644
    assert list(final.parent.iterdir()) == [final]


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
def test_an_exception_leaves_the_old_file(tmp_path: Path, kind: type) -> None:
    (tmp_path / "state").write_text("old")

    def fail() -> None:
        with whole_file(tmp_path / "state") as partial:
            partial.write_text("half")
            raise kind

    with pytest.raises(kind):
        fail()
    assert (tmp_path / "state").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_sweep_takes_the_librarys_own_temporary_file_too(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib; from emobench.atomic import whole_file\n"
        "with whole_file(pathlib.Path(sys.argv[1]) / 'state') as partial:\n"
        "    (partial.parent / '.tmpA1b2C3').write_text('half'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert len(list(tmp_path.iterdir())) == 1
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("of", [whole_folder, whole_file, replace_text])
def test_sweep_takes_what_a_process_left_that_nobody_has_waited_for_yet(
    tmp_path: Path, of: Callable[..., Any]
) -> None:
    code = (
        "import os, sys, pathlib; from emobench import atomic\n"
        "final = pathlib.Path(sys.argv[1]) / 'a-name-with-dashes'\n"
    )
    if of is replace_text:
        code += "atomic.Path.replace = lambda *a: os._exit(9)\natomic.replace_text(final, 'half')"
    else:
        code += f"with atomic.{of.__name__}(final): os._exit(9)"
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert len(list(tmp_path.iterdir())) == 1
    sweep(tmp_path)  # the process is a zombie: its number is taken, but it writes nothing any more
    assert list(tmp_path.iterdir()) == []
    assert process.wait() == 9


def test_sweep_of_a_folder_that_is_not_there_does_nothing(tmp_path: Path) -> None:
    sweep(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(old=JSON, new=JSON)
def test_json_is_replaced_whole_and_nothing_else_is_left(
    tmp_path_factory: pytest.TempPathFactory, old: object, new: object
) -> None:
    path = tmp_path_factory.mktemp("json") / "record.json"
    for content in (old, new):
        replace_json(path, content)
        assert json.loads(path.read_text(encoding="utf-8")) == content
    assert [p.name for p in path.parent.iterdir()] == ["record.json"]


def test_stored_json_is_sorted_indented_and_as_it_was_typed() -> None:
    assert json_text({"b": [1], "a": "ü"}) == '{\n "a": "ü",\n "b": [\n  1\n ]\n}\n'


def test_what_cannot_be_removed_at_once_is_removed_at_the_second_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Path] = []

    def remove(folder: Path, ignore_errors: bool = False) -> None:
        tries.append(folder)
        if len(tries) > 1:
            for path in folder.iterdir():
                path.unlink()
            folder.rmdir()

    monkeypatch.setattr("shutil.rmtree", remove)
    with whole_file(tmp_path / "state") as partial:
        partial.write_text("new")
    assert len(tries) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["state"]


def test_a_partial_file_that_vanished_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "note").write_text("old")

    def gone(self: Path, target: Path) -> Path:
        raise FileNotFoundError(errno.ENOENT, "No such file")

    monkeypatch.setattr(Path, "replace", gone)
    with pytest.raises(FileNotFoundError):
        replace_text(tmp_path / "note", "new")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


def test_a_text_that_cannot_be_encoded_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    replace_text(path, "old\n")
    with pytest.raises(UnicodeEncodeError):
        replace_text(path, "\ud800")
    assert path.read_text() == "old\n"
