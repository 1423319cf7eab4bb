from __future__ import annotations

import math
import random

import numpy as np
import pytest
import torch
from torch import nn

from emobench import Model, ModelError, Output
from emobench.denormals import flushes_denormals
from emobench.interface.batch import validate_output
from emobench.training.loop import train
from emobench.training.seeding import seeded


def weights(model) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def net(made, config=None, seed: int = 0, kind=None):
    with seeded(seed):
        return (kind or made.Net)(config=config)


def sgd(kind):
    """The model with plain gradient descent, whose step shows the gradient itself."""

    class Plain(kind):
        def optimizer(self):
            return torch.optim.SGD(self.parameters(), lr=0.5)

    return Plain


def test_it_learns_a_small_task(made):
    config = made.Config(epochs=40, learning_rate=0.05)
    model, batch = net(made, config), made.batch(60)
    before = (model(batch).logits.argmax(1) == batch.labels).float().mean()
    train(model, made.Session(config, [batch], [(e / 100, 1.0) for e in range(100)]))
    after = (model(batch).logits.argmax(1) == batch.labels).float().mean()
    assert after > 0.95 > before


def test_it_stops_when_patience_is_at_its_end_and_restores_the_best_epoch(made):
    config = made.Config(epochs=50, patience=3, learning_rate=0.05)
    scores = [(0.1, 1.0), (0.5, 1.0), (0.4, 1.0), (0.5, 2.0), (0.3, 0.1), (0.9, 0.0)]
    model, session = net(made, config), made.Session(config, [made.batch(20)], scores)
    train(model, session)
    assert [e["epoch"] for e in session.epochs] == [1, 2, 3, 4, 5]
    assert session.best_epoch == 2
    assert all(torch.equal(v, session.seen[1][k]) for k, v in model.state_dict().items())
    assert not all(torch.equal(v, session.seen[-1][k]) for k, v in model.state_dict().items())


def test_of_two_equal_scores_the_lower_dev_loss_is_better(made):
    config = made.Config(epochs=3, patience=9)
    session = made.Session(config, [made.batch(20)], [(0.5, 1.0), (0.5, 0.9), (0.5, 1.1)])
    train(net(made, config), session)
    assert session.best_epoch == 2


def test_no_more_epochs_than_the_config_allows(made):
    config = made.Config(epochs=4)
    session = made.Session(config, [made.batch(9)], [(e / 10, 1.0) for e in range(1, 9)])
    train(net(made, config), session)
    assert len(session.epochs) == session.best_epoch == 4


def test_a_second_stage_counts_its_epochs_on(made):
    config = made.Config(epochs=2)
    session = made.Session(config, [made.batch(9)], [(e / 10, 1.0) for e in range(1, 9)])
    model = net(made, config)
    train(model, session)
    train(model, session)
    assert [e["epoch"] for e in session.epochs] == [1, 2, 3, 4]
    assert session.best_epoch == 4


def test_the_reported_training_loss_is_the_mean_over_utterances(made):
    config = made.Config(epochs=1, learning_rate=0.0, weight_decay=0.0)
    batch = made.batch(10)
    model = net(made, config)
    expected = model.loss(model(batch), batch).item()
    session = made.Session(config, [made.part(batch, slice(0, 7)), made.part(batch, slice(7, 10))])
    train(model, session)
    assert session.epochs[0]["train_loss"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("accumulation", [2, 4])
def test_accumulated_small_batches_step_like_one_large_batch(made, accumulation):
    batch = made.batch(8 * accumulation)
    small = [made.part(batch, slice(i, i + 8)) for i in range(0, len(batch), 8)]
    results = []
    for steps, batches in ((1, [batch]), (accumulation, small)):
        config = made.Config(epochs=1, accumulation=steps, clip_norm=0)
        model = net(made, config, kind=sgd(made.Net))
        train(model, made.Session(config, batches))
        results.append(weights(model))
    assert torch.allclose(*results, atol=1e-6)
    assert not torch.allclose(results[0], weights(net(made)), atol=1e-3)


def test_a_last_partial_accumulation_is_applied(made):
    config = made.Config(epochs=1, accumulation=5)
    model = net(made, config, kind=sgd(made.Net))
    before = weights(model)
    train(model, made.Session(config, [made.batch(8)]))
    assert not torch.equal(before, weights(model))


def test_gradients_are_clipped_to_the_norm_and_zero_switches_it_off(made):
    def step(clip_norm):
        config = made.Config(epochs=1, clip_norm=clip_norm)
        model = net(made, config, kind=sgd(made.Net))
        before = weights(model)
        train(model, made.Session(config, [made.batch(8, scale=50.0)]))
        return (weights(model) - before).norm().item() / 0.5

    assert step(0) > 10
    assert step(0.1) == pytest.approx(0.1, rel=1e-3)
    assert step(1e9) == pytest.approx(step(0), rel=1e-5)


@pytest.mark.parametrize("how", ["added", "exchanged"])
def test_parameters_that_come_during_a_training_are_clipped_too(made, how):
    """Parameters are not listed anew for every update, but when the optimiser has others."""
    norms = []

    class Growing(sgd(made.Net)):
        def forward(self, batch):
            output = super().forward(batch)
            return Output(output.logits * self.scale) if hasattr(self, "scale") else output

        def optimizer(self):
            self.made = super().optimizer()
            self.made.register_step_pre_hook(lambda *_: norms.append(self.norm()))
            self.made.register_step_post_hook(lambda *_: self.grow())
            return self.made

        def norm(self):
            grads = [p.grad.flatten() for p in self.parameters() if p.grad is not None]
            return torch.cat(grads).norm().item()

        def grow(self):
            if hasattr(self, "scale"):
                return
            self.scale = torch.nn.Parameter(torch.full((), 30.0))
            (group,) = self.made.param_groups
            if how == "exchanged":
                gone, self.linear.bias = self.linear.bias, None
                group["params"] = [p for p in group["params"] if p is not gone]
            group["params"].append(self.scale)

    config = made.Config(epochs=1, clip_norm=0.1)
    train(net(made, config, kind=Growing), made.Session(config, [made.batch(8, scale=50.0)] * 3))
    assert norms == pytest.approx([0.1] * 3, rel=1e-3)


def test_the_schedule_is_stepped_with_the_dev_score(made):
    stepped = []

    class Scheduler:
        def step(self, score):
            stepped.append(score)

    class Scheduled(made.Net):
        def scheduler(self, optimizer):
            return Scheduler()

    config = made.Config(epochs=2)
    session = made.Session(config, [made.batch(8)], [(0.2, 1.0), (0.3, 1.0)])
    train(net(made, config, kind=Scheduled), session)
    assert stepped == [0.2, 0.3]


class Returning(Model):
    """Returns what a test tells it to."""

    def __init__(self, task, config, give):
        super().__init__(task, config)
        self.weight = nn.Parameter(torch.zeros(1))
        self.give = give

    def forward(self, batch):
        return self.give(self.weight, len(batch))


def with_nan(weight, size):
    logits = (torch.zeros(size, 3) + weight).clone()
    logits[2, 1] = math.nan
    logits[4] = math.inf
    return Output(logits)


@pytest.mark.parametrize(
    ("give", "complaint"),
    [
        (
            lambda w, n: Output(torch.zeros(n, 4) + w),
            r"logits have shape \(6, 4\), expected \(6, 3\)",
        ),
        (lambda w, n: Output(torch.zeros(3) + w), r"logits have shape \(3,\), expected \(6, 3\)"),
        (lambda w, n: torch.zeros(n, 3) + w, r"forward returned Tensor, not an Output with logits"),
        (lambda w, n: None, r"forward returned NoneType, not an Output"),
        (with_nan, r"logits of 2 of 6 utterances are NaN or infinite"),
        (
            lambda w, n: Output(torch.zeros(n, 3) + w, losses={"x": w.sum() * math.nan}),
            r"training loss became nan before look 1 at dev",
        ),
    ],
)
def test_a_broken_contract_is_one_clear_sentence(made, give, complaint):
    config = made.Config(epochs=2)
    model = Returning(made.task, config, give)
    with pytest.raises(ModelError, match=complaint):
        train(model, made.Session(config, [made.batch(6)]))


def test_a_correct_output_is_passed_on(made):
    batch = made.batch(6)
    output = Output(torch.zeros(6, 3))
    assert validate_output(output, batch, 3) is output


def real_training(small, seed: int):
    """Weights of a real model after two epochs on the simulated corpus."""
    model = small.model("emotiwave", units=4, hidden=8, epochs=2)
    view = small.view("emotiwave")
    with seeded(seed):
        model.fit(small.session(view, model.config, drop=0.3, seed=seed))
    return weights(model)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(small):
    first, again, other = (real_training(small, seed) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_training_touches_no_global_random_state(small):
    def state():
        return (
            torch.random.get_rng_state().numpy().tobytes(),
            repr(np.random.get_state()),  # noqa: NPY002
            random.getstate(),
        )

    torch.manual_seed(4)
    np.random.seed(4)  # noqa: NPY002
    before = state()
    after_one = real_training(small, 1)
    assert state() == before
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    assert torch.equal(real_training(small, 1), after_one)


def test_a_step_of_its_own_takes_the_place_of_the_ordinary_one(made):
    config = made.Config(epochs=2, patience=9, schedule="constant")
    model, batches = net(made, config), [made.batch(6), made.batch(3)]
    session, seen = made.Session(config, batches), []

    def step(batch) -> float:
        seen.append(len(batch))
        return float(len(batch))

    before = weights(model)
    train(model, session, step=step, stage="own")
    assert seen == [6, 3, 6, 3]
    assert torch.equal(weights(model), before)
    assert [e["stage"] for e in session.epochs] == ["own", "own"]
    assert session.epochs[0]["train_loss"] == pytest.approx((6 * 6 + 3 * 3) / 9)


def test_a_stage_has_its_own_epochs_and_optimizer(made):
    config = made.Config(epochs=2, patience=9, accumulation=1)
    model, session = net(made, config), made.Session(config, [made.batch(6)])
    still = torch.optim.SGD(model.parameters(), lr=0.0)
    before = weights(model)
    train(model, session, config=made.replace(config, epochs=3), optimizer=still, stage="one")
    assert torch.equal(weights(model), before)
    train(model, session, stage="two")
    assert [e["stage"] for e in session.epochs] == ["one"] * 3 + ["two"] * 2


def test_a_loss_that_is_not_finite_changes_no_weight(made):
    class Broken(made.Net):
        def loss(self, output, batch):
            return super().loss(output, batch) * float("inf")

    model = net(made, kind=Broken)
    before = weights(model)
    with pytest.raises(ModelError, match="training loss became inf"):
        train(model, made.Session(model.config, [made.batch(6)]))
    assert torch.equal(weights(model), before)


@pytest.mark.parametrize("batches", [1, 2, 3, 4])
def test_a_short_accumulation_is_the_mean_of_its_own_batches(made, batches):
    # Before, it was divided by the full accumulation: too small a gradient.
    batch = made.batch(8 * batches)
    small = [made.part(batch, slice(i, i + 8)) for i in range(0, len(batch), 8)]
    results = []
    for accumulation, given in ((1, [batch]), (5, small)):
        config = made.Config(epochs=1, accumulation=accumulation, clip_norm=0)
        model = net(made, config, kind=sgd(made.Net))
        train(model, made.Session(config, given))
        results.append(weights(model))
    assert torch.allclose(*results, atol=1e-6)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_a_budget_in_updates_is_the_same_whatever_the_size_of_the_corpus(made, size):
    config = made.Config(min_updates=50, min_epochs=0, looks=6, patience=99)
    session = made.Session(config, [made.batch(2)] * size, [(i, 1.0) for i in range(9)])
    train(net(made, config), session)
    assert [e["updates"] for e in session.epochs] == [8, 17, 25, 33, 42, 50]
    assert session.epochs[-1]["passes"] == 50 // size


@pytest.mark.parametrize("accumulation", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 7, 30])
def test_a_large_corpus_gets_its_passes_and_a_small_one_its_updates(made, size, accumulation):
    config = made.Config(
        min_updates=20, min_epochs=2, looks=4, patience=99, accumulation=accumulation
    )
    session = made.Session(config, [made.batch(2)] * size)
    train(net(made, config), session)
    assert session.epochs[-1]["updates"] >= 20
    assert session.epochs[-1]["passes"] >= 2
    # One of the two decides: with an update less it would not be reached.
    assert session.epochs[-1]["updates"] == max(20, math.ceil(2 * size / accumulation))
    assert len(session.epochs) == 4


def test_losses_of_several_kinds_are_reported_apart(made):
    # Before, the mean of both was called the training loss.
    config = made.Config(min_updates=8, min_epochs=0, looks=2, patience=99, schedule="constant")
    session = made.Session(config, [made.batch(4)], [(i, 1.0) for i in range(9)])
    turns = iter(range(8))

    def step(batch):
        turn = next(turns)
        return {"translation": 50.0} if turn % 4 == 0 else {"classification": float(turn)}

    train(net(made, config), session, step=step)
    first, second = session.epochs
    assert first["train_loss"] == 2.0
    assert second["train_loss"] == 6.0
    assert first["losses"] == {"translation": 50.0, "classification": 2.0}


def test_a_look_without_a_classification_loss_has_no_training_loss(made):
    config = made.Config(min_updates=1, min_epochs=0, looks=1, schedule="constant")
    session = made.Session(config, [made.batch(4)], [(0.1, 1.0)])
    train(net(made, config), session, step=lambda batch: {"translation": 2.0})
    assert session.epochs[0]["train_loss"] is None


def test_patience_counts_looks(made):
    config = made.Config(min_updates=100, min_epochs=0, looks=20, patience=3)
    session = made.Session(config, [made.batch(4)] * 7, [(0.5, 1.0)] + [(0.1, 1.0)] * 30)
    train(net(made, config), session)
    assert [e["updates"] for e in session.epochs] == [5, 10, 15, 20]


def test_a_training_loop_flushes_them(made):
    seen = []

    class Watching(made.Net):
        def forward(self, batch):
            seen.append(flushes_denormals())
            return super().forward(batch)

    config = made.Config(min_updates=2, min_epochs=0, looks=1)
    train(Watching(config=config), made.Session(config, [made.batch(4)]))
    assert seen
    assert all(seen)
    assert not flushes_denormals()


def test_a_step_whose_optimisers_no_schedule_reaches_is_refused(made):
    config = made.Config(min_updates=2, min_epochs=0, looks=1)
    session = made.Session(config, [made.batch(4)])
    with pytest.raises(ModelError, match="schedule=cosine cannot reach"):
        train(net(made, config), session, step=lambda batch: 1.0)
