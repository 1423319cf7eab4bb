"""Schedules change step sizes as they say, and one that cannot act is known."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from emobench import RequestError, TrainingConfig
from emobench.training.loop import train
from emobench.training.schedule import SCHEDULES, cosine_factor, idle_schedule


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 3000), st.floats(0, 0.5))
def test_the_cosine_rises_once_and_then_falls_towards_zero(total: int, warmup: float) -> None:
    factors = [cosine_factor(update, total, warmup) for update in range(total)]
    top = factors.index(max(factors))
    assert all(0 < f <= 1 for f in factors)
    assert max(factors) > 0.99 or total < 4
    assert factors[: top + 1] == sorted(factors[: top + 1])
    assert factors[top:] == sorted(factors[top:], reverse=True)
    assert factors[-1] <= factors[0] + 1e-9 or top == 0
    assert math.isclose(top + 1, max(1.0, warmup * total), abs_tol=1.0)


def rates(made, config: TrainingConfig, scores: list[float]) -> list[float]:
    """The step size at each look of a training with these dev scores."""
    session = made.Session(config, [made.batch(8)] * 3, [(s, 1.0) for s in scores])
    train(made.Net(config=config), session)
    return [record["learning_rate"] for record in session.epochs]


def test_a_cosine_training_ends_near_zero_and_a_constant_one_where_it_began(made) -> None:
    config = made.Config(min_updates=200, min_epochs=0, looks=10, learning_rate=0.1, patience=99)
    found = rates(made, config, [i / 10 for i in range(10)])
    assert max(found) > 0.08
    assert found[-1] < 0.001
    constant = replace(config, schedule="constant")
    assert rates(made, constant, [i / 10 for i in range(10)]) == [0.1] * 10


def test_a_budget_in_epochs_has_a_cosine_too(made) -> None:
    config = made.Config(epochs=20, learning_rate=0.1, patience=99)
    session = made.Session(config, [made.batch(8)] * 3, [(i, 1.0) for i in range(20)])
    train(made.Net(config=config), session)
    assert session.epochs[-1]["learning_rate"] < 0.001


def test_a_plateau_lowers_the_step_size_and_trains_on(made) -> None:
    config = made.Config(
        min_updates=60,
        min_epochs=0,
        looks=12,
        learning_rate=0.1,
        schedule="plateau",
        plateau=2,
        patience=6,
    )
    found = rates(made, config, [0.5] + [0.4] * 11)
    assert idle_schedule(config) == ""
    assert 0.05 in found
    assert found[0] == 0.1


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 6), st.integers(1, 12), st.integers(1, 20),
    st.booleans(),
)  # fmt: skip
def test_a_plateau_is_called_idle_exactly_when_no_score_can_make_it_act(
    plateau: int, patience: int, looks: int, in_epochs: bool
) -> None:
    budget = (
        {"epochs": looks}
        if in_epochs
        else {"min_updates": 10 * looks, "min_epochs": 0, "looks": looks}
    )
    config = TrainingConfig(
        schedule="plateau", plateau=plateau, patience=patience, learning_rate=1.0, **budget
    )
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    schedule = SCHEDULES["plateau"]([optimizer], config)
    stale, lowered = 0, False
    # The worst case for progress: the first look is the best one.
    for look in range(looks):
        lowered = lowered or optimizer.param_groups[0]["lr"] < 1.0  # an update at a lowered rate
        schedule.look({"dev_macro_f1": 0.5 if look == 0 else 0.4})
        stale = 0 if look == 0 else stale + 1
        if stale >= patience:
            break
    assert lowered == (idle_schedule(config) == "")


def test_a_config_whose_schedule_and_plateau_contradict_is_refused() -> None:
    with pytest.raises(RequestError, match="schedule=cosine and plateau=3 do not fit"):
        TrainingConfig(plateau=3)
    with pytest.raises(RequestError, match="needs plateau of at least 1"):
        TrainingConfig(schedule="plateau")
    with pytest.raises(RequestError, match="schedule"):
        TrainingConfig(schedule="cosinus")


def test_a_plateau_can_follow_the_train_loss(made) -> None:
    config = made.Config(
        min_updates=40, min_epochs=0, looks=8, schedule="plateau", plateau=1, patience=99,
        plateau_watches="train_loss",
    )  # fmt: skip
    # The train loss stands still while dev macro-F1 rises.
    session = made.Session(config, [made.batch(8)], [(i / 10, 1.0) for i in range(8)])
    model = made.Net(config=config)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    train(model, session, step=lambda batch: 1.0, optimizer=optimizer)
    assert session.epochs[-1]["learning_rate"] < 0.1


def test_a_second_loop_with_the_same_optimiser_starts_at_the_full_step_size(made) -> None:
    # A cosine ends near zero: a stage after it would train at nothing, without a word.
    config = made.Config(min_updates=40, min_epochs=0, looks=4, patience=99)
    session = made.Session(config, [made.batch(8)], [(i, 1.0) for i in range(9)])
    model = made.Net(config=config)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        train(model, session, optimizer=optimizer)
    rates = [record["learning_rate"] for record in session.epochs]
    assert rates[:4] == rates[4:]
    assert max(rates) > 0.05
    assert optimizer.param_groups[0]["lr"] == 0.1
