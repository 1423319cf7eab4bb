"""What a computing process frees stays with it, so that the next update takes no new pages."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from emobench.isolation.heap import KEPT, LARGEST, keep_freed_memory

PIECES = [20 << 20] * 4 + [3 << 20] * 9
"""Bytes of what an update takes and frees."""

SCRIPT = """
import json, os, resource
from emobench.isolation.heap import keep_freed_memory

def new_pages(sizes):
    def update():
        [b"." * size for size in sizes]

    update()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        update()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
"""


def asked(script: str) -> dict[str, int]:
    """What a process says that runs `SCRIPT` and then `script`."""
    command = [sys.executable, "-c", SCRIPT + script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, int] = json.loads(done.stdout)
    return found


def knows() -> None:
    """Skip where the C library cannot be told."""
    if not asked("print(json.dumps({'known': keep_freed_memory()}))")["known"]:
        pytest.skip("this C library has no mallopt")


def test_pieces_are_taken_again_without_new_pages() -> None:
    knows()
    assert sum(PIECES) < KEPT
    found = asked(
        f"before = new_pages({PIECES}); keep_freed_memory(); large = new_pages([{2 * LARGEST}])\n"
        f"print(json.dumps(dict(before=before, large=large, after=new_pages({PIECES}))))"
    )
    pages = sum(PIECES) // 4096
    # Without it most pages of all twenty updates are new; else this test could not fail.
    assert found["before"] > 10 * pages
    assert found["after"] < 2 * pages
    # A very large piece is still handed back at once, where the heap has no room for it.
    assert found["large"] > 10 * 2 * LARGEST // 4096


@pytest.mark.parametrize(
    "setup",
    [
        "from emobench.isolation.process_start import start_worker; start_worker(dict(os.environ))",
        "from emobench.remote.parcel import start_process; start_process()",
    ],
)
def test_workers_keep_what_they_free(setup: str) -> None:
    knows()
    pages = asked(f"{setup}; print(json.dumps(dict(pages=new_pages({PIECES}))))")["pages"]
    assert pages < 2 * sum(PIECES) // 4096


def test_a_library_without_it_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        """A C library that has no such function."""

    monkeypatch.setattr("ctypes.CDLL", lambda name: Other())
    assert keep_freed_memory() is False


def test_a_system_without_such_a_library_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(name: str | None) -> None:
        raise TypeError("bad argument type for built-in operation")

    monkeypatch.setattr("ctypes.CDLL", refused)
    assert keep_freed_memory() is False
