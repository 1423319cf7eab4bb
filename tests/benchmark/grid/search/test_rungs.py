"""How far trials are trained, and how many of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.grid.search.rungs import rungs
from emobench.interface.training_config import TrainingConfig


def test_without_halving_every_trial_is_trained_to_its_end() -> None:
    (only,) = rungs(16, halving=False)
    assert only.trials == 16
    assert only.looks(TrainingConfig()) == 0


@given(st.integers(2, 200))
def test_fewer_and_fewer_trials_are_trained_further_and_further(trials: int) -> None:
    found = rungs(trials, halving=True)
    assert found[0].trials == trials
    assert all(a.trials >= b.trials >= 1 for a, b in zip(found, found[1:], strict=False))
    assert all(a.share < b.share for a, b in zip(found, found[1:], strict=False))
    assert found[-1].share == 1.0


@given(st.integers(1, 60), st.integers(0, 40))
def test_a_pause_lies_within_the_looks_of_a_training(looks: int, epochs: int) -> None:
    config = TrainingConfig(looks=looks, epochs=epochs)
    planned = epochs or looks
    paused = [rung.looks(config) for rung in rungs(16, halving=True)]
    assert paused[-1] == 0
    assert all(0 <= p < planned for p in paused)


@pytest.mark.parametrize("trials", [8, 16, 32])
def test_halving_plans_at_most_a_third_of_the_looks(trials: int) -> None:
    found = rungs(trials, halving=True)
    shares = [0.0, *(rung.share for rung in found)]
    planned = sum(rung.trials * (rung.share - shares[i]) for i, rung in enumerate(found))
    assert planned <= trials / 3
