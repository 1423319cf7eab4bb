"""What of the processes that this one has started is still there."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys

from emobench.isolation.process_tree import left_behind


def test_a_live_child_and_a_grandchild_are_left_until_they_end() -> None:
    earlier = left_behind().keys()
    nested = "import subprocess, sys; print(1, flush=True); subprocess.run(['sleep', '60'])"
    child = subprocess.Popen(
        [sys.executable, "-c", nested], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert child.stdout is not None
    child.stdout.readline()
    try:
        limit = 100
        while len(found := left_behind().keys() - earlier) < 2 and limit:
            limit -= 1
        assert child.pid in found
        assert len(found) == 2
    finally:
        subprocess.run(["pkill", "-KILL", "-s", str(child.pid)], check=True)
    # A child that has ended and was not waited for is no longer there.
    while child.pid in left_behind():
        pass
    child.wait()


def test_the_servers_of_python_are_not_left_behind() -> None:
    earlier = left_behind().keys()
    process = multiprocessing.get_context("forkserver").Process(target=print)
    process.start()
    process.join()
    assert left_behind().keys() <= earlier
