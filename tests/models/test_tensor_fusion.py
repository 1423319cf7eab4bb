from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest
import torch

from emobench import Batch, RequestError, Sequence, Task
from emobench.contract import Subject, run_suite
from emobench.discovery.registry import registry
from emobench.training.seeding import seeded

THREE = ("text", "audio", "vision")
SIZES = {"text": 5, "audio": 4, "vision": 3}
SMALL = Task(("a", "b", "c"), {m: {"x": SIZES[m]} for m in THREE}, (1, 1, 1))
UNITS = {"text_units": 3, "signal_units": 2, "hidden": 4}
ALL = {"text": 4, "audio": 6, "vision": 2}


@pytest.fixture(scope="module")
def kind():
    return registry("model")["tensor_fusion"].load()


@pytest.fixture(scope="module")
def tensor_fusion(kind):
    return sys.modules[kind.__module__].tensor_fusion


def build(kind, task=SMALL, **config):
    with seeded(0):
        return kind(task, kind.Config(**UNITS | config)).eval()


def batch(rows: list[dict[str, int]]) -> Batch:
    """Random values; a length of 0 is an absent modality."""
    inputs, present = {}, {}
    for m in THREE:
        steps = torch.tensor([row[m] for row in rows])
        values = torch.zeros(len(rows), max(1, int(steps.max())), SIZES[m])
        for i, n in enumerate(steps.tolist()):
            generator = torch.Generator().manual_seed(10 * i + len(m))
            values[i, :n] = torch.randn(n, SIZES[m], generator=generator)
        inputs[m], present[m] = {"x": Sequence(values, steps)}, steps > 0
    names = tuple(map(str, range(len(rows))))
    return Batch(names, inputs, present, torch.zeros(len(rows), dtype=torch.long))


def tensor_of(model, data):
    """The tensor ``[B, text + 1, audio + 1, vision + 1]`` that the inference subnetwork gets."""
    seen = []
    hook = model.inference.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.no_grad():
        model(data)
    hook.remove()
    return seen[0].view(len(data), 4, 3, 3)


@pytest.mark.parametrize("widths", [(2,), (3, 1), (4, 3, 2)])
def test_the_tensor_is_the_outer_product_with_ones_appended(tensor_fusion, widths):
    vectors = [np.random.default_rng(w).standard_normal((5, w)) for w in widths]
    extended = [np.concatenate([v, np.ones((5, 1))], axis=1) for v in vectors]
    letters = "xyz"[: len(widths)]
    expected = np.einsum(f"{','.join(f'b{x}' for x in letters)}->b{letters}", *extended)
    found = tensor_fusion([torch.from_numpy(v) for v in vectors])
    assert np.allclose(found.numpy(), expected.reshape(5, -1))


def test_the_tensor_holds_single_vectors_pairs_and_the_triple(kind):
    model, data = build(kind), batch([ALL])
    tensor = tensor_of(model, data)[0]
    with torch.no_grad():
        text, audio, vision = (model.embeddings[m](data[m])[0] for m in THREE)
    assert torch.equal(tensor[:3, 2, 2], text)
    assert torch.equal(tensor[3, :2, 2], audio)
    assert torch.equal(tensor[3, 2, :2], vision)
    assert torch.allclose(tensor[:3, :2, 2], text[:, None] * audio)
    assert torch.allclose(tensor[:3, :2, :2], torch.einsum("i,j,k->ijk", text, audio, vision))
    assert tensor[3, 2, 2] == 1


@pytest.mark.parametrize("absent", THREE)
def test_without_a_modality_the_products_of_the_others_remain_and_no_other(kind, absent):
    model = build(kind)
    axis = 1 + THREE.index(absent)
    whole, part = (tensor_of(model, batch([row])) for row in (ALL, ALL | {absent: 0}))
    last = whole.shape[axis] - 1
    assert torch.equal(part.select(axis, last), whole.select(axis, last))
    assert part.select(axis, last).abs().sum() > 1  # more than the constant
    assert not part.narrow(axis, 0, last).any()


def test_with_nothing_that_it_reads_the_answer_is_a_finite_constant(kind):
    model = build(kind)
    logits = model(batch([dict.fromkeys(THREE, 0), ALL])).logits
    assert torch.isfinite(logits).all()
    assert torch.equal(tensor_of(model, batch([dict.fromkeys(THREE, 0)])).sum(), torch.tensor(1.0))


def test_a_prediction_depends_on_neither_batch_mates_nor_padding(kind):
    model = build(kind)
    short, long = ALL, dict.fromkeys(THREE, 11)
    together = model(batch([short, long])).logits[0]
    alone = model(batch([short])).logits[0]
    assert torch.allclose(together, alone, atol=1e-6)


def test_words_are_read_in_order_and_signals_are_averaged(kind):
    model = build(kind)
    data = batch([ALL])
    for m, same in (("text", False), ("audio", True), ("vision", True)):
        sequence = data[m]
        turned = Sequence(sequence.values.flip(1), sequence.lengths)
        one, other = (model.embeddings[m](s) for s in (sequence, turned))
        assert torch.allclose(one, other, atol=1e-6) is same, m


@pytest.mark.parametrize("here", [("text",), ("audio", "vision")])
def test_a_task_without_a_modality_has_no_axis_for_it(kind, here):
    task = dataclasses.replace(SMALL, inputs={m: SMALL.inputs[m] for m in here})
    full = batch([ALL, ALL])
    data = dataclasses.replace(full, inputs={m: full.inputs[m] for m in here})
    model = build(kind, task)
    assert model.inference[0].in_features == {("text",): 4, ("audio", "vision"): 9}[here]
    assert model(data).logits.shape == (2, 3)


def test_the_published_preset_has_the_sizes_of_the_paper(kind):
    task = Task(("a", "b"), {"text": {"x": 300}, "audio": {"x": 74}, "vision": {"x": 35}}, (1, 1))
    model = kind(task, kind.presets["published"])
    assert model.embeddings["text"].lstm.onward.hidden_size == 128
    for m in ("audio", "vision"):
        layers = [x for x in model.embeddings[m].layers if isinstance(x, torch.nn.Linear)]
        assert [x.out_features for x in layers] == [32, 32, 32]
    assert model.inference[0].in_features == 129 * 33 * 33
    assert model.decision.in_features == 128


def test_sizes_that_make_no_sense_are_refused(kind):
    with pytest.raises(RequestError, match="must be at least 1"):
        kind.Config(signal_units=0)
    with pytest.raises(RequestError, match=r"dropout must be in \[0, 1\)"):
        kind.Config(dropout=1.0)


def test_side_by_side_it_has_no_products_and_a_smaller_first_layer(kind):
    whole, plain = build(kind), build(kind, fusion="concat")
    widths = [model.inference[0].in_features for model in (whole, plain)]
    assert widths == [(3 + 1) * (2 + 1) * (2 + 1), 3 + 2 + 2]
    first = "inference.0.weight"
    shapes = [{n: p.shape for n, p in m.named_parameters() if n != first} for m in (whole, plain)]
    assert shapes[0] == shapes[1]


def test_side_by_side_the_vectors_come_one_after_the_other(kind):
    model, seen = build(kind, fusion="concat"), []
    model.inference.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.no_grad():
        model(batch([ALL, ALL | {"audio": 0}, ALL | {"vision": 0}]))
        own = [layer(batch([ALL] * 3)[m]) for m, layer in model.embeddings.items()]
    (found,) = seen
    assert torch.allclose(found[0], torch.cat([one[0] for one in own]), atol=1e-6)
    # What is absent adds zeros in its place, and its place only.
    assert [found[1, a:b].any().item() for a, b in ((0, 3), (3, 5), (5, 7))] == [True, False, True]
    assert [found[2, a:b].any().item() for a, b in ((0, 3), (3, 5), (5, 7))] == [True, True, False]


def test_side_by_side_it_keeps_the_contract():
    subject = Subject(registry("model")["tensor_fusion"], {"fusion": "concat"})
    checks = ("gradients", "batch_mates", "padding_invariance")
    assert {r.check: r.verdict for r in run_suite(subject, checks)} == dict.fromkeys(
        checks, "passed"
    )
