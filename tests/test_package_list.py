"""`pyproject.toml` lists every package: one that it forgets is absent from a plain installation."""

from __future__ import annotations

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
