"""Work in Ray tasks: where it runs, what is kept, and what happens when a process dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from emobench.errors import RequestError
from emobench.executor import Wanted, WorkerDied
from emobench.executors.ray import RayCluster, RayOptions

pytest.importorskip("ray", reason="Ray is not installed: pip install 'emobench[ray]'")
pytestmark = pytest.mark.slow
LIMIT = 300.0
"""Seconds after which a task counts as stuck: a busy machine takes minutes to import torch."""


# A process can be in one cluster: these come before the one that the others share.


def test_a_task_that_no_node_has_room_for_is_refused() -> None:
    executor = RayCluster.opened(Wanted(1, "cpu"), RayOptions(memory="900TB"))
    with pytest.raises(RequestError, match="has what one task declares"):
        executor.submit(len, "abc")


def test_no_cluster_at_the_address() -> None:
    executor = RayCluster.opened(Wanted(1, "cpu"), RayOptions(address="127.0.0.1:1"))
    with pytest.raises(RequestError, match=r"No Ray cluster at '127\.0\.0\.1:1'"):
        executor.submit(len, "abc")


def ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("joined", [False, True])
def test_tasks_end_when_the_main_process_is_killed(joined: bool, tmp_path: Path) -> None:
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    store = {"num_cpus": 1, "object_store_memory": 100_000_000, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=store) if joined else None
    address = cluster.address if cluster else ""
    script = tmp_path / "main.py"
    script.write_text(
        "import os, time\n"
        "from emobench.executors.ray import RayCluster, RayOptions\n"
        f"with RayCluster(1, RayOptions(address={address!r}, memory='300MB')) as executor:\n"
        "    print(executor.submit(os.getpid).result(), flush=True)\n"
        "    executor.submit(time.sleep, 600).result()\n"
    )
    try:
        with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as main:
            assert main.stdout is not None
            worker = int(main.stdout.readline())
            time.sleep(2)
            assert not ended(worker)
            main.kill()
        limit = time.monotonic() + 60
        while not ended(worker):
            assert time.monotonic() < limit, "the task outlived its main process by a minute"
            time.sleep(0.1)
    finally:
        if cluster is not None:
            cluster.shutdown()


def test_leaving_by_an_exception_stops_long_work() -> None:
    started: list[int] = []

    def interrupted() -> None:
        options = RayOptions(memory="300MB")
        with RayCluster.opened(Wanted(1, "cpu"), options) as executor:
            started.append(executor.submit(os.getpid).result(LIMIT))
            executor.submit(time.sleep, 600)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    limit = time.monotonic() + 60
    while not ended(started[0]):
        assert time.monotonic() < limit
        time.sleep(0.1)


@pytest.fixture(scope="module")
def one() -> Iterator[RayCluster]:
    """A cluster that is started here, with room for one task."""
    with RayCluster.opened(Wanted(1, "cpu"), RayOptions(memory="300MB")) as executor:
        yield executor


PROCESS = (
    "(__import__('os').getpid(), __import__('os').environ['OMP_NUM_THREADS'], "
    "__import__('torch').get_num_threads(), "
    "__import__('emobench.denormals').denormals.flushes_denormals())"
)


def counted_deaths(folder: str, deaths: int) -> int:
    """Kill this process as long as it has not died `deaths` times; return the attempt."""
    attempt = len(list(Path(folder).iterdir()))
    (Path(folder) / str(attempt)).touch()
    if attempt < deaths:
        os.kill(os.getpid(), signal.SIGKILL)
    return attempt


def same_corpora() -> int:
    """Identity of the corpora that this worker keeps open."""
    from emobench.grid.execution.worker import HERE

    return id(HERE)


def test_tasks_share_a_warm_process_with_one_thread(one: RayCluster) -> None:
    found = {one.submit(eval, PROCESS).result(LIMIT) for _ in range(3)}
    ((pid, variable, threads, flushed),) = found
    assert pid != os.getpid()
    assert (variable, threads, flushed) == ("1", 1, True)
    # What a worker keeps between tasks lies in its module: it is the same object in each.
    assert len({one.submit(same_corpora).result(LIMIT) for _ in range(2)}) == 1


def test_nothing_is_counted_and_there_is_no_dashboard(one: RayCluster) -> None:
    import ray

    one.submit(len, "abc").result(LIMIT)
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    assert not ray._private.worker._global_node.webui_url


def test_relative_paths_and_errors_travel(one: RayCluster, tmp_path: Path) -> None:
    assert one.submit(os.getcwd).result(LIMIT) == str(Path.cwd())
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        one.submit(eval, "1 / 0").result(LIMIT)


def test_a_process_that_dies_is_tried_again_until_it_counts_as_deadly(
    one: RayCluster, tmp_path: Path
) -> None:
    for deaths, folder in ((2, tmp_path / "twice"), (9, tmp_path / "always")):
        folder.mkdir()
        future = one.submit(counted_deaths, str(folder), deaths)
        if deaths == 2:
            assert future.result(LIMIT) == 2
        else:
            with pytest.raises(WorkerDied):
                future.result(LIMIT)
            assert len(list(folder.iterdir())) == 3
    # The cluster is whole afterwards.
    assert one.submit(len, "abc").result(LIMIT) == 3
