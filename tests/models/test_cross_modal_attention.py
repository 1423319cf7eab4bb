from __future__ import annotations

import pytest
import torch

from emobench import TrainingConfig
from emobench.discovery.registry import registry


def build(small, variant="corrected"):
    return small.model("cross_modal_attention", variant, width=16, heads=2, dropout=0.0)


@pytest.fixture(scope="module")
def view(small):
    return small.view("cross_modal_attention")


def complete(view, rows):
    """Those of `rows` that have every modality."""
    return rows[view.available[rows].all(axis=1)]


def gradients(model, data):
    """Norms of the gradients of queries and keys, and of values, over both attentions."""
    model.train()
    model.loss(model(data), data).backward()
    width = model.width
    grads = [attention.in_proj_weight.grad for attention in model.attention.values()]
    asked = sum(g[: 2 * width].norm().item() for g in grads)
    return asked, sum(g[2 * width :].norm().item() for g in grads)


def test_as_published_queries_and_keys_learn_nothing_and_corrected_they_do(small, view):
    rows = complete(view, view.parts.train)[:16]
    data = view.batch(rows, view.available[rows])
    asked, given = gradients(build(small, "as_published"), data)
    assert asked < 1e-5 * given
    asked, given = gradients(build(small), data)
    assert asked > 1e-3 * given


def test_corrected_every_parameter_gets_a_gradient(small, view):
    rows = view.parts.train[:32]
    mask = view.available[rows].copy()
    mask[::2, 0] = False
    mask[::2, 1] |= ~mask[::2].any(axis=1)
    data = view.batch(rows, mask)
    model = build(small)
    model.train()
    model.loss(model(data), data).backward()
    silent = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


def test_as_published_a_batch_trains_on_its_mates_and_corrected_it_does_not(small, view):
    rows = complete(view, view.parts.train)[:6]
    for variant, same in (("corrected", True), ("as_published", False)):
        model = build(small, variant).train()
        few, more = (model(view.batch(r, view.available[r])).logits[:4] for r in (rows[:4], rows))
        assert torch.allclose(few, more, atol=1e-5) is same, variant


def test_an_absent_modality_adds_nothing_unless_as_published(small, view):
    rows = complete(view, view.parts.test)[:4]
    mask = view.available[rows].copy()
    mask[:, 1] = False
    data = view.batch(rows, mask)
    for variant, silent in (("corrected", True), ("as_published", False)):
        model = build(small, variant).eval()
        seen = []
        model.head.register_forward_pre_hook(lambda _, given, seen=seen: seen.append(given[0]))
        model(data)
        # text, then the blocks of audio and vision
        assert bool((seen[0][:, 16:24] == 0).all()) is silent, variant
        assert (seen[0][:, 24:] != 0).any()


def test_without_text_the_learned_query_answers_and_the_others_still_count(small, view):
    rows = complete(view, view.parts.test)[:4]
    mask = view.available[rows].copy()
    mask[:, 0] = False
    model = build(small).eval()
    logits = model(view.batch(rows, mask)).logits
    assert torch.isfinite(logits).all()
    model.no_text.data += 1
    assert not torch.allclose(logits, model(view.batch(rows, mask)).logits)
    assert not torch.allclose(logits[0], logits[1])


def test_the_class_balanced_drawing_is_the_corrected_one(small):
    assert build(small).config.sampling == "class_balanced"
    assert build(small, "as_published").config.sampling == "uniform"


def test_the_published_preset_has_the_published_sizes():
    config = registry("model")["cross_modal_attention"].load().presets["published"]
    assert isinstance(config, TrainingConfig)
    assert (config.width, config.heads, config.loss, config.focal_gamma) == (512, 8, "focal", 2)
    assert (config.accumulation, config.weight_decay, config.learning_rate) == (2, 1e-5, 2e-5)


@pytest.mark.parametrize("inputs", [("audio",), ("text", "vision"), ("text",)])
def test_it_runs_on_a_corpus_that_lacks_a_modality(small, view, tools, inputs):
    kind = type(build(small))
    names = {m: tuple(view.features[m]) for m in inputs}
    part = small.view_of(names)
    model = kind(part.task, kind.Config(width=16, heads=2))
    rows = part.parts.test[:5]
    logits = tools.logits_of(model, part.batch(rows, part.available[rows]))
    assert logits.shape == (5, 6)
    assert torch.isfinite(logits).all()
