"""A training that diverges ends at once, says where, and keeps its best weights."""

from __future__ import annotations

import math

import pytest
import torch

from emobench.interface.batch import NotFiniteError
from emobench.training.course import EXPLOSION, FIRST, DivergenceError
from emobench.training.loop import train


def breaking(net, update, value):
    """A model whose loss is multiplied by `value` from an update on, counted from 1."""

    class Breaking(net):
        seen = 0

        def loss(self, output, batch):
            self.seen += 1
            return super().loss(output, batch) * (value if self.seen >= update else 1.0)

    return Breaking


@pytest.mark.parametrize(
    ("update", "value", "said"),
    [
        (1, math.nan, r"training loss became nan before look 1 at dev \(in pass 1 .* update 1\)"),
        (5, math.inf, r"training loss became inf before look 3 at dev \(in pass 3 .* update 5\)"),
        (6, math.nan, r"training loss became nan before look 3 at dev \(in pass 3 .* update 6\)"),
        (
            13, 1e12,
            r"training loss exploded to .* \(at first it was .* before look 7 at dev "
            r"\(in pass 7 over train, update 13\)",
        ),
    ],
)  # fmt: skip
def test_pass_update_and_look_are_said(made, update, value, said):
    config = made.Config(epochs=20, patience=99)
    session = made.Session(config, [made.batch(6), made.batch(3)])
    with pytest.raises(DivergenceError, match=said):
        train(breaking(made.Net, update, value)(config=config), session)
    assert len(session.epochs) == (update - 1) // 2


def test_the_weights_of_the_best_look_come_with_it(made):
    config = made.Config(epochs=20, patience=99)
    scores = [(0.2, 1.0), (0.6, 1.0), (0.4, 1.0), (0.5, 1.0)]
    session = made.Session(config, [made.batch(6)], scores=scores)
    with pytest.raises(DivergenceError) as caught:
        train(breaking(made.Net, 4, math.nan)(config=config), session)
    assert (caught.value.look, caught.value.score) == (2, 0.6)
    for name, kept in caught.value.weights.items():
        assert torch.equal(kept, session.seen[1][name])
        assert torch.isfinite(kept).all()


def test_before_any_look_there_are_none(made):
    config = made.Config(epochs=2)
    with pytest.raises(DivergenceError) as caught:
        train(breaking(made.Net, 1, math.nan)(config=config), made.Session(config, [made.batch(6)]))
    assert caught.value.weights == {}
    assert caught.value.look is None


def test_a_gradient_that_is_not_finite_changes_no_weight(made):
    class Rooted(made.Net):
        def loss(self, output, batch):
            # The root of a square has no slope at zero: the loss is finite, its gradient is not.
            return super().loss(output, batch) + (self.linear.weight * 0).square().sum().sqrt()

    config = made.Config(epochs=2)
    model = Rooted(config=config)
    before = model.linear.weight.clone()
    with pytest.raises(DivergenceError, match=r"norm of the gradient became nan .*update 1\)"):
        train(model, made.Session(config, [made.batch(6)]))
    assert torch.equal(model.linear.weight, before)


def test_a_dev_split_that_cannot_be_answered_says_which_look(made):
    class Blind(made.Session):
        def dev_score(self, model):
            if len(self.epochs) == 1:
                raise NotFiniteError("the logits of 2 of 6 utterances are NaN or infinite")
            return 0.5, 1.0

    config = made.Config(epochs=5, patience=9)
    with pytest.raises(DivergenceError, match=r"at dev the logits of 2 of 6 .* before look 2 .*"):
        train(made.Net(config=config), Blind(config, [made.batch(6)]))


def test_a_loss_may_start_large_and_vary_a_lot(made):
    class Wild(made.Net):
        seen = 0

        def loss(self, output, batch):
            self.seen += 1
            wild = 1e5 if self.seen % 7 == 0 else 1e9 if self.seen < FIRST else 1.0
            return super().loss(output, batch) * wild

    config = made.Config(epochs=20, patience=99, learning_rate=0.0)
    session = made.Session(config, [made.batch(6)])
    train(Wild(config=config), session)
    assert len(session.epochs) == 20
    assert EXPLOSION >= 1e6
