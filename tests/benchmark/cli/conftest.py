"""A command line to call, and one small finished run that several tests look at."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SMALL = "simulated:size=126:speakers=7"
Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def command(environment: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """The command and its environment, for a process of its own."""
    return [sys.executable, "-m", "emobench"], environment


@pytest.fixture(scope="session")
def run_small(cli: Cli) -> Cli:
    """Run a grid on a small simulated corpus: one seed, two epochs."""

    def call(results: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
        fixed = ("--dataset", SMALL, "--seeds", 1, "--epochs", 2, "--jobs", 1)
        return cli("run", *fixed, "--results", results, *arguments)

    return call


@pytest.fixture(scope="session")
def finished(
    run_small: Cli, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Every model under missing_modality, as a newcomer runs it."""
    results = tmp_path_factory.mktemp("finished") / "results"
    return results, run_small(results, "--models", "all", "--protocol", "missing_modality")
