"""A command line to call, and one small finished run that several tests look at."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SMALL = "simulated:size=126:speakers=7"
Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict[str, str]]:
    """The command and an environment with a cache of its own."""
    environment = dict(os.environ, OMP_NUM_THREADS="1", COLUMNS="200")
    environment["EMOBENCH_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    environment.pop("EMOBENCH_DATA", None)
    return [sys.executable, "-m", "emobench"], environment


@pytest.fixture(scope="session")
def cli(command: tuple[list[str], dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Run ``emobench`` with arguments, away from the repository root unless told."""
    words, environment = command
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    def call(*arguments: object, cwd: Path = elsewhere) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*words, *map(str, arguments)],
            env=environment,
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return call


@pytest.fixture(scope="session")
def run_small(cli: Cli) -> Cli:
    """Run a grid on a small simulated corpus: one seed, two epochs."""

    def call(results: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
        fixed = ("--dataset", SMALL, "--seeds", 1, "--epochs", 2, "--jobs", 2)
        return cli("run", *fixed, "--results", results, *arguments)

    return call


@pytest.fixture(scope="session")
def finished(
    run_small: Cli, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Every model under missing_modality, as a newcomer runs it."""
    results = tmp_path_factory.mktemp("finished") / "results"
    return results, run_small(results, "--models", "all", "--protocol", "missing_modality")
