from __future__ import annotations

import sys

import numpy as np
import pytest
import torch

from emobench import Batch, Sequence, Task
from emobench.discovery.registry import registry
from emobench.training.seeding import seeded

SIZES = {"text": 2, "audio": 3}


@pytest.fixture(scope="module")
def kind():
    return registry("model")["mlp"].load()


def sequence(lengths, size, seed=0):
    """Random steps; the padding holds what must not be read."""
    values = torch.randn(
        len(lengths), max(1, *lengths), size, generator=torch.Generator().manual_seed(seed)
    )
    found = Sequence(values, torch.tensor(lengths))
    return Sequence(values.masked_fill(~found.mask[..., None], 99.0), found.lengths)


def batch(text, audio):
    inputs = {"text": {"x": sequence(text, 2, 1)}, "audio": {"x": sequence(audio, 3, 2)}}
    present = {m: found["x"].lengths > 0 for m, found in inputs.items()}
    return Batch(tuple(map(str, text)), inputs, present, torch.zeros(len(text), dtype=torch.long))


def build(kind, **config):
    task = Task(("a", "b"), {m: {"x": size} for m, size in SIZES.items()}, (3, 3))
    with seeded(0):
        return kind(task, kind.Config(**config)).eval()


def test_the_statistics_are_those_of_the_real_steps(kind):
    given = sequence([4, 1, 0], 2)
    found = sys.modules[kind.__module__].statistics(given).numpy()
    for i, n in enumerate([4, 1]):
        real = given.values[i, :n].numpy()
        wanted = [real.mean(0), real.std(0), real.max(0), real.min(0)]
        np.testing.assert_allclose(found[i], np.concatenate(wanted), atol=1e-6)
    assert not found[2].any()


def test_a_constant_signal_has_a_finite_gradient(kind):
    values = torch.ones(1, 3, 2, requires_grad=True)
    found = sys.modules[kind.__module__].statistics(Sequence(values, torch.tensor([3])))
    found.sum().backward()
    assert values.grad is not None
    assert torch.isfinite(values.grad).all()


def test_two_layers_read_four_numbers_of_each_feature(kind):
    model = build(kind, hidden=7)
    shapes = [tuple(p.shape) for p in model.layers.parameters()]
    assert shapes == [(7, 4 * 5), (7,), (2, 7), (2,)]


def test_a_learned_vector_stands_for_an_absent_modality(kind):
    model, given = build(kind), batch([3, 3], [2, 0])
    with torch.no_grad():
        before = model(given).logits
        model.absent["audio"] += 1.0
        after = model(given).logits
    assert torch.equal(before[0], after[0])
    assert not torch.equal(before[1], after[1])
