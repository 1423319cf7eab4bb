"""Intervals contain the truth as often as they say, where it is known: a smaller measurement."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[3] / "docs" / "benchmarks" / "interval_coverage.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("interval_coverage", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_candidate_is_measured(script: ModuleType) -> None:
    found = script.coverage(script.World(1.0, 0.0), speakers=5, utterances=12, draws=2)
    assert len(found) == 5
    for one in found.values():
        assert all(0 <= held <= 1 for held in one.held)
        assert all(width > 0 for width in one.width)


@pytest.mark.parametrize("reader", ["first", "second"])
def test_the_truth_is_what_very_many_speakers_score(script: ModuleType, reader: str) -> None:
    world = script.World(1.0, 0.0)
    sample = script.draw(world, 400, 10, 1, 7)
    measure = next(m for m in script.MEASURES if m.name == "macro_f1")
    counts = sample.by_speaker[list(script.READERS).index(reader)]
    assert float(measure.of(counts.total, False).mean()) == pytest.approx(
        world.truth(reader, measure), abs=0.02
    )


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [1, 3])
def test_the_truth_is_within_the_interval_as_often_as_it_says(
    script: ModuleType, seeds: int
) -> None:
    world = script.World(1.0, 0.0 if seeds == 1 else 0.6)
    found = script.coverage(world, seeds=seeds, draws=300, only=("jackknife-t", "utterances"))
    (used,) = (one for name, one in found.items() if "used" in name)
    (before,) = (one for name, one in found.items() if "utterances" in name)
    # 300 draws of a true 95% stay within these limits in 99.6 of 100 repetitions.
    assert all(0.91 <= held <= 0.985 for held in used.held)
    assert before.held[0] < 0.8
