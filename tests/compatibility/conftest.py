"""A results folder, a model, a corpus and a protocol as users had them with emobench 0.1.0."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
REQUEST = (
    "--models", "plugins/pooled.py,majority", "--protocol",
    "plugins/three_questions.py,missing_modality,generated_inputs:generator=model",
    "--dataset", "plugins/house_calls.py", "--seeds", "1", "--executor", "in_process",
)  # fmt: skip
Emobench = Callable[..., str]


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """The results folder that 0.1.0 wrote for `REQUEST`, without checkpoints' tracebacks."""
    root = tmp_path / "stored"
    with zipfile.ZipFile(HERE / "results_of_0.1.0.zip") as archive:
        archive.extractall(root)
    return root


@pytest.fixture(scope="module")
def emobench(tmp_path_factory: pytest.TempPathFactory) -> Emobench:
    """Run ``emobench`` in a folder that holds the plugins; return what it prints."""
    folder = tmp_path_factory.mktemp("compatibility")
    shutil.copytree(HERE / "plugins", folder / "plugins")
    environment = os.environ | {"EMOBENCH_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}

    def call(*arguments: object, status: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "emobench", *map(str, arguments)],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    return call
