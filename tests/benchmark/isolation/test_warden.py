"""A process of its own, and what comes of it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from emobench.executor import WorkDied
from emobench.isolation.limits import Limits
from emobench.isolation.process_tree import left_behind, private_memory
from emobench.isolation.warden import SHOWN, Guarded, Wards

pytestmark = pytest.mark.slow
MANY = 10**6


def give(value: Any) -> Any:
    return value


def fail() -> None:
    raise KeyError("x")


def sleep_natively() -> None:
    ctypes.PyDLL(None).sleep(MANY)  # with the interpreter's lock


def ignore_everything() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    time.sleep(MANY)


def leak() -> None:
    kept = []
    while True:
        kept.append(bytearray(b"x") * 2**24)
        time.sleep(0.001)


def leak_in_a_child() -> None:
    code = "import time; x = bytearray(b'x') * 600_000_000; time.sleep(10**6)"
    subprocess.run([sys.executable, "-c", code], check=False)


def start_others(path: str) -> None:
    """Leave a child, an orphan of the same session, and a thread that never ends."""
    started = subprocess.Popen(["sleep", str(MANY)])
    line = f"sleep {MANY} > /dev/null 2>&1 & echo $!"
    orphan = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    Path(path).write_text(f"{started.pid} {orphan.stdout}")
    threading.Thread(target=time.sleep, args=(MANY,)).start()


def fork() -> int:
    os.fork()
    return os.getpid()


def print_a_lot() -> None:
    for number in range(10_000):
        print("line", number)
    os.write(1, b"native\n")


ENDS = {
    "os._exit": (os._exit, (7,), "ended itself with status 7"),
    "a crash": (ctypes.string_at, (0,), "SIGSEGV"),
    "an abort": (os.abort, (), "SIGABRT"),
    "a kill": (signal.raise_signal, (signal.SIGKILL,), r"killed \(SIGKILL\)"),
    "no file left": (os.closerange, (3, 1000), "ended itself with status"),
}


def test_work_gives_what_it_returns_and_raises_what_it_raised() -> None:
    assert Guarded(give)([1, "x"]) == [1, "x"]
    assert Guarded(os.getpid)() != os.getpid()
    with pytest.raises(KeyError, match="x"):
        Guarded(fail)()


@pytest.mark.parametrize("how", ENDS)
def test_a_process_that_ends_says_how(how: str) -> None:
    work, args, said = ENDS[how]
    with pytest.raises(WorkDied, match=said) as caught:
        Guarded(work)(*args)
    assert not caught.value.is_final


@pytest.mark.parametrize("work", [sleep_natively, ignore_everything])
def test_a_time_limit_ends_whatever_does_not_listen(work: Any) -> None:
    began = time.monotonic()
    with pytest.raises(WorkDied, match="longer than 5s, the limit of --timeout") as caught:
        Guarded(work, Limits(seconds=5))()
    assert 5 <= time.monotonic() - began < 60
    assert caught.value.is_final
    assert not left()


@pytest.mark.parametrize("work", [leak, leak_in_a_child])
def test_a_memory_limit_counts_all_that_a_job_has_started(work: Any) -> None:
    with pytest.raises(WorkDied, match=r"more than 500 MB, the limit of --memory") as caught:
        Guarded(work, Limits(memory=500_000_000))()
    assert caught.value.is_final
    assert not left()


def test_nothing_that_it_started_outlives_it(tmp_path: Path) -> None:
    Guarded(start_others)(str(tmp_path / "pids"))
    pids = [int(word) for word in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 2
    limit = time.monotonic() + 10
    while any(map(_runs, pids)) and time.monotonic() < limit:
        time.sleep(0.05)
    assert not any(map(_runs, pids))


def test_a_copy_of_itself_gives_no_second_answer() -> None:
    assert isinstance(Guarded(fork)(), int)
    assert not left()


def test_prints_are_passed_on_up_to_a_point(capfd: pytest.CaptureFixture[str]) -> None:
    Guarded(print_a_lot)()
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines()[:2] == ["line 0", "line 1"]
    assert len(err.splitlines()) == SHOWN + 1


def test_what_was_printed_last_is_kept_of_a_failure() -> None:
    with pytest.raises(WorkDied) as caught:
        Guarded(_print_and_exit)()
    assert caught.value.trace.endswith("It had printed last:\nso long")


def _print_and_exit() -> None:
    print("so long", flush=True)
    os._exit(1)


def test_what_is_stopped_from_outside_ends_at_once() -> None:
    wards = Wards()
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(Guarded(time.sleep).watched_by, wards, MANY)
        time.sleep(2)
        wards.end_all()
        with pytest.raises(WorkDied, match="stopped with the run"):
            future.result(timeout=30)
        with pytest.raises(WorkDied, match="stopped with the run"):
            Guarded(time.sleep).watched_by(wards, MANY)


def test_memory_leaves_out_what_is_mapped(tmp_path: Path) -> None:
    import numpy as np

    before = private_memory(os.getpid())
    mapped = np.memmap(tmp_path / "x", np.uint8, "w+", shape=200_000_000)
    mapped[:] = 1
    assert private_memory(os.getpid()) - before < 50_000_000
    taken = np.ones(200_000_000, np.uint8)
    assert private_memory(os.getpid()) - before > 150_000_000
    assert taken[0] == 1


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(autouse=True)
def earlier() -> Iterator[None]:
    """Processes that other tests of this process have left, which are nobody's job here."""
    EARLIER.clear()
    EARLIER.update(left_behind())
    yield
    EARLIER.clear()


EARLIER: set[int] = set()


def left() -> set[int]:
    """Processes that are left of the jobs of a test."""
    return left_behind().keys() - EARLIER


@pytest.mark.parametrize("work", ["sleep_natively", "start_and_hang"])
def test_a_main_process_that_is_killed_leaves_nothing(work: str, tmp_path: Path) -> None:
    script = tmp_path / "main.py"
    script.write_text(MAIN.format(pids=str(tmp_path / "pids"), work=work))
    main = subprocess.Popen([sys.executable, str(script)], cwd=tmp_path)
    limit = time.monotonic() + 120
    while not (tmp_path / "pids").exists() and time.monotonic() < limit:
        time.sleep(0.1)
    time.sleep(0.5)
    pids = [int(word) for word in (tmp_path / "pids").read_text().split()]
    assert all(map(_runs, pids))
    main.kill()
    main.wait()
    limit = time.monotonic() + 20
    while any(map(_runs, pids)) and time.monotonic() < limit:
        time.sleep(0.1)
    assert not any(map(_runs, pids))


MAIN = """
import ctypes, os, subprocess, time
from pathlib import Path

def note(*pids):
    Path("{pids}.new").write_text(" ".join(map(str, pids)))
    os.rename("{pids}.new", "{pids}")

def sleep_natively():
    note(os.getpid())
    ctypes.PyDLL(None).sleep(10**6)

def start_and_hang():
    note(os.getpid(), os.fork() or time.sleep(10**6), subprocess.Popen(["sleep", "1000000"]).pid)
    time.sleep(10**6)

if __name__ == "__main__":
    import main
    from emobench.isolation.warden import Guarded
    Guarded(getattr(main, "{work}"))()
"""
