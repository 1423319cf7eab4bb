"""What the tables of docs/statistics.md say of ranks and power, on smaller samples."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[3] / "docs" / "benchmarks" / "ranks_and_power.py"


@pytest.fixture(scope="module")
def benchmark() -> Any:
    """The script of the tables, as a module."""
    spec = importlib.util.spec_from_file_location("emobench_ranks_and_power", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_a_draw_has_the_score_that_is_said_to_be_true(benchmark: Any) -> None:
    world = benchmark.World(speakers=3000, utterances=12, seeds=2, training=0.0, both=0.0)
    found, _ = benchmark.read(world.draw((0.4, 0.7), 0))
    assert [one.value for one in found] == pytest.approx([0.4, 0.7], abs=0.015)


@pytest.mark.slow
def test_two_equal_models_share_a_rank(benchmark: Any) -> None:
    level = benchmark.rank_level(benchmark.World(), (0.6, 0.6), 500)
    assert level.shared >= 0.95


@pytest.mark.slow
def test_six_models_are_ranked_wrongly_once_in_twenty_at_most(benchmark: Any) -> None:
    scores = (0.6, 0.6, 0.6, 0.7, 0.7, 0.7)
    level = benchmark.rank_level(benchmark.World(), scores, 200)
    assert level.family <= 0.05
    assert level.uncorrected > 0.1  # what ranks without a correction would get wrong


@pytest.mark.slow
def test_a_model_that_is_better_is_found_to_be(benchmark: Any) -> None:
    world = benchmark.World(speakers=60, taste=0.1, training=0.02)
    level = benchmark.rank_level(world, (0.5, 0.7), 50)
    assert level.shared < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("gap", [0.05, 0.08, 0.12])
def test_predicted_power_is_observed(benchmark: Any, gap: float) -> None:
    chance = benchmark.chance_of(benchmark.World(), gap, 500)
    assert chance.observed == pytest.approx(chance.predicted, abs=0.05)


@pytest.mark.slow
def test_planned_contrasts_keep_their_level(benchmark: Any) -> None:
    assert benchmark.holm_level(benchmark.World(), (0.6, 0.6, 0.6, 0.8, 0.6), 300) <= 0.06
