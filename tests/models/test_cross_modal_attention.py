from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from emobench import Batch, Output, RequestError, Sequence, Task
from emobench.contract import Subject, run_suite
from emobench.discovery.registry import registry
from emobench.missingness import keep
from emobench.training.seeding import seeded

SEVEN = tuple("abcdefg")
# The sizes of BERT's pooler, of what is kept of wav2vec 2.0, and of a ResNet18.
PUBLISHED = Task(
    SEVEN,
    {
        "text": {"vectors": 384},  # mean and maximum: 768
        "audio": {"log_mel": 512, "mfcc": 20, "prosody": 4},
        "vision": {"face": 512},
    },
    (1,) * 7,
)
BERT = 109_482_240
NONE = {"text_backbone": "", "audio_backbone": "", "vision_backbone": ""}


@pytest.fixture(scope="module")
def kind():
    return registry("model")["cross_modal_attention"].load()


@pytest.fixture(scope="module")
def functions(kind):
    """The module that the model's file became."""
    return sys.modules[kind.__module__]


@pytest.fixture(scope="module")
def published(checkpoints):
    """The published track on tiny checkpoints, per variant."""
    options = {
        "text_backbone": str(checkpoints["bert"]), "audio_backbone": str(checkpoints["wav2vec2"]),
        "vision_backbone": str(checkpoints["resnet18"]), "width": "16", "learning_rate": "0.001",
    }  # fmt: skip
    entry = registry("model")["cross_modal_attention"]
    return {v: Subject(entry, options, v, "published") for v in ("corrected", "as_published")}


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


def test_the_new_parameters_are_those_of_the_authors_network(kind):
    config = dataclasses.replace(kind.presets["published"], **NONE)
    count = {
        v: sum(p.numel() for p in kind(PUBLISHED, config, v).parameters())
        for v in ("corrected", "as_published")
    }
    assert count["as_published"] == 3_521_927 == 113_004_167 - BERT
    assert count["corrected"] == 3_521_927 + 512  # the learned query where there is no text


def test_bert_has_the_rest(kind):
    from transformers import BertConfig, BertModel

    with torch.device("meta"):
        bert = BertModel(BertConfig())
    assert sum(p.numel() for p in bert.parameters()) == BERT


def test_the_published_preset_is_the_meld_scripts(kind):
    config = kind.presets["published"]
    assert (config.width, config.heads, config.loss, config.focal_gamma) == (512, 8, "focal", 2)
    assert (config.accumulation, config.weight_decay, config.learning_rate) == (2, 1e-5, 2e-5)
    assert (config.batch_size, config.epochs, config.clip_norm) == (128, 30, 0)
    assert config.patience >= config.epochs  # no early stopping
    backbones = (config.text_backbone, config.audio_backbone, config.vision_backbone)
    assert backbones == ("bert-base-uncased", "facebook/wav2vec2-base-960h", "resnet18")
    assert (config.schedule, config.plateau, config.plateau_factor) == ("plateau", 2, 0.5)


@pytest.mark.parametrize("wrong", [{"width": 20, "heads": 8}, {"dropout": 1.0}, {"plateau": -1}])
def test_impossible_settings_are_refused(kind, wrong):
    with pytest.raises(RequestError, match=next(iter(wrong))):
        kind.Config(**wrong)


def test_the_focal_loss_leaves_the_easy_to_themselves(small, view):
    """An utterance's cross-entropy is weighed by (1 - p) squared; gamma 0 is without."""
    logits = torch.tensor([[4.0, 0, 0, 0, 0, 0], [0.0] * 6], requires_grad=True)
    data = view.batch(view.parts.train[:2], view.available[view.parts.train[:2]])
    data = dataclasses.replace(data, labels=torch.zeros(2, dtype=torch.long))
    p = logits.softmax(dim=1)[:, 0]
    models = {
        name: small.model("cross_modal_attention", width=16, heads=2, **change)
        for name, change in (
            ("focal", {}), ("gamma 0", {"focal_gamma": 0.0}), ("off", {"loss": "cross_entropy"}),
        )
    }  # fmt: skip
    losses = {name: model.loss(Output(logits), data).item() for name, model in models.items()}
    assert losses["focal"] == pytest.approx((-((1 - p) ** 2) * p.log()).mean().item())
    assert losses["off"] == pytest.approx(-p.log().mean().item())
    assert losses["gamma 0"] == pytest.approx(losses["off"])
    easy = {}
    for name in ("focal", "off"):
        (slope,) = torch.autograd.grad(models[name].loss(Output(logits), data), logits)
        easy[name] = (slope[0].norm() / slope[1].norm()).item()
    assert easy["focal"] < 0.2 * easy["off"]


def train_once(small, view, **config):
    """One epoch; returns the model and how many steps the optimiser took."""
    kind = registry("model")["cross_modal_attention"].load()
    with seeded(1):
        model = kind(view.task, kind.Config(width=16, heads=2, epochs=1, **config))
        optimizer = model.optimizer()
        steps = []
        optimizer.register_step_post_hook(lambda *_: steps.append(1))
        model.optimizer = lambda: optimizer
        model.fit(small.session(view, model.config))
    return model, len(steps)


def test_accumulation_takes_one_step_for_several_batches(small, view):
    batches = -(-len(view.parts.train) // 8)
    each, steps = train_once(small, view, batch_size=8, accumulation=1)
    assert steps == batches
    pairs, steps = train_once(small, view, batch_size=8, accumulation=2)
    assert steps == -(-batches // 2)
    assert not torch.equal(each.head[0].weight, pairs.head[0].weight)


def test_focal_loss_and_drawing_change_the_training(small, view):
    usual, _ = train_once(small, view)
    for change in ({"loss": "cross_entropy"}, {"sampling": "uniform"}):
        other, _ = train_once(small, view, **change)
        assert not torch.equal(usual.head[0].weight, other.head[0].weight), change
    again, _ = train_once(small, view)
    assert torch.equal(usual.head[0].weight, again.head[0].weight)


def test_corrected_draws_classes_alike_from_train_and_as_published_draws_them_as_they_are(
    small, view
):
    truth = np.bincount(view.labels[view.parts.train], minlength=6)
    assert truth.max() > 1.5 * truth.min()
    for variant in ("corrected", "as_published"):
        session = small.session(view, build(small, variant).config)
        drawn = np.zeros(6)
        train = {view.ids[i] for i in view.parts.train}
        for _ in range(40):
            for batch in session.train_batches():
                assert train.issuperset(batch.ids)
                drawn += np.bincount(batch.labels.numpy(), minlength=6)
        expected = np.full(6, drawn.sum() / 6) if variant == "corrected" else 40 * truth
        assert drawn == pytest.approx(expected, rel=0.1), variant


def sequence(values: torch.Tensor, *lengths: int) -> Sequence:
    """`values` with junk in the padding."""
    junk = values.clone()
    for row, n in zip(junk, lengths, strict=True):
        row[n:] = 99.0
    return Sequence(junk, torch.tensor(lengths))


def test_voice_is_summed_up_in_25_prosodic_and_25_spectral_numbers(functions):
    time = torch.arange(6.0)
    contour = torch.stack([2 * time, -time, torch.ones(6), torch.zeros(6)], dim=1)
    found = functions._prosody(sequence(contour.repeat(2, 1, 1), 5, 0))
    assert found.shape == (2, 25)
    mean, deviation, highest, lowest, slope, change = found[0, :24].view(6, 4)
    assert mean.tolist() == [4, -2, 1, 0]
    assert deviation.tolist() == pytest.approx([2 * 2**0.5, 2**0.5, 0, 0])
    assert highest.tolist() == [8, 0, 1, 0]
    assert lowest.tolist() == [0, -4, 1, 0]
    assert slope.tolist() == pytest.approx([4, -2, 0, 0])  # from -1 to 1
    assert change.tolist() == pytest.approx([2, 1, 0, 0])
    assert found[0, 24].exp().item() == pytest.approx(1 + 5 / 25)
    assert not found[1].any()

    coefficients = torch.randn(2, 7, 20, generator=torch.Generator().manual_seed(0))
    found = functions._spectrum(sequence(coefficients, 7, 4))
    expected = coefficients[1, :4, :13]
    assert found.shape == (2, 25)
    assert torch.allclose(found[1, :13], expected.mean(dim=0), atol=1e-6)
    assert torch.allclose(found[1, 13:], expected.std(dim=0, correction=0)[1:], atol=1e-6)


def test_a_single_step_gives_finite_numbers(functions):
    found = functions._prosody(sequence(torch.ones(1, 3, 4), 1))
    assert torch.isfinite(found).all()


def test_corrected_the_keys_are_the_frames_and_as_published_one_vector(small, view):
    rows = complete(view, view.parts.test)[:4]
    data = view.batch(rows, view.available[rows])
    for variant in ("corrected", "as_published"):
        model = build(small, variant).eval()
        seen = {}
        for m, attention in model.attention.items():
            attention.register_forward_pre_hook(
                lambda _, given, kept, m=m, seen=seen: seen.update({m: (given[1], kept)}),
                with_kwargs=True,
            )
        model(data)
        for m, (keys, kept) in seen.items():
            assert (keys[..., 8:] == 0).all()  # padded from half the width
            if variant == "corrected":
                assert keys.shape[1] == data[m].values.shape[1]
                assert torch.equal(~kept["key_padding_mask"], data[m].mask)
            else:
                assert keys.shape[1] == 1


def two_signals(kept, kind) -> Batch:
    """64 utterances: text tells the class plainly, voice less so; some are erased."""
    draw = torch.Generator().manual_seed(0)
    labels = torch.arange(64) % 2
    sizes = {"text": {"vectors": 3}, "audio": {"log_mel": 3, "mfcc": 2, "prosody": 2}}
    inputs, present = {}, {}
    for column, (m, strength) in enumerate((("text", 5.0), ("audio", 0.4))):
        here = torch.from_numpy(kept[:, column])
        inputs[m], present[m] = {}, here
        for name, size in sizes[m].items():
            noise = torch.randn(64, 2, size, generator=draw)
            values = (noise + strength * (2 * labels - 1)[:, None, None]) * here[:, None, None]
            inputs[m][name] = Sequence(values, 2 * here.long())
    return Batch(tuple(map(str, range(64))), inputs, present, labels)


def test_modality_dropout_in_training_teaches_what_to_do_without_text(kind):
    """Otherwise the model leans on the words, and is at a loss without them."""
    sizes = {"text": {"vectors": 3}, "audio": {"log_mel": 3, "mfcc": 2, "prosody": 2}}
    everything = np.ones((64, 2), dtype=bool)
    losses = {}
    for drop in (0.0, 0.3):
        with seeded(0):
            config = kind.Config(width=16, heads=2, dropout=0.0, loss="cross_entropy")
            model = kind(Task(("a", "b"), sizes, (32, 32)), config)
        optimizer, draw = torch.optim.Adam(model.parameters(), lr=1e-2), np.random.default_rng(0)
        for _ in range(40):
            data = two_signals(keep(draw.random((64, 2)), everything, drop), kind)
            optimizer.zero_grad()
            model.loss(model(data), data).backward()
            optimizer.step()
        voice = two_signals(everything & np.array([False, True]), kind)
        losses[drop] = model.loss(model(voice), voice).item()
    assert losses[0.3] < losses[0.0] - 0.05, losses


@pytest.mark.parametrize("variant", ["corrected", "as_published"])
def test_the_published_track_trains_bert_and_nothing_of_the_frozen_encoders(published, variant):
    subject = published[variant]
    model = subject.build(epochs=1, batch_size=16)
    before = {n: p.detach().clone() for n, p in model.state_dict().items()}
    with seeded(0):
        model.fit(subject.session(model, drop=0.3))
    after = model.state_dict()
    moved = {n for n in before if not torch.equal(before[n], after[n])}
    # With the frozen encoders' running statistics: they stay in evaluation mode.
    assert not [n for n in moved if n.startswith(("audio_backbone", "vision_backbone"))]
    assert "text_backbone.encoder.embeddings.word_embeddings.weight" in moved
    assert "text_backbone.encoder.pooler.dense.weight" in moved
    data = subject.batch()
    with torch.no_grad():
        logits = model.eval()(data).logits
    assert logits.shape == (len(data), 4)
    assert torch.isfinite(logits).all()


def test_the_published_text_vector_is_the_poolers_and_the_frames_are_the_encoders(published):
    subject = published["corrected"]
    model, data = subject.build(), subject.batch()
    with torch.no_grad():
        summary = model.text_backbone(data.inputs["text"]["characters"]).pooled
        expected = F.relu(model.text[0](summary))
        text = model._text(data)
        here = data.present["text"]
        assert torch.allclose(text[here], expected[here], atol=1e-6)
        assert (text[~here] == model.no_text).all()
        faces = model.vision_backbone(data["vision"])
        pooled, keys = model._vision(data)
        mean = faces.values.sum(dim=1) / faces.lengths.clamp(min=1)[:, None]
        assert torch.allclose(pooled, model.vision(mean), atol=1e-5)
        assert torch.equal(keys.lengths, faces.lengths)
        assert model.vision_backbone.size == 512


def test_of_a_wide_speech_encoder_the_first_512_dimensions_are_read(kind, functions):
    class Wide(torch.nn.Module):
        size = 768

        def forward(self, waveform):
            values = torch.ones(len(waveform.lengths), 3, 768)
            values[..., 512:] = float("nan")
            return Sequence(values, torch.full((len(waveform.lengths),), 3))

    config = dataclasses.replace(kind.presets["compact"], width=16, heads=2)
    model = kind(
        dataclasses.replace(PUBLISHED, inputs={"audio": PUBLISHED.inputs["audio"]}), config
    )
    model.audio_backbone = Wide()
    lengths = torch.tensor([4, 4])
    audio = {
        name: Sequence(torch.randn(2, 4, size), lengths)
        for name, size in (("waveform", 1), ("mfcc", 20), ("prosody", 4))
    }
    present = {"audio": torch.ones(2, dtype=torch.bool)}
    data = Batch(("a", "b"), {"audio": audio}, present, torch.zeros(2, dtype=torch.long))
    assert torch.isfinite(model(data).logits).all()
    assert functions.ACOUSTIC == 512


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


def test_side_by_side_it_has_no_attention_and_attends_to_nothing(small, view):
    size = {"width": 16, "heads": 2, "dropout": 0.0}
    whole, plain = build(small), small.model("cross_modal_attention", fusion="concat", **size)
    assert [n for n, _ in whole.named_parameters() if n.startswith("attention.")]
    assert not [n for n, _ in plain.named_parameters() if "attention" in n]
    assert not [m for m in plain.modules() if isinstance(m, torch.nn.MultiheadAttention)]
    rest = {n: p.shape for n, p in whole.named_parameters() if not n.startswith("attention.")}
    assert {n: p.shape for n, p in plain.named_parameters()} == rest
    rows = complete(view, view.parts.test)[:4]
    data = view.batch(rows, np.ones((len(rows), 3), dtype=bool))
    with torch.no_grad():
        assert not torch.allclose(plain(data).logits, whole(data).logits)


def test_a_constant_signal_has_no_deviation_and_a_finite_slope(kind):
    deviation = sys.modules[kind.__module__]._deviation
    values = torch.full((2, 3, 2), 0.5)
    values[1, 1] = 2.0
    values.requires_grad_()
    found = deviation(Sequence(values, torch.tensor([3, 3])))
    assert not found[0].any()
    torch.testing.assert_close(found[1], values[1].std(dim=0, correction=0))
    found.sum().backward()
    assert torch.isfinite(values.grad).all()
    assert values.grad[1].any()


def test_side_by_side_it_keeps_the_contract():
    subject = Subject(registry("model")["cross_modal_attention"], {"fusion": "concat"})
    checks = ("gradients", "batch_mates", "padding_invariance")
    assert {r.check: r.verdict for r in run_suite(subject, checks)} == dict.fromkeys(
        checks, "passed"
    )
