"""The same small study in three folders, run in three ways."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import emobench

MINE = """
import torch
from emobench import Card, Model, Output


class Mine(Model):
    card = Card(name="mine", title="Mean of the words", inputs={"text": ("word_vectors",)})

    def __init__(self, task, config, variant="corrected"):
        super().__init__(task, config, variant)
        self.head = torch.nn.Linear(task.size("text"), len(task.classes))

    def forward(self, batch):
        words = batch["text"]
        total = (words.values * words.mask[..., None]).sum(dim=1)
        return Output(self.head(total / words.lengths.clamp(min=1)[:, None]))
"""

STUDY = """
# A study of two models.
models = ["mine.py", "majority"]
protocol = "missing_modality"
dataset = "simulated:size=126:speakers=7"
seeds = 1
epochs = 1
executor = "in_process"
"""

OPTIONS: dict[str, Any] = {
    "models": ["mine.py", "majority"],
    "protocol": "missing_modality",
    "dataset": "simulated:size=126:speakers=7",
    "seeds": 1,
    "epochs": 1,
    "executor": "in_process",
}

COMMAND = (
    *("--models", "mine.py,majority", "--protocol", "missing_modality"),
    *("--dataset", "simulated:size=126:speakers=7", "--seeds", 1, "--epochs", 1),
    *("--executor", "in_process"),
)


@pytest.fixture(scope="session")
def at(environment: dict[str, str]) -> Callable[[Path], Any]:
    """Call emobench from Python in a folder, with the cache of this session."""

    @contextlib.contextmanager
    def enter(folder: Path) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch, contextlib.chdir(folder):
            patch.setenv("EMOBENCH_CACHE", environment["EMOBENCH_CACHE"])
            patch.setenv("COLUMNS", "200")
            yield

    return enter


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make a folder with a model and a file that asks for a study."""

    def new(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        (folder / "mine.py").write_text(MINE)
        (folder / "study.toml").write_text(STUDY)
        return folder

    return new


@dataclass(frozen=True)
class Ways:
    """The folders of the three ways, and what Python returned."""

    command: Path
    file: Path
    python: Path
    result: emobench.RunResult
    printed: str


@pytest.fixture(scope="session")
def ways(cli, make, at) -> Ways:
    """The study by the command line, by a file that is elsewhere, and by Python."""
    import io

    command, file, python = make("command"), make("file"), make("python")
    done = cli("run", *COMMAND, cwd=command)
    assert done.returncode == 0, done.stdout + done.stderr
    done = cli("run", file / "study.toml")
    assert done.returncode == 0, done.stdout + done.stderr
    out = io.StringIO()
    with at(python), contextlib.redirect_stdout(out):
        result = emobench.run(**OPTIONS)
    return Ways(command, file, python, result, out.getvalue())
