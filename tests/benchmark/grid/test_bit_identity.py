"""A CPU's results are the same to the bit, whoever computes them and in how many processes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emobench.discovery.registry import registry
from emobench.executor import Executor, Wanted, open_executor
from emobench.grid.plan.request import Request
from emobench.grid.run import run
from emobench.grid.screen import SilentScreen
from emobench.store.cell_reader import CellReader
from emobench.store.training_folder import read_training

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def request_for(small: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Request]:
    """A small grid with a cache of its own: representations are extracted by the executor too."""
    models, protocols = registry("model"), registry("protocol")

    def make(name: str) -> Request:
        folders = replace(small.request.folders, cache=tmp_path_factory.mktemp(name))
        chosen = [models["late_fusion"], models["mlp"], models["emotiwave"]]
        short = {"epochs": "2"}
        return Request(
            models=[(one, short if one.name != "late_fusion" else {}) for one in chosen],
            protocols=[(protocols["full_modalities"], {})],
            corpora=[replace(small.request, folders=folders)],
            seeds=2,
        )

    return make


def stored(root: Path) -> dict[str, Any]:
    """Every bit of predictions and weights."""
    reader = CellReader(root)
    found: dict[str, Any] = {}
    for cell in reader.every():
        table = reader.table(cell)
        assert table is not None
        found[cell.key] = (repr(table.to_pydict()), (cell.report or {})["mask"])
    for folder in (root / "trainings").iterdir():
        training = read_training(folder)
        assert training is not None
        report = training.report or {}
        found[folder.name] = (training.files, report["inputs"], report["split"])
    return found


@pytest.fixture(scope="module")
def once(request_for, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What comes out in this process, one after the other."""
    root = tmp_path_factory.mktemp("once")
    with open_executor("in_process", 1) as executor:
        done = run(request_for("once"), root, executor, "cpu", SilentScreen())
    found = stored(root)
    assert (done.failed, done.done) == (0, 5)
    assert len(found) == 10
    return found


@contextmanager
def ray_cluster(root: Path) -> Iterator[Executor]:
    pytest.importorskip("ray", reason="ray is not installed: pip install 'emobench[ray]'")
    from emobench.executors.ray import RayCluster, RayOptions

    with RayCluster.opened(Wanted(2, "cpu"), RayOptions(memory="500MB")) as executor:
        yield executor


@contextmanager
def batch_queue(root: Path, cluster: str) -> Iterator[Executor]:
    pytest.importorskip("submitit", reason="pip install 'emobench[slurm]'")
    if cluster == "slurm" and not _slurm_answers():
        pytest.skip("no SLURM answers here: docs/scale.md says how to start one of one node")
    from emobench.executors.slurm import SlurmOptions, SlurmQueue

    options = SlurmOptions(cluster=cluster, memory="2GB")
    with SlurmQueue.opened(Wanted(2, "cpu", root), options) as executor:
        yield executor


def _slurm_answers() -> bool:
    if not shutil.which("sbatch"):
        return False
    try:
        asked = ["sinfo", "--noheader", "--format", "%T"]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=20)
    except subprocess.TimeoutExpired:
        return False
    return any(state.strip("*") in ("idle", "mixed", "allocated") for state in done.stdout.split())


EXECUTORS: dict[str, Callable[[Path], Any]] = {
    "again in this process": lambda root: open_executor("in_process", 1),
    "--jobs 1": lambda root: open_executor("local", 1),
    "--jobs 3": lambda root: open_executor("local", 3),
    "ray": ray_cluster,
    "submitit": lambda root: batch_queue(root, "local"),
    "slurm": lambda root: batch_queue(root, "slurm"),
}


@pytest.mark.parametrize("how", EXECUTORS)
def test_the_same_bits_come_out(
    how: str, once: dict[str, Any], request_for: Callable[[str], Request], tmp_path: Path
) -> None:
    root = tmp_path / "results"
    with EXECUTORS[how](root) as executor:
        done = run(
            request_for(how.strip("-").replace(" ", "_")), root, executor, "cpu", SilentScreen()
        )
    assert done.failed == 0
    assert stored(root) == once
