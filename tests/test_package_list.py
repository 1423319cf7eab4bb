"""`pyproject.toml` lists every package: one that it forgets is absent from a plain installation."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOUSES = {"benchmark": "emobench"} | {
    house: f"emobench.{house}" for house in ("models", "datasets", "protocols", "leaderboard")
}


def test_every_package_is_listed() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    listed = set(tomllib.loads(text)["tool"]["setuptools"]["packages"])
    there = {
        ".".join((name, *init.parent.relative_to(ROOT / folder).parts))
        for folder, name in HOUSES.items()
        for init in (ROOT / folder).rglob("__init__.py")
    }
    assert there <= listed


IMPORTS = {"mlflow-skinny": "mlflow", "mkdocstrings-python": "mkdocstrings"}
"""Distribution to module, where their names differ."""

ROOMS = {
    "accelerate": {"benchmark/remote/team.py", "benchmark/grid/execution/team_processes.py"},
    "opensmile": {"datasets/representations/egemaps.py"},
    "ray": {"benchmark/executors/ray.py"},
    "sign": {"leaderboard/certificate/signature.py"},
    "slurm": {"benchmark/executors/slurm.py"},
    "trackers": set(),
    "docs": set(),
    "torture": set(),
}
"""Each extra that brings packages, and the files that may import them."""


def extras() -> dict[str, list[str]]:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    found: dict[str, list[str]] = tomllib.loads(text)["project"]["optional-dependencies"]
    return found


def imported() -> dict[str, set[str]]:
    """Each file to the packages that it imports, wherever in it."""
    found: dict[str, set[str]] = {}
    for house in HOUSES:
        for path in (ROOT / house).rglob("*.py"):
            named: set[str] = set()
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    named |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    named.add((node.module or "").split(".")[0])
            found[path.relative_to(ROOT).as_posix()] = named
    return found


def test_each_extra_is_imported_in_its_own_room_alone() -> None:
    assert set(extras()) == {*ROOMS, "all", "test"}
    files_of = imported()
    for extra, files in ROOMS.items():
        needs = [re.split(r"[<>=\[]", need)[0] for need in extras()[extra]]
        modules = {IMPORTS.get(name, name.replace("-", "_")) for name in needs}
        assert {path for path, named in files_of.items() if named & modules} == files, extra


def test_all_has_every_extra_of_those_who_run_grids() -> None:
    (need,) = extras()["all"]
    named = set(need.removeprefix("emobench[").removesuffix("]").split(","))
    assert named == set(extras()) - {"all", "docs", "test", "torture"}
