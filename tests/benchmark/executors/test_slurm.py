"""Work in jobs of a batch queue: submitit's local processes, and SLURM where there is one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from emobench.errors import RequestError
from emobench.executor import Wanted, WorkerDied, on_cpu
from emobench.executors import slurm
from emobench.executors.slurm import SlurmOptions, SlurmQueue
from emobench.remote import queue_folder

pytest.importorskip("submitit", reason="submitit is not installed: pip install 'emobench[slurm]'")
pytestmark = pytest.mark.slow


def slurm_answers() -> bool:
    """Whether a SLURM runs here that takes jobs."""
    if not shutil.which("sbatch"):
        return False
    done = subprocess.run(["sinfo", "--noheader", "--format", "%T"], capture_output=True, text=True)
    return any(state.strip("*") in ("idle", "mixed", "allocated") for state in done.stdout.split())


@pytest.fixture(params=["local", "slurm"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., SlurmQueue]:
    """Open the executor on submitit's local processes, and on the SLURM of this machine."""
    if request.param == "slurm" and not slurm_answers():
        pytest.skip("no SLURM answers here: docs/scale.md says how to start one of one node")

    def opened(**options: object) -> SlurmQueue:
        asked = SlurmOptions(cluster=request.param, memory="500MB", **options)  # type: ignore[arg-type]
        return SlurmQueue.opened(Wanted(8, "cpu", tmp_path / "results"), asked)

    return opened


def counted_deaths(folder: str, deaths: int) -> int:
    """Kill this process as long as it has not died `deaths` times; return the attempt."""
    attempt = len(list(Path(folder).iterdir()))
    (Path(folder) / str(attempt)).touch()
    if attempt < deaths:
        os.kill(os.getpid(), signal.SIGKILL)
    return attempt


def told_to_stop(folder: str) -> int:
    """Wait on the first attempt, as a long training does; return the attempt."""
    attempt = len(list(Path(folder).iterdir()))
    (Path(folder) / str(attempt)).write_text(str(os.getpid()))
    if not attempt:
        time.sleep(600)
    return attempt


def test_an_array_of_calls_gives_values_and_errors_and_leaves_nothing(
    queue: Callable[..., SlurmQueue], tmp_path: Path
) -> None:
    with queue() as executor:
        values = [executor.submit(pow, 2, n) for n in range(3)]
        wrong = executor.submit(int, "x")
        place = executor.submit(os.getcwd)
        threads = executor.submit(eval, "__import__('torch').get_num_threads()")
        assert [value.result(300) for value in values] == [1, 2, 4]
        with pytest.raises(ValueError, match="invalid literal"):
            wrong.result(300)
        assert place.result(300) == str(Path.cwd())
        assert threads.result(300) == 1
    assert not (tmp_path / "results" / "queue").exists()


def test_a_job_that_dies_is_handed_in_again_until_it_counts_as_deadly(
    queue: Callable[..., SlurmQueue], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slurm, "GRACE", 3.0)
    for name in ("twice", "always"):
        (tmp_path / name).mkdir()
    with queue() as executor:
        twice = executor.submit(counted_deaths, str(tmp_path / "twice"), 2)
        always = executor.submit(counted_deaths, str(tmp_path / "always"), 9)
        assert twice.result(300) == 2
        with pytest.raises(WorkerDied):
            always.result(300)
    assert len(list((tmp_path / "always").iterdir())) == 3


def test_a_job_that_is_preempted_is_requeued_and_done_again(
    queue: Callable[..., SlurmQueue], tmp_path: Path
) -> None:
    folder = tmp_path / "attempts"
    folder.mkdir()
    with queue() as executor:
        future = executor.submit(told_to_stop, str(folder))
        limit = time.monotonic() + 120
        while not (folder / "0").exists() or not (folder / "0").read_text():
            assert time.monotonic() < limit
            time.sleep(0.1)
        # What SLURM sends before it takes a job's node away, or before its time is over.
        os.kill(int((folder / "0").read_text()), signal.SIGUSR2)
        assert future.result(400) == 1


def test_leaving_by_an_exception_cancels(queue: Callable[..., SlurmQueue], tmp_path: Path) -> None:
    folder = tmp_path / "attempts"
    folder.mkdir()

    def interrupted() -> None:
        with queue() as executor:
            executor.submit(told_to_stop, str(folder))
            while not (folder / "0").exists() or not (folder / "0").read_text():
                time.sleep(0.1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    limit = time.monotonic() + 60
    while psutil.pid_exists(int((folder / "0").read_text())):
        assert time.monotonic() < limit, "the job outlived the executor by a minute"
        time.sleep(0.1)
    assert not (tmp_path / "results" / "queue").exists()


@pytest.mark.skipif(not slurm_answers(), reason="no SLURM answers here")
def test_jobs_of_a_killed_main_process_end_when_the_command_starts_again(tmp_path: Path) -> None:
    script = tmp_path / "main.py"
    (tmp_path / "attempts").mkdir()
    script.write_text(
        "import sys, time\n"
        "from pathlib import Path\n"
        "from emobench.executor import Wanted\n"
        "from emobench.executors.slurm import SlurmOptions, SlurmQueue\n"
        f"wanted = Wanted(2, 'cpu', Path({str(tmp_path / 'results')!r}))\n"
        "with SlurmQueue.opened(wanted, SlurmOptions(memory='500MB')) as executor:\n"
        "    executor.submit(time.sleep, 600).result()\n"
    )
    prefix = queue_folder.job_prefix(tmp_path / "results")

    def queued() -> list[str]:
        asked = ["squeue", "--noheader", "--format", "%j"]
        lines = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
        return [line for line in lines if line.startswith(prefix)]

    with subprocess.Popen([sys.executable, script]) as main:
        while not queued():
            time.sleep(0.2)
        main.kill()
    assert len(queued()) == 1
    wanted = Wanted(2, "cpu", tmp_path / "results")
    with SlurmQueue.opened(wanted, SlurmOptions(memory="500MB")) as executor:
        assert executor.submit(len, "abc").result(300) == 3
    limit = time.monotonic() + 60
    while queued():
        assert time.monotonic() < limit
        time.sleep(0.2)


def test_a_partition_that_is_not_there_is_said(tmp_path: Path) -> None:
    if not slurm_answers():
        pytest.skip("no SLURM answers here")
    wanted = Wanted(2, "cpu", tmp_path / "results")
    with (
        pytest.raises(RequestError, match=r"SLURM took no job: .*partition"),
        SlurmQueue.opened(wanted, SlurmOptions(partition="absent")) as executor,
    ):
        executor.submit(len, "abc").result(300)


def test_the_device_decides_about_gpus() -> None:
    def queue_on(device: str, **options: int) -> SlurmQueue:
        return SlurmQueue.opened(Wanted(1, device), SlurmOptions(**options))  # type: ignore[arg-type]

    assert queue_on("cpu", gpus=1)._gpus() == 0
    assert queue_on("cuda")._gpus() == 1
    assert queue_on("auto")._gpus() == 0
    assert queue_on("auto", gpus=2)._gpus() == 2
    assert queue_on("auto").place("auto") == "cpu"
    assert queue_on("auto", gpus=1).place("auto") == "cuda"
    assert on_cpu(len_of).on_cpu is True  # type: ignore[attr-defined]
    with pytest.raises(RequestError, match="SLURM chooses the GPU"):
        queue_on("cuda:1")


def len_of(text: str) -> int:
    return len(text)
