"""The wheel: one import package, complete, and it runs away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
"""A wheel is built and installed."""

ROOT = Path(__file__).parents[1]
HOUSES = ("models", "datasets", "protocols", "leaderboard")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in tracked.stdout.splitlines():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, source]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("emobench-*.whl"))


def test_wheel_holds_every_module_and_nothing_at_top_level_but_emobench(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {n.split("/")[0] for n in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"emobench"}
    for folder, prefix in (("benchmark", "emobench"), *((h, f"emobench/{h}") for h in HOUSES)):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix != ".pyc":
                assert f"{prefix}/{path.relative_to(ROOT / folder)}" in names


def test_installed_wheel_runs_without_the_checkout(wheel, tmp_path):
    target = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    subprocess.run([*command, target, wheel], check=True, capture_output=True)
    environment = dict(os.environ, PYTHONPATH=str(target), OMP_NUM_THREADS="1")
    environment["EMOBENCH_CACHE"] = str(tmp_path / "cache")

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], env=environment, cwd=tmp_path, capture_output=True,
            text=True, check=False,
        )  # fmt: skip

    where = call("-c", "import emobench, emobench.models.emotiwave; print(emobench.__file__)")
    assert where.stdout.startswith(str(target)), where.stderr
    run = call(
        "-m", "emobench", "run", "--models", "majority,oracle", "--seeds", "1",
        "--dataset", "simulated:size=84:speakers=7",
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert (tmp_path / "results" / "leaderboard" / "index.html").is_file()
