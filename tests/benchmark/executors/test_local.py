from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emobench.executor import WorkerDied
from emobench.executors.local import THREADS, LocalPool


def test_work_runs_elsewhere_with_one_thread_and_the_environment_comes_back(monkeypatch):
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with LocalPool(1) as executor:
        assert executor.submit(os.getpid).result() != os.getpid()
        assert [executor.submit(os.getenv, name).result() for name in THREADS] == ["1"] * 3
        assert executor.submit(eval, "__import__('torch').get_num_threads()").result() == 1
    assert os.environ["MKL_NUM_THREADS"] == "7"
    assert "OPENBLAS_NUM_THREADS" not in os.environ


def test_what_work_raises_is_raised_here():
    with LocalPool(1) as executor, pytest.raises(ZeroDivisionError, match="division by zero"):
        executor.submit(eval, "1 / 0").result()


@pytest.mark.slow
def test_a_pool_starts_anew_after_a_worker_died():
    with LocalPool(1) as executor:
        first = executor.submit(os.getpid).result()
        with pytest.raises(WorkerDied):
            executor.submit(os._exit, 1).result()
        with pytest.raises(WorkerDied):
            executor.submit(os.getpid)
        executor.kill()
        second = executor.submit(os.getpid).result()
        assert second != first
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


def test_leaving_by_an_exception_stops_long_work():
    started: list[int] = []

    def interrupted() -> None:
        with LocalPool(1) as executor:
            started.append(executor.submit(os.getpid).result())
            executor.submit(eval, "__import__('time').sleep(600)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)


def test_nothing_is_started_before_there_is_work():
    executor = LocalPool(4)
    assert executor._pool is None
    executor.kill()
    executor.close()


def test_workers_end_when_the_main_process_is_killed(tmp_path):
    script = tmp_path / "main.py"
    script.write_text(
        "import os, time\n"
        "from emobench.executors.local import LocalPool\n"
        "if __name__ == '__main__':\n"
        "    with LocalPool(1) as executor:\n"
        "        print(executor.submit(os.getpid).result(), flush=True)\n"
        "        executor.submit(time.sleep, 600).result()\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as main:
        assert main.stdout is not None
        worker = int(main.stdout.readline())
        main.kill()
    for _ in range(300):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{worker}/stat").read_text().split()[2] == "Z":
            return  # dead, and nobody has asked for its status
        time.sleep(0.1)
    pytest.fail("the worker outlived its main process by 30 s")
