"""A named preset in a plan: as a row of its own, and in a published setting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emobench.contract import Subject
from emobench.discovery.registry import registry
from emobench.grid.plan.plan import Plan

TRANSFORMER = ("emotiwave", {"preset": "transformer"})


def test_it_is_a_row_that_says_so(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(["emotiwave", TRANSFORMER], seeds=1)
    labels = [grid.candidate.label for grid in plan.grids]
    assert labels == ["emotiwave", "emotiwave:preset=transformer"]
    configs = [job.spec.config for job in plan.jobs.values()]
    assert [c["fusion"] for c in configs] == ["concat", "transformer"]
    assert configs[1]["learning_rate"] == 5e-5


@pytest.mark.parametrize(("options", "units"), [({}, 64), ({"units": "16"}, 16)])
def test_a_settings_preset_is_taken_and_the_rows_options_stay(
    plan_of: Callable[..., Plan], options: dict[str, str], units: int
) -> None:
    (candidate,) = [g.candidate for g in plan_of([("emotiwave", options)], seeds=1).grids]
    changed = candidate.changed({"preset": "transformer", "width": "32"}, "")
    found: dict[str, Any] = changed.config
    assert (found["units"], found["width"], found["plateau"]) == (units, 32, 5)


def test_the_check_builds_it_and_learns_by_heart_at_an_ordinary_rate() -> None:
    subject = Subject(registry("model")["cross_modal_attention"], {"preset": "iemocap"})
    assert subject.config.learning_rate == 1e-5
    assert subject.build().config.accumulation == 4
    assert subject.ordinary_training["learning_rate"] == 1e-3
