"""The wheel: one import package, complete, and it runs away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
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


DIST_INFO = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt"}
"""What of a wheel is about it, and not of us."""

MADE = ("PKG-INFO", "setup.cfg", "emobench.egg-info/")
"""What the archive of the sources holds beside what git tracks."""


def tracked() -> set[str]:
    """What git tracks here, and what would be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(listed.stdout.splitlines())


def test_wheel_holds_nothing_but_files_of_the_package(wheel):
    files, ours = tracked(), set()
    for folder, prefix in (("benchmark", "emobench"), *((h, f"emobench/{h}") for h in HOUSES)):
        ours |= {f"{prefix}{n.removeprefix(folder)}" for n in files if n.startswith(f"{folder}/")}
    names = {n for n in zipfile.ZipFile(wheel).namelist() if not n.endswith("/")}
    about = {n for n in names if n.partition("/")[0].endswith(".dist-info")}
    assert {n.partition("/")[2] for n in about} == DIST_INFO
    assert names - about <= ours
    assert not any(n.endswith((".pyc", ".pkl", ".pt", ".npz", ".csv", ".wav")) for n in names)


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


def checkout(place: Path, umask: int) -> Path:
    """What git tracks here, and what would be, as a checkout of its own under a umask."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    before = os.umask(umask)
    try:
        for name in (name for name in names if (ROOT / name).is_file()):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes((ROOT / name).read_bytes())
            (place / name).chmod((0o777 if name == ".ci/run" else 0o666) & ~umask)
        who = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
        subprocess.run(["git", "init", "-q"], cwd=place, check=True)
        subprocess.run(["git", "add", "--all"], cwd=place, check=True)
        subprocess.run(["git", *who, "commit", "-qm", "All"], cwd=place, check=True)
    finally:
        os.umask(before)
    return place


def test_two_builds_at_other_times_places_and_umasks_are_equal_to_the_byte(tmp_path):
    found = []
    for number, umask in enumerate((0o022, 0o077)):
        place = checkout(tmp_path / f"{'deep/' * number}number_{number}", umask)
        os.utime(place / "LICENSE", (1_000_000_000 + number, 1_000_000_000 + number))
        environment = os.environ | {"SOURCE_DATE_EPOCH": "1700000000"}
        if number:
            environment |= {"TZ": "Asia/Tokyo", "LC_ALL": "C"}
        built = subprocess.run(
            [sys.executable, ".ci/dist.py", tmp_path / f"dist{number}"], cwd=place,
            env=environment, capture_output=True, text=True, check=False, umask=umask,
        )  # fmt: skip
        assert built.returncode == 0, built.stderr
        found.append({p.name: p.read_bytes() for p in (tmp_path / f"dist{number}").iterdir()})
    assert {Path(name).suffix for name in found[0]} == {".whl", ".gz"}
    assert found[0] == found[1]
    wheel = next(p for p in (tmp_path / "dist0").iterdir() if p.suffix == ".whl")
    entries = zipfile.ZipFile(wheel).infolist()
    assert {entry.date_time for entry in entries} == {(2023, 11, 14, 22, 13, 20)}
    with tarfile.open(next((tmp_path / "dist0").glob("*.tar.gz"))) as sources:
        assert {(one.uid, one.mtime) for one in sources.getmembers()} == {(0, 1_700_000_000)}
        names = {one.name.partition("/")[2] for one in sources.getmembers()}
    assert {"pyproject.toml", "README.md", "benchmark/cli/app.py"} <= names
    files = tracked()
    folders = {str(above) for name in files for above in Path(name).parents} - {"."}
    foreign = {n for n in names - files - folders - {""} if not n.startswith(MADE)}
    assert foreign <= {"emobench.egg-info"}
    assert {e.filename for e in entries if e.filename.startswith("emobench/terminal/")}
