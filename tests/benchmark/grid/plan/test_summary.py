"""What a plan says it costs, counted from the plan and the store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emobench.discovery.registry import registry
from emobench.grid.execution.scheduler import remaining
from emobench.grid.execution.worker import run_job
from emobench.grid.plan.plan import Plan
from emobench.grid.plan.summary import account
from emobench.store.index import Index
from emobench.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty results folder."""
    made = Store(tmp_path / "results")
    made.open()
    return made


def said(plan: Plan, store: Store) -> list[str]:
    index = Index(store.root)
    left = remaining(list(plan.jobs.values()), index, retry_failed=False)
    trainings = sum(index.training(job.key) != "done" for job in left)
    return account(plan, left, trainings)


def test_one_protocol_has_trainings_and_cells(plan_of: Callable[..., Plan], store: Store) -> None:
    plan = plan_of(["emotiwave", "late_fusion"], "missing_modality", seeds=2)
    # late_fusion is trained once under full, which draws nothing.
    assert said(plan, store) == ["planned: 7 distinct trainings, 98 cells"]


def test_one_of_each_is_in_the_singular(plan_of: Callable[..., Plan], store: Store) -> None:
    assert said(plan_of(["majority"]), store) == ["planned: 1 distinct training, 1 cell"]


def test_what_protocols_share_is_counted(plan_of: Callable[..., Plan], store: Store) -> None:
    protocols = ("full_modalities", "missing_modality", "ablation")
    plan = plan_of([("emotiwave", {"epochs": "1"})], *protocols, seeds=1)
    parts = len(registry("model")["emotiwave"].card.ablations)
    alone = 1 + 2 + (1 + parts + 6)  # full; full and dropout; full, the parts, six subsets
    shared = 2  # full, which all three need
    line = (
        f"planned: {alone - shared} distinct trainings, {plan.cells} cells; the 3 protocols need "
        f"{alone} trainings one by one, {shared} of them shared"
    )
    assert said(plan, store) == [line]


def test_what_is_stored_is_not_to_do(
    plan_of: Callable[..., Plan], lose: Callable[..., None], store: Store
) -> None:
    plan = plan_of(["late_fusion"], "missing_modality", seeds=1)
    first, _ = plan.jobs.values()
    run_job(first, store.root, "cpu")
    lost = next(iter(first.cells))
    lose(store.root, lost)
    assert said(plan, store) == [
        "planned: 2 distinct trainings, 28 cells",
        "stored already: 1 training, 13 cells; to do: 1 training, 15 cells",
    ]
