"""What a model raises to end its process is an error of that model alone."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest

from emobench.errors import ModelError
from emobench.isolation.containment import contained


class Weird(BaseException):
    """No error to Python."""


@pytest.fixture
def ignored() -> Iterator[None]:
    """SIGINT as a worker has it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ignored")
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SystemExit(3), r"SystemExit \(3\)"),
        (SystemExit(), "SystemExit to end"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (GeneratorExit(), "GeneratorExit"),
        (Weird("x"), r"Weird \(x\)"),
    ],
)
def test_it_becomes_an_error_with_its_place(error: BaseException, said: str) -> None:
    place = r"\(test_containment\.py:\d+\)"
    with pytest.raises(ModelError, match=f"it raised {said}.*{place}"), contained():
        raise error


def test_sys_exit_is_one_too() -> None:
    with pytest.raises(ModelError, match="SystemExit"), contained():
        sys.exit("no more")


def test_ordinary_errors_come_through() -> None:
    with pytest.raises(KeyError), contained():
        raise KeyError


def test_ctrl_c_of_a_user_comes_through() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), contained():
            raise KeyboardInterrupt
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_queue_gets_its_job_back() -> None:
    handler: dict[str, object] = {}
    code = compile("import sys\ndef end():\n    sys.exit(-1)\n", "/x/submitit/core/job.py", "exec")
    exec(code, handler)
    with pytest.raises(SystemExit), contained():
        handler["end"]()  # type: ignore[operator]


def test_a_copy_that_a_model_forked_ends_where_its_work_ends() -> None:
    with contained():
        copy = os.fork()
    assert copy, "the copy goes on with the tests"
    assert os.waitpid(copy, 0)[1] == 0
