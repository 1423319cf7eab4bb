"""How long a plan takes: from stored trainings, else from made clips, never from nothing."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from emobench import TrainingConfig
from emobench.contract.fixture import contract_fixture
from emobench.grid.plan.estimate import estimate
from emobench.grid.plan.jobs import Job
from emobench.grid.plan.plan import Plan
from emobench.store.index import Index
from emobench.store.records import TrainingReport
from emobench.store.store import Store

NET = ("tensor_fusion", {"epochs": "1"})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty results folder."""
    made = Store(tmp_path / "results")
    made.open()
    return made


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is a minute later whenever it is looked at.

    A training of one epoch looks at it at its start, when its loop begins, after its epoch and at
    its end: a minute for the epoch, and two for what comes once.
    """
    minutes = itertools.count()
    clock = SimpleNamespace(perf_counter=lambda: 60.0 * next(minutes))
    monkeypatch.setattr("emobench.grid.plan.estimate.time", clock)
    monkeypatch.setattr("emobench.training.course.time", clock)


def keep(store: Store, job: Job, seconds: float) -> None:
    """Store a training of `job` that took so long."""
    store.write_training(job.key, job.spec, TrainingReport(train_seconds=seconds))


def said(plan: Plan, small: Any, store: Store, workers: int = 1) -> str:
    corpora = {small.corpus.request.label: small.corpus}
    return str(estimate(list(plan.jobs.values()), corpora, Index(store.root), workers))


def by_seed(plan: Plan) -> list[Job]:
    return sorted(plan.jobs.values(), key=lambda job: job.spec.seed)


def test_a_training_like_stored_ones_takes_as_long_as_their_median(
    plan_of: Callable[..., Plan], small: Any, store: Store
) -> None:
    plan = plan_of([NET], seeds=5)
    jobs = by_seed(plan)
    for job, seconds in zip(jobs, (10.0, 30.0, 1000.0), strict=False):
        keep(store, job, seconds)
    # Two are left, of 30 s each; those that are stored cost nothing.
    assert said(plan, small, store) == (
        "estimate: about 60 s with 1 worker (from trainings that are stored)"
    )
    assert "about 30 s with 2 workers" in said(plan, small, store, workers=2)


def test_hours_are_told_in_minutes(plan_of: Callable[..., Plan], small: Any, store: Store) -> None:
    plan = plan_of([NET], seeds=2)
    keep(store, by_seed(plan)[0], 7200.0)
    assert "about 120 min with 1 worker" in said(plan, small, store)


@pytest.mark.parametrize("other", [("tensor_fusion", {"epochs": "2"}), ("avfusion", {})])
def test_other_settings_and_models_are_not_estimated_from_it(
    plan_of: Callable[..., Plan], small: Any, store: Store, ticking: None, other: Any
) -> None:
    keep(store, by_seed(plan_of([NET], seeds=1))[0], 7200.0)
    text = said(plan_of([other], seeds=1), small, store)
    assert "(1 timed on made clips of a second" in text
    assert "120 min" not in text


def made_train() -> int:
    """Train utterances of the made corpus."""
    return len(contract_fixture().parts.train)


def test_an_unknown_model_is_timed_and_told_as_a_range(
    plan_of: Callable[..., Plan], small: Any, store: Store, ticking: None, written: Any
) -> None:
    # The recipe's updates at most, and as many looks as patience allows at least, three seeds.
    recipe = TrainingConfig()
    plan = plan_of([written("looped", fit="session.loop(self)")], seeds=3)
    epoch = 60.0 * len(small.parts.train) / made_train()
    most = recipe.min_updates / math.ceil(len(small.parts.train) / recipe.batch_size)
    least = most * (recipe.patience + 1) / recipe.looks
    low, high = (round(3 * (2 + passes) * epoch / 60) for passes in (least, most))
    text = said(plan, small, store)
    assert text.startswith(f"estimate: {low} to {high} min with 1 worker (3 timed on made clips")
    assert "preparing data not counted" in text


def test_a_row_that_is_solved_has_no_epochs(
    plan_of: Callable[..., Plan], small: Any, store: Store, ticking: None
) -> None:
    seconds = 60.0 * len(small.parts.train) / made_train()
    text = said(plan_of(["text_only"], seeds=1), small, store)
    told = f"{round(seconds)} s" if seconds < 90 else f"{round(seconds / 60)} min"
    assert text.startswith(f"estimate: about {told} with 1 worker")


def test_a_model_that_fails_costs_next_to_nothing_and_the_rest_is_told(
    plan_of: Callable[..., Plan], small: Any, store: Store, written: Any
) -> None:
    plan = plan_of([written("broken", fit="raise ValueError('no')")], seeds=1)
    assert said(plan, small, store).startswith("estimate: about 1 s with 1 worker")


def test_nothing_is_written(
    plan_of: Callable[..., Plan], small: Any, store: Store, ticking: None
) -> None:
    said(plan_of([NET], seeds=1), small, store)
    assert [p for p in store.root.rglob("*") if p.is_file()] == []
