"""Models from outside of the repository: a file, and an installed package's entry point."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from emobench.discovery.registry import registry

Cli = Callable[..., subprocess.CompletedProcess[str]]

PYPROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "stranger"
version = "1.0"

[project.entry-points."emobench.models"]
installed_model = "stranger_models.installed_model:InstalledModel"

[tool.setuptools]
packages = ["stranger_models"]
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, cli: Cli) -> Path:
    """A folder into which pip has installed a package with a model."""
    source = tmp_path_factory.mktemp("stranger")
    package = source / "stranger_models"
    package.mkdir()
    (package / "__init__.py").touch()
    cli("new-model", "installed_model", cwd=package)
    (source / "pyproject.toml").write_text(PYPROJECT)
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    command = [*pip, "--disable-pip-version-check", "--target", target, source]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return target


@pytest.fixture(scope="module")
def folder(cli, site, tmp_path_factory) -> Path:
    """A folder with a model's file."""
    folder = tmp_path_factory.mktemp("folder")
    made = cli("new-model", "my_model", cwd=folder)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def stranger(cli, site, folder, monkeypatch) -> Iterator[Cli]:
    """Run ``emobench`` where the package is installed, from the folder with the file."""
    monkeypatch.syspath_prepend(site)
    registry.cache_clear()
    yield functools.partial(cli, cwd=folder)
    registry.cache_clear()


@pytest.mark.slow
def test_the_installed_model_is_listed_among_the_built_in_ones(command, site, folder):
    words, environment = command
    listing = subprocess.run(
        [*words, "list", "models", "--json"], env=environment | {"PYTHONPATH": str(site)},
        cwd=folder, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    names = {card["name"] for card in json.loads(listing.stdout)}
    assert {"installed_model", "emotiwave"} <= names
    assert "my_model" not in names


@pytest.mark.slow
def test_both_pass_the_check(stranger):
    outcome = stranger("check", "installed_model", "my_model.py:hidden=16")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    lines = outcome.stdout.splitlines()
    assert lines[0] == "installed_model (corrected)"
    assert "my_model:hidden=16 (corrected)" in lines
    assert lines[-1] == "32 checks of 2 variants: 30 passed, 2 not applicable"


@pytest.mark.slow
def test_both_run_in_a_grid_as_they_stand(stranger):
    outcome = stranger(
        "run", "--models", "installed_model,my_model.py,majority", "--protocol", "full_modalities",
        "--dataset", "simulated:size=126:speakers=7", "--seeds", "1", "--epochs", "2",
        "--jobs", "1", "--results", "results",
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    page = Path(outcome.stdout.splitlines()[-1].removeprefix("The leaderboard is at "))
    table = pd.read_csv(page.with_name("leaderboard.csv"))
    assert set(table["model"]) == {"installed_model:epochs=2", "my_model:epochs=2", "majority"}
    assert set(table["status"]) == {"done"}


@pytest.mark.slow
def test_a_new_model_does_not_take_an_installed_ones_name(stranger):
    outcome = stranger("new-model", "installed_model")
    assert outcome.returncode == 2
    assert "There is a model 'installed_model' already" in outcome.stderr
