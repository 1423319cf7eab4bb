"""Entry points are looked for at length only where some package may have one of ours."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from emobench.plugins import entry_points as ours
from emobench.plugins.entry_points import installed

POINT = "[emobench.models]\nmine = mine.things:Mine\n"


@pytest.fixture(autouse=True)
def _looked_for_anew() -> Iterator[None]:
    ours._every.cache_clear()
    yield
    ours._every.cache_clear()


def package(folder: Path, name: str, text: str | None, ending: str = "dist-info") -> None:
    info = folder / (f"{name}-1.0.{ending}" if ending == "dist-info" else f"{name}.{ending}")
    info.mkdir(parents=True)
    kind = "METADATA" if ending == "dist-info" else "PKG-INFO"
    (info / kind).write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    if text is not None:
        (info / "entry_points.txt").write_text(text)


def test_what_is_found_is_what_the_library_finds_for_every_group() -> None:
    for kind in ("models", "datasets", "protocols", "representations", "executors", "callbacks"):
        group = f"emobench.{kind}"
        assert sorted(installed(group)) == sorted(entry_points(group=group))


@pytest.mark.parametrize("ending", ["dist-info", "egg-info"])
def test_a_package_with_a_point_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    package(tmp_path, "other", None)
    package(tmp_path, "tool", "[console_scripts]\nemobench = emobench.cli.app:main\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "gone")])
    assert ours._every(tuple(sys.path)) is None
    ours._every.cache_clear()
    package(tmp_path, "mine", POINT, ending)
    (found,) = installed("emobench.models")
    assert (found.name, found.value) == ("mine", "mine.things:Mine")
    assert installed("emobench.datasets") == ()


def test_what_cannot_be_looked_into_is_left_to_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "packages.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("mine-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: mine\n")
        file.writestr("mine-1.0.dist-info/entry_points.txt", POINT)
    monkeypatch.setattr(sys, "path", [str(archive)])
    assert [point.name for point in installed("emobench.models")] == ["mine"]


def test_another_finder_of_packages_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        @staticmethod
        def find_distributions(context: object) -> Iterator[object]:
            return iter(())

    monkeypatch.setattr(sys, "path", [])
    assert ours._every(tuple(sys.path)) is None
    ours._every.cache_clear()
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    assert ours._every(tuple(sys.path)) is not None
