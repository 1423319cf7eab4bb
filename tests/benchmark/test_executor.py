"""Executors are found by name: our own, another package's, and somebody's file."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from emobench import RequestError
from emobench.executor import DEFAULT, executor_names, open_executor
from emobench.executors.in_process import InProcess
from emobench.executors.local import LocalPool

OWN = """
from concurrent.futures import Future
from emobench.executor import Executor

class Twice(Executor):
    def submit(self, work, /, *args, **kwargs):
        future = Future()
        future.set_result((work(*args, **kwargs), self.count))
        return future
"""


def test_every_file_of_the_folder_is_an_executor() -> None:
    assert {"in_process", "local"} <= set(executor_names())
    assert DEFAULT in executor_names()
    local = open_executor("local", 3)
    assert isinstance(local, LocalPool)
    assert local.count == 3
    assert isinstance(open_executor("in_process", 3), InProcess)


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(RequestError, match="Did you mean 'in_process'"):
        open_executor("in_proces", 1)


def test_a_file_of_ones_own_is_an_executor(tmp_path: Path) -> None:
    path = tmp_path / "twice.py"
    path.write_text(OWN)
    assert open_executor(str(path), 2).submit(len, "abc").result() == (3, 2)


@pytest.mark.parametrize("content", ["", "from emobench.executor import Executor", f"{OWN}\n"])
def test_a_file_without_exactly_one_executor_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other.py"
    more = "class Other(Twice):\n    pass\n" if "Twice" in content else ""
    path.write_text(content + more)
    with pytest.raises(RequestError, match="classes derived from Executor"):
        open_executor(str(path), 1)
    with pytest.raises(RequestError, match="There is no file"):
        open_executor(str(tmp_path / "absent.py"), 1)


def test_another_package_offers_one(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("cluster", "emobench.executors.in_process:InProcess", "emobench.executors")

    monkeypatch.setattr("emobench.executor.installed", lambda group: [point])
    assert "cluster" in executor_names()
    assert isinstance(open_executor("cluster", 4), InProcess)


def test_leaving_by_an_exception_kills_and_leaving_in_peace_does_not() -> None:
    class Noting(InProcess):
        killed = closed = 0

        def kill(self) -> None:
            self.killed += 1

        def close(self) -> None:
            self.closed += 1

    with Noting() as calm:
        pass
    assert (calm.killed, calm.closed) == (0, 1)
    broken = Noting()
    with pytest.raises(KeyboardInterrupt), broken:
        raise KeyboardInterrupt
    assert broken.killed == 1
