from __future__ import annotations

import dataclasses
import itertools
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import Batch, RequestError, Sequence, Task
from emobench.discovery.options import configured
from emobench.discovery.registry import registry
from emobench.missingness import keep
from emobench.training.schedule import idle_schedule

THREE = ("text", "audio", "vision")
CLASSES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness")
SIZES = {"text": {"glove": 300}, "audio": {"covarep": 74}, "vision": {"openface": 713}}
PUBLISHED = Task(CLASSES, SIZES, (1,) * 6)
FACET = Task(CLASSES, SIZES | {"vision": {"facet": 35}}, (1,) * 6)
SMALL = Task(("a", "b"), {m: {"x": 3} for m in THREE}, (1, 1))
FUSIONS = ("concat", "attention", "transformer")


@pytest.fixture(scope="module")
def kind():
    return registry("model")["emotiwave"].load()


@pytest.fixture(scope="module")
def functions(kind):
    """The module that the model's file became."""
    return sys.modules[kind.__module__]


def build(kind, variant="corrected", task=SMALL, seed=0, **config):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        sizes = {"units": 4, "hidden": 5, "width": 8, "heads": 2, "feed_forward": 8, "layers": 2}
        config = sizes | config
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


def test_the_transformer_has_the_published_size(kind):
    """Of 35 FACET, 300 GloVe and 74 COVAREP features; 3.16M of it in the four layers."""
    config = dataclasses.replace(kind.presets["published"], fusion="transformer")
    model = kind(FACET, config, "as_published")
    assert sum(p.numel() for p in model.parameters()) == 3_399_430
    assert sum(p.numel() for p in model.transformer.layers.parameters()) == 3_159_040
    assert sum(p.numel() for p in kind(FACET, config).parameters()) == 3_399_430 + 53 * 256


@pytest.mark.parametrize(
    ("track", "sizes"), [("controlled", (64, 2, 8, 256)), ("published", (256, 4, 8, 1024))]
)
def test_the_transformers_published_training_is_a_preset(kind, track, sizes):
    config = configured(registry("model")["emotiwave"], {"preset": "transformer"}, track)
    assert (config.width, config.layers, config.heads, config.feed_forward) == sizes
    assert (config.learning_rate, config.batch_size, config.epochs) == (5e-5, 32, 100)
    assert (config.schedule, config.plateau, config.plateau_factor) == ("plateau", 5, 0.5)
    assert idle_schedule(config) == ""
    model = kind(SMALL, config)
    data = batch([ALL, ALL])
    both = dataclasses.replace(data, labels=torch.tensor([[1, 1], [0, 1]]))
    logits = torch.tensor([[0.3, -1.0], [2.0, 0.0]])
    output = type(model(data))(logits)
    expected = F.binary_cross_entropy_with_logits(logits, both.labels.float())
    assert model.loss(output, both).item() == pytest.approx(expected.item())


@pytest.mark.parametrize(
    "wrong",
    [{"width": 9, "heads": 2}, {"steps": 0}, {"layers": 0}, {"token_dropout": 1}, {"plateau": -1}],
)
def test_impossible_settings_are_refused(kind, wrong):
    with pytest.raises(RequestError, match=next(iter(wrong))):
        kind.Config(**wrong)


@pytest.mark.parametrize(
    ("name", "known"), [("fusion", "attention, concat, transformer"), ("readout", "last, mean")]
)
def test_an_unknown_word_is_named_with_the_known_ones(kind, name, known):
    with pytest.raises(RequestError, match=rf"Unknown {name} 'sum'. Known: {known}"):
        build(kind, **{name: "sum"})


@pytest.mark.parametrize("readout", ["last", "mean"])
@pytest.mark.parametrize("fusion", FUSIONS)
def test_as_published_a_prediction_depends_on_the_longest_of_its_batch(kind, fusion, readout):
    for variant, same in (("corrected", True), ("as_published", False)):
        model = build(kind, variant, fusion=fusion, readout=readout)
        short, padded = (model(batch([ALL], longest)).logits for longest in (0, 12))
        assert torch.allclose(short, padded, atol=1e-6) is same, variant


@pytest.mark.parametrize("readout", ["last", "mean"])
def test_without_padding_both_variants_agree(kind, readout):
    models = [build(kind, variant, readout=readout) for variant in ("corrected", "as_published")]
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


@pytest.mark.parametrize("fusion", FUSIONS)
def test_weights_sum_to_one_over_the_present_ones(kind, fusion):
    rows = [{m: (i + 1) * bool(code >> i & 1) for i, m in enumerate(THREE)} for code in range(1, 8)]
    data = batch(rows)
    weights = build(kind, fusion=fusion)(data).modality_weights
    total = sum(weights.values())
    assert total.tolist() == pytest.approx([1] * 7)
    for m in THREE:
        assert ((weights[m] > 0) == data.present[m]).all()


@pytest.mark.parametrize("multilabel", [False, True])
def test_the_weights_of_a_concatenation_are_what_the_answer_changes_by_without_each(
    kind, multilabel
):
    task = dataclasses.replace(SMALL, multilabel=multilabel)
    model = build(kind, task=task, units=3, hidden=8)
    data = batch([ALL, ALL | {"audio": 0}])
    found = model(data).modality_weights
    whole = model(data).logits

    def log_probability(logits: torch.Tensor) -> torch.Tensor:
        if not multilabel:
            return logits.log_softmax(dim=1)[torch.arange(2), whole.argmax(dim=1)]
        sure = torch.where(whole > 0, logits.sigmoid(), 1 - logits.sigmoid())
        return sure.log().sum(dim=1)

    changes = []
    for m in THREE:  # an absent modality is represented by zero
        gone = {m: {"x": Sequence(data[m].values * 0, torch.zeros(2, dtype=torch.long))}}
        absent = data.present | {m: torch.zeros(2, dtype=torch.bool)}
        erased = dataclasses.replace(data, inputs=data.inputs | gone, present=absent)
        change = log_probability(whole) - log_probability(model(erased).logits)
        changes.append(change.abs() * data.present[m])
    total = sum(changes)
    for m, change in zip(THREE, changes, strict=True):
        torch.testing.assert_close(found[m], change / total, rtol=1e-3, atol=1e-5)
    assert model.train()(data).modality_weights is None


@pytest.mark.parametrize("fusion", FUSIONS)
def test_without_any_of_its_modalities_the_answer_is_a_finite_constant(kind, fusion):
    logits = build(kind, fusion=fusion)(batch([dict.fromkeys(THREE, 0), ALL])).logits
    assert torch.isfinite(logits).all()
    assert not torch.equal(logits[0], logits[1])


@pytest.mark.parametrize("fusion", FUSIONS)
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
    for fusion in FUSIONS:
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


def test_as_published_only_the_first_300_steps_are_read(kind):
    data = batch([dict.fromkeys(THREE, 310)])
    for variant, same in (("corrected", False), ("as_published", True)):
        model = build(kind, variant)
        before = model(data).logits
        for one in data.inputs.values():
            one["x"].values[:, 300:] += 1
        assert torch.allclose(before, model(data).logits, atol=1e-6) is same, variant


def test_the_mean_readout_is_the_average_over_an_utterances_own_steps(kind):
    model = build(kind, readout="mean")
    data = batch([ALL, dict.fromkeys(THREE, 9)])
    read = model._encode("audio", data)[0]
    alone = Sequence(data["audio"].values[:1, : ALL["audio"]], data["audio"].lengths[:1])
    every, _ = model.encoders["audio"](alone)
    assert torch.allclose(read, every.values[0].mean(dim=0), atol=1e-6)


def test_the_transformer_reads_a_class_token_and_fifty_of_each_modality(kind):
    data = batch([{"text": 50, "audio": 400, "vision": 61}, {"text": 7, "audio": 0, "vision": 120}])
    tokens, padding, counts = build(kind, fusion="transformer").transformer.tokens(data)
    assert tokens.shape[1] == padding.shape[1] == 151
    assert counts == dict.fromkeys(THREE, 50)
    assert padding.sum(dim=1).tolist() == [0, 43 + 50]  # words that are none, and no voice
    published = build(kind, "as_published", fusion="transformer").transformer
    tokens, padding, _ = published.tokens(batch([ALL | {"audio": 0}]))
    assert tokens.shape[1] == 151
    assert not padding.any()


def test_as_published_the_transformer_knows_neither_order_nor_modality(kind):
    data = batch([dict.fromkeys(THREE, 50)] * 2)
    turned = {m: {"x": Sequence(one["x"].values.flip(1), one["x"].lengths)}
              for m, one in data.inputs.items()}  # fmt: skip
    backwards = dataclasses.replace(data, inputs=turned)
    for variant, same in (("corrected", False), ("as_published", True)):
        model = build(kind, variant, fusion="transformer")
        with torch.no_grad():
            if variant == "corrected":
                torch.nn.init.normal_(model.transformer.position)
            logits = [model(d).logits for d in (data, backwards)]
        assert torch.allclose(*logits, atol=1e-5) is same, variant


def test_the_transformer_reads_nothing_absent(kind):
    data = batch([ALL | {"audio": 0}, ALL])
    junk = dataclasses.replace(data, inputs=dict(data.inputs))
    noisy = data.inputs["audio"]["x"].values.clone()
    noisy[0] = 100.0
    junk.inputs["audio"] = {"x": Sequence(noisy, data["audio"].lengths)}
    for variant, same in (("corrected", True), ("as_published", False)):
        model = build(kind, variant, fusion="transformer")
        with torch.no_grad():
            logits = [model(d).logits[0] for d in (data, junk)]
        assert torch.allclose(*logits, atol=1e-5) is same, variant


def test_the_transformers_answer_does_not_depend_on_batch_mates(kind):
    rows = [ALL, ALL | {"text": 0}, dict.fromkeys(THREE, 80)]
    model = build(kind, fusion="transformer")
    with torch.no_grad():
        together = model(batch(rows)).logits
        alone = torch.cat([model(batch([row])).logits for row in rows])
    assert torch.allclose(together, alone, atol=1e-5)


@settings(max_examples=40)
@given(steps=st.lists(st.integers(0, 40), min_size=1, max_size=4), count=st.integers(1, 12))
def test_stretches_hold_every_step_once_and_are_as_equal_as_can_be(functions, steps, count):
    lengths, longest = torch.tensor(steps), max([1, *steps])
    # Each step has a column of its own, so that a mean tells which steps are in it.
    short = functions.stretches(
        Sequence(torch.eye(longest).repeat(len(steps), 1, 1), lengths), count
    )
    assert short.lengths.tolist() == [min(n, count) for n in steps]
    for n, row in zip(steps, short.values, strict=True):
        kept = min(n, count)
        held = [one.nonzero().flatten().tolist() for one in row]
        assert list(itertools.chain(*held)) == list(range(n))
        sizes = [len(one) for one in held[:kept]]
        assert not n or max(sizes) - min(sizes) <= 1
        for one, size in zip(row, sizes, strict=False):
            assert one.sum().item() == pytest.approx(1)
            assert one.max().item() == pytest.approx(1 / size)
        assert not row[kept:].any()


def two_signals(kept) -> Batch:
    """64 utterances: text tells the class plainly, audio less so, vision nothing; some erased."""
    draw = torch.Generator().manual_seed(0)
    labels = torch.arange(64) % 2
    inputs, present = {}, {}
    for column, (m, strength) in enumerate(zip(THREE, (5.0, 0.4, 0.0), strict=True)):
        noise = torch.randn(64, 2, 3, generator=draw)
        here = torch.from_numpy(kept[:, column])
        values = (noise + strength * (2 * labels - 1)[:, None, None]) * here[:, None, None]
        inputs[m], present[m] = {"x": Sequence(values, 2 * here.long())}, here
    return Batch(tuple(map(str, range(64))), inputs, present, labels)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_modality_dropout_in_training_teaches_what_to_do_without_a_modality(kind, fusion):
    """Otherwise the model leans on the plainest modality, and is at a loss without it."""
    everything = np.ones((64, 3), dtype=bool)
    losses = {}
    for drop in (0.0, 0.3):
        model = build(kind, fusion=fusion, dropout=0.0, token_dropout=0.0, learning_rate=1e-2)
        optimizer, draw = model.optimizer(), np.random.default_rng(0)
        for _ in range(40):
            data = two_signals(keep(draw.random((64, 3)), everything, drop))
            optimizer.zero_grad()
            model.loss(model(data), data).backward()
            optimizer.step()
        voice = two_signals(everything & np.array([False, True, False]))
        losses[drop] = model.loss(model(voice), voice).item()
    assert losses[0.3] < losses[0.0] - 0.05, losses
