"""A smaller draw of the campaign of studies without any difference."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binom

PLACE = Path(__file__).parents[2] / "docs" / "benchmarks" / "torture" / "studies.py"
SLOWLY = 100


@pytest.fixture(scope="module")
def studies() -> Any:
    name = "emobench_torture_studies"
    spec = importlib.util.spec_from_file_location(name, PLACE)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_study_without_a_difference_is_planned_and_run(studies: Any, tmp_path: Path) -> None:
    found = studies.null_study(tmp_path / "results", studies.DESIGNS[0], 3)
    assert found.chain.is_before_results
    assert found.changes == ()
    assert len(found.comparisons) == 10
    assert all(one.is_done and one.p_value <= one.holm <= 1 for one in found.comparisons)


@pytest.mark.slow
def test_a_plan_rarely_finds_what_is_not_there(studies: Any, tmp_path: Path) -> None:
    outcomes = [
        studies.null_study(tmp_path / str(i), studies.DESIGNS[i % len(studies.DESIGNS)], 77_000 + i)
        for i in range(SLOWLY)
    ]
    wrong = sum(any(one.is_different for one in o.comparisons) for o in outcomes)
    alone = sum(any(one.p_value < 0.05 for one in o.comparisons) for o in outcomes)
    # At a level of 5% more than this is seen once in a thousand draws.
    assert wrong <= binom.ppf(0.999, SLOWLY, 0.05)
    assert alone > wrong  # the studies are no easy ones
