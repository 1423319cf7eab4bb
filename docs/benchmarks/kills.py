"""Kills a Ray node, a worker, the main process or a SLURM job at random moments of a small grid.

    python docs/benchmarks/kills.py --what node,worker,driver --repetitions 10
    python docs/benchmarks/kills.py --what slurm --repetitions 10

Each repetition runs the same command into a fresh folder and kills once, at a moment that is drawn
uniformly from the time between the first look at dev and the end of an undisturbed run. A run whose
main process was killed is started again. Every run must end complete, with the predictions of a run
by local processes, bit by bit. The Ray cluster has three nodes of one CPU on this machine.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from emobench.store.index import Index
from emobench.store.store import Store

MODELS = ("emotiwave", "avfusion")
TRAINING = "min_updates=120:min_epochs=0:looks=30"
SLURM = ("--executor", "slurm:time=20,memory=2GB")
DRAW = random.Random("jobs")
LIMIT = 600.0
"""Seconds after which a run counts as stuck."""


@dataclass
class Grid:
    """The command of a small grid, and the folder of its results and caches.

    Parameters
    ----------
    folder
        Where everything is written.
    seeds
        Trainings of each model.
    draw
        Changes the moments that are drawn.
    """

    folder: Path
    seeds: int = 2
    draw: str = ""

    def command(self, results: Path, *more: str) -> list[str]:
        """The command line that computes the grid into `results`."""
        return [
            sys.executable, "-m", "emobench", "run",
            "--models", ",".join(f"{model}:{TRAINING}" for model in MODELS),
            "--protocol", "full_modalities", "--dataset", "simulated:size=84:speakers=7",
            "--seeds", str(self.seeds), "--save-every", "1",
            "--results", str(results), "--cache-dir", str(self.folder / "cache"), *more,
        ]  # fmt: skip

    def start(self, results: Path, *more: str) -> subprocess.Popen[str]:
        """Start the command in a process of its own."""
        return subprocess.Popen(
            self.command(results, *more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, cwd=self.folder, env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip


def finish(run: subprocess.Popen[str]) -> str:
    """Wait for a run; return what it said.

    Raises
    ------
    RuntimeError
        It did not end well.
    """
    said, _ = run.communicate(timeout=LIMIT)
    if run.returncode:
        raise RuntimeError(f"exit status {run.returncode}:\n{said}")
    return said


def predictions(results: Path) -> dict[str, pd.DataFrame]:
    """The stored predictions of every cell of a results folder."""
    store = Store(results)
    rows = Index(results).rows.values()
    return {cell: store.predictions(row.key, cell) for row in rows for cell in row.done.split()}


def equal(found: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame]) -> bool:
    """Whether two folders hold the same cells with the same predictions, bit by bit."""
    return set(found) == set(expected) and all(
        found[cell].equals(expected[cell]) for cell in expected
    )


@dataclass
class Tally:
    """What came of the kills of one kind."""

    kills: int = 0
    complete: int = 0
    identical: int = 0
    went_on: int = 0
    late: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.complete} runs complete, {self.identical} with identical "
            f"predictions; in {self.went_on} a training went on from a saved look; {self.late} "
            "moments were after the end and were drawn again"
        )


def wait_for_look(results: Path, run: subprocess.Popen[str]) -> float:
    """Wait until a training has looked at dev; return the time."""
    limit = time.monotonic() + LIMIT
    while not any((results / "unfinished").glob("*.jsonl")):
        if time.monotonic() > limit:
            run.kill()
        if run.poll() is not None:
            raise RuntimeError(f"the run ended before a training:\n{run.communicate()[0]}")
        time.sleep(0.02)
    return time.monotonic()


def repeat(
    grid: Grid,
    name: str,
    options: tuple[str, ...],
    kill: Callable[[subprocess.Popen[str]], bool],
    count: int,
    expected: dict[str, pd.DataFrame],
    mend: Callable[[], None] = lambda: None,
) -> Tally:
    """Kill `count` times, each in a run of its own.

    Parameters
    ----------
    grid
        The grid.
    name
        Name of what is killed; it seeds the moments.
    options
        The options that choose the executor.
    kill
        Kills; says whether there was something to kill.
    count
        Number of kills.
    expected
        Predictions of the undisturbed local run.
    mend
        Called after each run.
    """
    draw, tally = random.Random(name + grid.draw), Tally()
    calm = grid.folder / f"{name}-calm"
    run = grid.start(calm, *options)
    began = wait_for_look(calm, run)
    finish(run)
    span = max(time.monotonic() - began - 2.0, 1.0)  # the page is rendered at the end
    assert equal(predictions(calm), expected), f"{name}: the undisturbed run differs"
    print(f"{name}: undisturbed and identical; trainings take {span:.0f} s", flush=True)
    for number in range(10 * count):
        if tally.kills == count:
            break
        results = grid.folder / f"{name}-{number}"
        run = grid.start(results, *options)
        moment = wait_for_look(results, run) + draw.uniform(0, span)
        while time.monotonic() < moment and run.poll() is None:
            time.sleep(0.01)
        if run.poll() is not None or not kill(run):
            tally.late += 1
            finish(run)
            continue
        tally.kills += 1
        try:
            _judge(grid, run, results, options, expected, tally)
        except (RuntimeError, subprocess.TimeoutExpired, OSError) as error:
            tally.problems.append(f"{name} {number}: {error}")
            run.kill()
        mend()
        print(f"{name} {number}: {tally}", flush=True)
    return tally


def _judge(
    grid: Grid,
    run: subprocess.Popen[str],
    results: Path,
    options: tuple[str, ...],
    expected: dict[str, pd.DataFrame],
    tally: Tally,
) -> None:
    """Let the run end, start it again if it was killed itself, and compare."""
    said, _ = run.communicate(timeout=LIMIT)
    if run.returncode == -signal.SIGKILL:
        said += finish(grid.start(results, *options))
    elif run.returncode:
        raise RuntimeError(f"exit status {run.returncode}:\n{said}")
    tally.complete += " 0 failed\n" in said
    tally.went_on += "went on after" in said
    tally.identical += equal(predictions(results), expected)


def ray_workers() -> list[psutil.Process]:
    """The processes of our own cluster in which a Ray task runs."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            words = process.cmdline() or [""]
        except psutil.Error:
            continue  # it has just ended
        if words[0].startswith("ray::_run"):
            found.append(process)
    return found


def slurm_steps() -> list[psutil.Process]:
    """The processes of this machine that do the work of a SLURM job."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if "submitit.core._submit" in (process.info["cmdline"] or [])
        and "srun" not in process.info["cmdline"][0]
    ]


def kill_one(found: list[psutil.Process], draw: random.Random) -> bool:
    """Kill one of the processes; False if there is none."""
    if not found:
        return False
    try:
        draw.choice(found).kill()
    except psutil.NoSuchProcess:
        return False
    return True


def kill_driver(run: subprocess.Popen[str]) -> bool:
    """Kill the main process."""
    run.send_signal(signal.SIGKILL)
    return True


class RayNodes:
    """Three Ray nodes of one CPU on this machine, of which two can be killed.

    Parameters
    ----------
    stack
        Ends the cluster.
    """

    def __init__(self, stack: ExitStack) -> None:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 - a busy machine starves them
        from ray.cluster_utils import Cluster

        self.each: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 100_000_000}
        head = {**self.each, "include_dashboard": False}
        self.cluster = Cluster(initialize_head=True, head_node_args=head)
        stack.callback(self.cluster.shutdown)
        self.others = [self.cluster.add_node(**self.each) for _ in range(2)]
        self.options = ("--executor", "ray:memory=1GB", "--ray-address", self.cluster.address)
        self.draw = random.Random(0)

    def kill_node(self, run: subprocess.Popen[str]) -> bool:
        """Kill one of the nodes that are not the head."""
        node = self.others.pop(self.draw.randrange(len(self.others)))
        self.cluster.remove_node(node, allow_graceful=False)
        return True

    def kill_worker(self, run: subprocess.Popen[str]) -> bool:
        """Kill a process in which a task runs."""
        return kill_one(ray_workers(), self.draw)

    def mend(self) -> None:
        """Add a node for one that was killed."""
        while len(self.others) < 2:
            self.others.append(self.cluster.add_node(**self.each))


def kill_job(run: subprocess.Popen[str]) -> bool:
    """Kill the process of a SLURM job, or let SLURM take its node away from it."""
    if DRAW.random() < 0.5:
        return kill_one(slurm_steps(), DRAW)
    asked = ["squeue", "--noheader", "--states", "RUNNING", "--array", "--format", "%i %j"]
    lines = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    jobs = [line.split()[0] for line in lines if " emobench-" in line]
    if not jobs:
        return False
    done = subprocess.run(["scontrol", "requeue", DRAW.choice(jobs)], check=False)
    return done.returncode == 0


def main() -> None:
    """Run all repetitions and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--what", default="node,worker,driver")
    parser.add_argument("--repetitions", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--draw", default="", help="any text; another one draws other moments")
    asked = parser.parse_args()
    with ExitStack() as stack:
        place = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        place.mkdir(parents=True, exist_ok=True)
        grid = Grid(place.absolute(), asked.seeds, asked.draw)
        DRAW.seed("jobs" + asked.draw)
        local = grid.folder / "local"
        finish(grid.start(local, "--jobs", "2"))
        expected = predictions(local)
        rows = sum(len(table) for table in expected.values())
        print(f"local: {len(expected)} cells, {rows} predictions", flush=True)
        kinds = asked.what.split(",")
        tallies = {}
        if "slurm" in kinds:
            tallies["slurm"] = repeat(grid, "slurm", SLURM, kill_job, asked.repetitions, expected)
            kinds.remove("slurm")
        if kinds:
            nodes = RayNodes(stack)
            kill = {"node": nodes.kill_node, "worker": nodes.kill_worker, "driver": kill_driver}
            for kind in kinds:
                tallies[kind] = repeat(
                    grid, kind, nodes.options, kill[kind], asked.repetitions, expected, nodes.mend
                )
    for kind, tally in tallies.items():
        print(f"{kind}: {tally}")
        for problem in tally.problems:
            print(f"  {problem}")


if __name__ == "__main__":
    main()
