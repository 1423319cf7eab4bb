"""One training for what is trained alike, and names that older results keep."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from emobench import Regime
from emobench.grid.plan.jobs import regime_spec
from emobench.grid.plan.plan import Plan
from emobench.store.spec import CellSpec, ConditionSpec, RegimeSpec, TrainingSpec

OWN = {"training": "unified+per_condition"}


def hashed(content: dict[str, Any]) -> str:
    """The name that a spec had before regimes and conditions had their later fields."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def trainings(plan: Plan, regime: str) -> dict[str, set[str]]:
    """Condition to the trainings of its row under `regime`."""
    found: dict[str, set[str]] = {}
    for grid in plan.grids:
        for row in grid.rows:
            if row.regime == regime and row.cell:
                found.setdefault(row.condition, set()).add(row.training or "")
    return found


def test_trainings_that_were_stored_before_keep_their_names(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(["emotiwave"], "missing_modality", seeds=1)
    regimes = {
        "full": {"name": "full", "drop": 0.0},
        "modality_dropout": {"name": "modality_dropout", "drop": 0.3},
    }
    for key, job in plan.jobs.items():
        spec = job.spec
        plain = {
            "version": 1,
            "model": "emotiwave",
            "variant": "corrected",
            "config": spec.config,
            "track": "controlled",
            "inputs": spec.inputs,
            "dataset": spec.dataset,
            "split": "standard",
            "fold": 0,
            "regime": regimes.pop(spec.regime.name),
            "seed": 0,
            "model_digest": spec.model_digest,
            "dataset_digest": spec.dataset_digest,
            "backbones": {},
        }
        assert hashed(plain) == key
        for name, cell in job.cells.items():
            shown = cell.condition.present
            condition = {
                "present": list(shown) if shown is not None else None,
                "rate": cell.condition.rate,
                "mask_seed": 20260101,
            }
            assert hashed({"version": 1, "training": key, "condition": condition}) == name
    assert regimes == {}


@pytest.mark.parametrize(
    "change",
    [
        {"rate": 0.2},
        {"present": ("text",)},
        {"single": True},
        {"auxiliary": False},
        {"fill": "learned"},
    ],
    ids=str,
)
def test_every_later_field_of_a_regime_changes_the_name(change: dict[str, Any]) -> None:
    plain = RegimeSpec(name="full", drop=0.0)
    other = RegimeSpec(name="full", drop=0.0, **change)
    assert set(other.model_dump()) == {"name", "drop", *change}
    assert other.key() != plain.key()


@pytest.mark.parametrize(
    "change", [{"masks": "0a"}, {"frames": 0.1}, {"fill": "zero"}, {"corpus": "c"}], ids=str
)
def test_every_later_field_of_a_condition_changes_the_name(change: dict[str, Any]) -> None:
    plain = {"present": ("text",), "rate": 0.0, "mask_seed": 1}
    keys = {
        CellSpec(training="t", condition=ConditionSpec(**plain, **extra)).key()
        for extra in ({}, change)
    }
    assert len(keys) == 2


def test_a_later_field_survives_being_stored(plan_of: Callable[..., Plan]) -> None:
    for job in plan_of(["emotiwave"], ("missing_modality", OWN), seeds=1).jobs.values():
        stored = json.loads(json.dumps(job.spec.model_dump(mode="json")))
        assert TrainingSpec(**stored).key() == job.spec.key()


def test_what_a_regime_is_called_is_not_trained() -> None:
    subset = Regime("one_subset", "as one protocol calls it", present=("text",))
    other = Regime("per_condition", "as another does", present=("text",))
    assert regime_spec(subset) == regime_spec(other)
    assert regime_spec(replace(other, present=("audio",))) != regime_spec(other)
    assert regime_spec(Regime("anything", "")).name == "full"
    assert regime_spec(Regime("anything", "", drop=0.3)).name == "modality_dropout"


def test_every_way_of_training_has_a_name_of_its_own() -> None:
    ways: list[dict[str, Any]] = [
        {}, {"drop": 0.3}, {"rate": 0.1}, {"rate": 0.2}, {"present": ("text",)},
        {"present": ("audio",)}, {"single": True}, {"auxiliary": False},
        {"drop": 0.3, "fill": "learned"}, {"present": ("text",), "auxiliary": False},
    ]  # fmt: skip
    names = {regime_spec(Regime("r", "", **way)).name for way in ways}
    assert len(names) == len(ways)


def test_two_protocols_that_train_on_one_subset_share_the_training(
    plan_of: Callable[..., Plan],
) -> None:
    plan = plan_of([("emotiwave", {"epochs": "1"})], ("missing_modality", OWN), "ablation", seeds=1)
    ours, theirs = trainings(plan, "per_condition"), trainings(plan, "one_subset")
    for subset in ("text", "audio", "vision", "text+audio", "text+vision", "audio+vision"):
        assert ours[subset] == theirs[subset]
    # With everything shown nothing is restricted: that is the ordinary training.
    assert ours["full"] == trainings(plan, "full")["full"]
    assert len({key for keys in ours.values() for key in keys}) == 14


def test_a_cell_is_hung_on_its_training_once(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(["majority"], "missing_modality", "full_modalities", seeds=1)
    full = [job for job in plan.jobs.values() if job.spec.regime.name == "full"]
    assert len(full) == 1
    names = [cell.condition.name for cell in full[0].cells.values()]
    assert sorted(names) == sorted(set(names))


def test_the_complete_model_is_one_training_and_one_cell_under_both_its_names(
    plan_of: Callable[..., Plan],
) -> None:
    rows = plan_of(["late_fusion"], "ablation", seeds=1).grids[0].rows
    cells = {(row.regime, row.condition): (row.training, row.cell) for row in rows}
    assert cells["one_subset", "full"] == cells["full", "full"]
    assert cells["full", "full"][1] is not None
