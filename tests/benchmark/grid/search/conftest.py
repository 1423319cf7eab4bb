from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.discovery.registry import from_path
from emobench.executor import open_executor
from emobench.grid.execution.outcome import Outcome
from emobench.grid.plan.request import Request, SearchRequest
from emobench.grid.results.totals import Totals
from emobench.grid.run import run
from emobench.grid.search.trial_work import UNIT

MODEL = """
from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import nn
from emobench import Card, Integer, LogUniform, Model, Output, TrainingConfig, Uniform


@dataclass(frozen=True)
class BagConfig(TrainingConfig):
    learning_rate: float = {rate}
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    min_updates: int = 40
    min_epochs: float = 0
    looks: int = 20
    patience: int = 20


class Bag(Model):
    card = Card(name={name!r}, title="t", inputs={{"text": ("tokens",)}}, variants=("corrected",))
    Config = BagConfig
    presets = {{"compact": BagConfig()}}
    search_space = {space}

    def __init__(self, task, config, variant="corrected"):
        super().__init__(task, config, variant)
        self.words = nn.Embedding(2000, 8)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(8, len(task.classes))

    def forward(self, batch):
        words = batch["text"]
        ids = words.values[..., 0].long().clamp(0, 1999)
        shown = self.words(ids) * words.mask[..., None]
        pooled = shown.sum(dim=1) / words.lengths.clamp(min=1)[:, None]
        return Output(self.head(self.dropout(pooled)))
{more}
"""
DEEP = """
from dataclasses import dataclass

import torch
from torch import nn
from emobench import Card, LogUniform, Model, Output, TrainingConfig


@dataclass(frozen=True)
class DeepConfig(TrainingConfig):
    learning_rate: float = {rate}
    min_updates: int = 60
    min_epochs: float = 0
    looks: int = 20
    patience: int = 20


class Deep(Model):
    card = Card(
        name={name!r}, title="t", kind="reference", variants=("corrected",),
        inputs={{"text": ("expressed_text",), "audio": ("expressed_audio",)}},
    )
    Config = DeepConfig
    presets = {{"compact": DeepConfig()}}
    search_space = {{"learning_rate": LogUniform({low}, {high})}}

    def __init__(self, task, config, variant="corrected"):
        super().__init__(task, config, variant)
        classes = len(task.classes)
        self.layers = nn.Sequential(
            nn.Linear(2 * classes, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(),
            nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, classes),
        )

    def forward(self, batch):
        shown = [batch[m].values.sum(dim=1) for m in ("text", "audio")]
        return Output(self.layers(torch.cat(shown, dim=1)))
"""
SPACE = '{"learning_rate": LogUniform(1e-3, 0.3), "dropout": Uniform(0.0, 0.6)}'


class Heard:
    """A screen that keeps what was said and done."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.outcomes: list[Outcome] = []
        self.planned: dict[str, int] = {}
        self.expected: list[tuple[int, int]] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def prepare(self, what: str, done: int, total: int) -> None:
        assert 0 <= done <= total

    def start(
        self, cells: int, trainings: int, jobs: Counter[str], unit: str = "cell", known: Any = None
    ) -> None:
        assert jobs.total() == cells or unit == "cell"
        self.planned[unit] = cells

    def expect(self, left: Counter[str]) -> None:
        assert min(left.values()) >= 1
        done = sum(outcome.unit == UNIT for outcome in self.outcomes)
        self.expected.append((done + 1, done + left.total()))

    def outcome(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def tick(self, running: list[Any]) -> None:
        pass

    @property
    def trials(self) -> int:
        """Number of outcomes that are trials."""
        return sum(outcome.unit == "trial run" for outcome in self.outcomes)


@pytest.fixture
def heard() -> type[Heard]:
    """The screen that keeps what was said and done."""
    return Heard


@pytest.fixture
def bag(tmp_path: Path) -> Callable[..., Any]:
    """Write a small model that is trained by the loop; returns its entry with no options."""

    def make(
        name: str = "bag", rate: float = 0.01, space: str = SPACE, more: str = "", folder: str = ""
    ) -> Any:
        path = tmp_path / folder / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(MODEL.format(name=name, rate=rate, space=space, more=more))
        return from_path("model", path)[0], {}

    return make


@pytest.fixture
def deep(tmp_path: Path) -> Callable[..., Any]:
    """Write a network that learns with a step size of about `sound` and not with thirty times it.

    Returns its entry with no options.
    """

    def make(name: str, rate: float, sound: float, folder: str) -> Any:
        path = tmp_path / folder / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        text = DEEP.format(name=name, rate=rate, low=sound / 10, high=sound * 100)
        path.write_text(text)
        return from_path("model", path)[0], {}

    return make


@pytest.fixture
def tune(small: Any, tmp_path: Path) -> Callable[..., tuple[Totals, Heard]]:
    """Run models with a search into a results folder; returns the totals and what was heard."""

    def go(
        models: list[Any], trials: int | None = 4, root: str = "results", **settings: Any
    ) -> tuple[Totals, Heard]:
        from emobench.discovery.registry import registry

        search = {k: settings.pop(k) for k in ("halving", "inner") if k in settings}
        request = Request(
            models=models,
            protocols=[(registry("protocol")["full_modalities"], {})],
            corpora=[small.request],
            search=SearchRequest(trials, **search) if trials else None,
            **{"seeds": 1, **settings},
        )
        screen = settings.pop("screen", None) or Heard()
        with open_executor("in_process", 1) as executor:
            return run(request, tmp_path / root, executor, "cpu", screen), screen

    return go
