"""Work in this process, and what it raises."""

from __future__ import annotations

import os

import pytest

from emobench.executors.in_process import InProcess


def test_work_is_done_here_and_at_once() -> None:
    with InProcess(4) as executor:
        assert executor.count == 1
        future = executor.submit(os.getpid)
        assert future.done()
        assert future.result() == os.getpid()


def test_what_work_raises_waits_in_the_future() -> None:
    future = InProcess().submit(int, "x")
    with pytest.raises(ValueError, match="invalid literal"):
        future.result()


def test_an_interrupt_is_not_kept_for_later() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        InProcess().submit(interrupted)
