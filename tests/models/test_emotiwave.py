from __future__ import annotations

import dataclasses

import pytest
import torch

from emobench import Batch, RequestError, Sequence, Task
from emobench.discovery.registry import registry

THREE = ("text", "audio", "vision")
CLASSES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness")
SIZES = {"text": {"glove": 300}, "audio": {"covarep": 74}, "vision": {"openface": 713}}
PUBLISHED = Task(CLASSES, SIZES, (1,) * 6)
SMALL = Task(("a", "b"), {m: {"x": 3} for m in THREE}, (1, 1))


@pytest.fixture(scope="module")
def kind():
    return registry("model")["emotiwave"].load()


def build(kind, variant="corrected", task=SMALL, seed=0, **config):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = {"units": 4, "hidden": 5} | config
        return kind(task, kind.Config(**config), variant).eval()


def batch(lengths: list[dict[str, int]], longest: int = 0) -> Batch:
    """Random values; a length of 0 is an absent modality; padded to `longest` at least."""
    inputs, present = {}, {}
    for m in THREE:
        steps = torch.tensor([row[m] for row in lengths])
        values = torch.zeros(len(lengths), max(1, longest, int(steps.max())), 3)
        for i, n in enumerate(steps.tolist()):
            values[i, :n] = torch.randn(n, 3, generator=torch.Generator().manual_seed(n + len(m)))
        inputs[m], present[m] = {"x": Sequence(values, steps)}, steps > 0
    names = tuple(map(str, range(len(lengths))))
    return Batch(names, inputs, present, torch.zeros(len(lengths), dtype=torch.long))


ALL = {"text": 4, "audio": 5, "vision": 3}


@pytest.mark.parametrize(("fusion", "count"), [("concat", 1_611_654), ("attention", 1_546_374)])
@pytest.mark.parametrize("variant", ["corrected", "as_published"])
def test_the_published_size_has_the_published_number_of_parameters(kind, fusion, count, variant):
    config = dataclasses.replace(kind.presets["published"], fusion=fusion)
    model = kind(PUBLISHED, config, variant)
    assert sum(p.numel() for p in model.parameters()) == count


def test_an_unknown_fusion_is_named_with_the_known_ones(kind):
    with pytest.raises(RequestError, match=r"Unknown fusion 'sum'. Known: attention, concat"):
        build(kind, fusion="sum")


@pytest.mark.parametrize("fusion", ["concat", "attention"])
def test_as_published_a_prediction_depends_on_the_longest_of_its_batch(kind, fusion):
    for variant, same in (("corrected", True), ("as_published", False)):
        model = build(kind, variant, fusion=fusion)
        short, padded = (model(batch([ALL], longest)).logits for longest in (0, 12))
        assert torch.allclose(short, padded, atol=1e-6) is same, variant


def test_without_padding_both_variants_agree(kind):
    models = [build(kind, variant) for variant in ("corrected", "as_published")]
    rows = [dict.fromkeys(THREE, 4)] * 3
    logits = [model(batch(rows)).logits for model in models]
    assert torch.allclose(*logits, atol=1e-6)


def test_as_published_an_absent_modality_takes_attention_and_corrected_it_takes_none(kind):
    data = batch([ALL | {"audio": 0}])
    published = build(kind, "as_published", fusion="attention")(data).modality_weights
    assert published["audio"].item() > 0.05
    weights = build(kind, fusion="attention")(data).modality_weights
    assert weights["audio"].item() == 0
    assert (weights["text"] + weights["vision"]).item() == pytest.approx(1)


def test_weights_sum_to_one_over_the_present_ones(kind):
    rows = [{m: (i + 1) * bool(code >> i & 1) for i, m in enumerate(THREE)} for code in range(1, 8)]
    data = batch(rows)
    weights = build(kind, fusion="attention")(data).modality_weights
    total = sum(weights.values())
    assert total.tolist() == pytest.approx([1] * 7)
    for m in THREE:
        assert ((weights[m] > 0) == data.present[m]).all()


@pytest.mark.parametrize("fusion", ["concat", "attention"])
def test_without_any_of_its_modalities_the_answer_is_a_finite_constant(kind, fusion):
    logits = build(kind, fusion=fusion)(batch([dict.fromkeys(THREE, 0), ALL])).logits
    assert torch.isfinite(logits).all()
    assert not torch.equal(logits[0], logits[1])


@pytest.mark.parametrize("fusion", ["concat", "attention"])
@pytest.mark.parametrize("variant", ["corrected", "as_published"])
def test_every_parameter_gets_a_gradient(kind, fusion, variant):
    model = build(kind, variant, fusion=fusion)
    data = batch([ALL, dict.fromkeys(THREE, 2)])
    model.loss(model(data), data).backward()
    assert [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_a_corpus_without_text_needs_no_text(kind):
    task = Task(("a", "b"), {m: {"x": 3} for m in ("audio", "vision")}, (1, 1))
    full = batch([ALL, ALL])
    two = dataclasses.replace(full, inputs={m: full.inputs[m] for m in ("audio", "vision")})
    for fusion in ("concat", "attention"):
        assert build(kind, task=task, fusion=fusion)(two).logits.shape == (2, 2)


def test_an_absent_modality_is_represented_by_zero_unless_as_published(kind):
    rows = [ALL | {"audio": 0}, ALL]
    for variant, zero in (("corrected", True), ("as_published", False)):
        model = build(kind, variant)
        seen = []
        model.head.register_forward_pre_hook(lambda _, given, seen=seen: seen.append(given[0]))
        model(batch(rows))
        audio = seen[0][:, 8:16]  # text, audio, vision: 2 x 4 units each
        assert bool((audio[0] == 0).all()) is zero, variant
        assert (audio[1] != 0).all()
