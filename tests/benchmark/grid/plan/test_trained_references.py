"""A reference row without a closed form is trained like a model, and unranked like its kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emobench.discovery.registry import registry
from emobench.grid.plan.plan import Plan
from emobench.study.grids.request import _with_epoch_cap

TRAINED = ("mlp", "bilstm")


def test_it_is_trained_once_per_seed(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of([*TRAINED, "late_fusion"], "full_modalities", seeds=3)
    seeds = [(job.spec.model, job.spec.seed) for job in plan.jobs.values()]
    assert sorted(seeds) == sorted(
        [("late_fusion", 0), *((name, seed) for name in TRAINED for seed in range(3))]
    )


@pytest.mark.parametrize("name", TRAINED)
def test_a_cap_on_epochs_holds_for_it(name: str) -> None:
    assert _with_epoch_cap(registry("model")[name], {}, 2) == {"epochs": "2"}
    assert _with_epoch_cap(registry("model")["late_fusion"], {}, 2) == {}


def test_vectors_for_missing_modalities_are_learned_with_it(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(["mlp"], ("missing_modality", {"fill": "all"}), seeds=1)
    rows = [row for row in plan.grids[0].rows if row.regime == "learned_fill"]
    assert rows
    assert not any(row.skipped for row in rows)
