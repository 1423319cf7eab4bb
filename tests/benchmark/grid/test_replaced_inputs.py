"""A replaced input on its way from the plan to the stored cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emobench.discovery.registry import registry
from emobench.grid.execution.worker import run_job
from emobench.grid.plan.plan import Plan
from emobench.store.store import Store

PlanOf = Callable[..., Plan]


def reasons(plan: Plan) -> dict[str, str]:
    return {
        row.condition: str(row.skipped) for grid in plan.grids for row in grid.rows if row.skipped
    }


def test_what_cannot_be_generated_is_skipped_before_anything_is_trained(plan_of: PlanOf) -> None:
    found = reasons(plan_of(["late_fusion"], "generated_inputs", seeds=1))
    assert found["vision=model(text+audio)"] == "late_fusion generates nothing"
    assert found["vision=noise:model"] == "late_fusion generates nothing"
    averages = "late_fusion reads tokens, words by number, and a ridge regression gives averages"
    assert found["text=ridge(audio)"] == averages
    assert not any(name.startswith(("vision=ridge", "text=neighbours")) for name in found)
    assert not {"full", "vision=absent", "vision=zero", "text=other"} & set(found)


def test_nothing_stands_for_what_was_expressed(plan_of: PlanOf) -> None:
    plan = plan_of(["oracle"], "generated_inputs", seeds=1)
    kept = {cell.condition.name for job in plan.jobs.values() for cell in job.cells.values()}
    assert kept == {"full", "text=absent", "audio=absent", "vision=absent"}
    assert "nothing can stand for that" in reasons(plan)["vision=zero"]


def test_the_translating_model_has_every_row(plan_of: PlanOf) -> None:
    assert reasons(plan_of(["cross_modal_translation"], "generated_inputs", seeds=1)) == {}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated") / "results"


def test_cells_hold_other_predictions_and_what_was_found(plan_of: PlanOf, results: Path) -> None:
    store = Store(results)
    store.open()
    entry = registry("model")["cross_modal_translation"]
    small: dict[str, Any] = {"epochs": "1", "warmup_epochs": "1", "width": "16"}
    plan = plan_of([(entry, small)], "generated_inputs", seeds=1)
    job = min(plan.jobs.values(), key=lambda j: j.spec.regime.drop)
    wanted = ("full", "vision=absent", "vision=train_mean", "vision=other", "vision=noise:model")
    wanted += tuple(f"vision={g}(text+audio)" for g in ("model", "ridge", "neighbours"))
    cells = {k: c for k, c in job.cells.items() if c.condition.name in wanted}
    job = replace(job, cells=cells)
    outcome = run_job(job, store.root, "cpu")
    assert (outcome.done, outcome.failed) == (len(wanted), 0), outcome.note
    tables, findings = {}, {}
    for key, cell in job.cells.items():
        name = cell.condition.name
        tables[name] = store.predictions(job.key, key)
        findings[name] = store.cell(job.key, key).report.get("findings", {})
    real = tables["full"]
    for name, table in tables.items():
        assert table["id"].tolist() == real["id"].tolist()
        changed = (table.filter(like="logit_") - real.filter(like="logit_")).abs().max(axis=1) > 0
        there = real["present_vision"]
        assert changed[there].any() == (name != "full")
        assert not changed[~there].any()
        assert bool(findings[name]) == ("model" in name or "(" in name)
        if name not in ("full", "vision=absent"):
            assert table["present_vision"].tolist() == there.tolist()
    assert findings["vision=ridge(text+audio)"]["utterances"] == int(real["present_vision"].sum())
