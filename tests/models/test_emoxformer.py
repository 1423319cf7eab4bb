from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from emobench import Batch, RequestError, Sequence, Task
from emobench.contract import Subject, subjects
from emobench.contract.batch_changes import with_garbage
from emobench.discovery.registry import registry
from emobench.training.seeding import seeded

THREE = ("text", "audio", "vision")
CLASSES = ("anger", "disgust", "fear", "happy", "neutral", "sadness", "surprise")
PUBLISHED = Task(CLASSES, {m: {"x": 768} for m in THREE}, (1,) * 7)
SMALL = Task(("a", "b"), {m: {"x": 3} for m in THREE}, (1, 1))
ALL = {"text": 4, "audio": 5, "vision": 3}
LONG = dict.fromkeys(THREE, 12)
VARIANTS = ("corrected", "as_published")
TINY = {"width": 8, "heads": 2, "blocks": 2, "pool": 2}


@pytest.fixture(scope="module")
def kind():
    return registry("model")["emoxformer"].load()


@pytest.fixture(scope="module")
def functions(kind):
    """The module that the model's file became."""
    return sys.modules[kind.__module__]


@pytest.fixture(scope="module")
def subject():
    return subjects("emoxformer", "corrected")[0]


@pytest.fixture(scope="module")
def published(checkpoints):
    """The published track on tiny checkpoints, per variant."""
    options = {
        "text_backbone": str(checkpoints["roberta"]),
        "audio_backbone": str(checkpoints["wav2vec2"]),
        "vision_backbone": str(checkpoints["vit"]),
        "seconds": "0.5", "width": "16", "learning_rate": "0.001",
        "stage_two_learning_rate": "0.001",
    }  # fmt: skip
    entry = registry("model")["emoxformer"]
    return {v: Subject(entry, options, v, "published") for v in VARIANTS}


def build(kind, variant="corrected", task=SMALL, seed=0, silent=False, **config):
    """A small model; `silent` leaves the attention's output at its start."""
    with seeded(seed):
        model = kind(task, kind.Config(**(TINY | config)), variant).eval()
        if not silent:
            for block in model.blocks:
                for attention in block.attention.values():
                    torch.nn.init.normal_(attention.out_proj.weight)
            if variant == "corrected":
                for vector in model.absent.values():
                    torch.nn.init.normal_(vector)
    return model


def batch(lengths: list[dict[str, int]]) -> Batch:
    """Random values; a length of 0 is an absent modality."""
    inputs, present = {}, {}
    for m in THREE:
        steps = torch.tensor([row[m] for row in lengths])
        values = torch.zeros(len(lengths), max(1, int(steps.max())), 3)
        for i, n in enumerate(steps.tolist()):
            values[i, :n] = torch.randn(n, 3, generator=torch.Generator().manual_seed(n + len(m)))
        inputs[m], present[m] = {"x": Sequence(values, steps)}, steps > 0
    names = tuple(map(str, range(len(lengths))))
    return Batch(names, inputs, present, torch.zeros(len(lengths), dtype=torch.long))


def only(modality: str) -> dict[str, int]:
    return {m: ALL[m] if m == modality else 0 for m in THREE}


DISJOINT = [only(m) for m in THREE]


def new_parameters(model) -> int:
    return sum(p.numel() for n, p in model.named_parameters() if not n.startswith("backbones."))


def test_the_published_size_has_the_published_number_of_new_parameters(kind):
    config = kind.presets["published"]
    assert new_parameters(kind(PUBLISHED, config, "as_published")) == 17_732_103
    corrected = kind(PUBLISHED, config)
    # one learned vector for each absent modality
    assert new_parameters(corrected) == 17_732_103 + 3 * 512
    assert new_parameters(corrected) == pytest.approx(17.73e6, rel=0.01)
    block = corrected.blocks[0]
    assert sum(p.numel() for p in block.parameters()) == 3_939_840


def test_the_published_preset_is_the_scripts_schedule(kind):
    config = kind.presets["published"]
    stages = (config.learning_rate, config.epochs), (
        config.stage_two_learning_rate, config.stage_two_epochs,
    )  # fmt: skip
    assert stages == ((1e-4, 50), (5e-5, 40))
    assert (config.loss, config.focal_gamma, config.batch_size) == ("focal", 2, 32)
    assert (config.blocks, config.heads, config.weight_decay) == (4, 4, 1e-4)
    assert (config.dropout, config.head_dropout, config.clip_norm) == (0.3, 0.4, 0)
    assert (config.schedule, config.plateau, config.plateau_factor) == ("plateau", 2, 0.2)


@pytest.mark.parametrize(
    "wrong", [{"width": 9}, {"blocks": 0}, {"pool": 0}, {"seconds": 0.0}, {"head_dropout": 1.0}]
)
def test_impossible_settings_are_refused(kind, wrong):
    with pytest.raises(RequestError, match=next(iter(wrong))):
        kind.Config(**wrong)


def test_the_gate_multiplies_each_modality_by_a_sigmoid_of_itself(kind):
    # With attention silent a block is its gate alone, and without a gate nothing at all.
    gated, plain = (build(kind, silent=True, gate=g).blocks[0] for g in (True, False))
    states = {m: torch.randn(2, n, 8) for m, n in ALL.items()}
    masks = {m: torch.ones(2, n, dtype=torch.bool) for m, n in ALL.items()}
    for m, out in plain(states, masks).items():
        assert torch.equal(out, states[m])
    for m, out in gated(states, masks).items():
        assert torch.allclose(out, states[m] * torch.sigmoid(gated.gates[m](states[m])))


def test_without_the_gate_training_takes_another_way(subject):
    gated, plain = (subject.build(epochs=1, gate=g) for g in (True, False))
    # The same start but for the gates, the same batches.
    shared = {k: v for k, v in gated.state_dict().items() if k in plain.state_dict()}
    plain.load_state_dict(shared)
    assert len(gated.state_dict()) - len(shared) == 2 * 3 * 2  # weight and bias: blocks, modalities
    losses = []
    for model in (gated, plain):
        session = subject.session(model)
        with seeded(0):
            model.fit(session)
        losses.append([e["train_loss"] for e in session.epochs])
        assert any("gates" in n for n, _ in model.named_parameters()) is (model is gated)
    assert abs(losses[0][-1] - losses[1][-1]) > 1e-3


def test_the_pair_shares_its_attention_in_both_directions(kind):
    block = build(kind).blocks[0]
    assert sorted(block.attention) == ["audio_vision", "text_audio", "text_vision"]


def test_corrected_one_other_modality_counts_whole_and_as_published_half(kind):
    states = {m: torch.randn(1, n, 8) for m, n in ALL.items()}
    masks = {m: torch.full((1, n), m != "audio") for m, n in ALL.items()}
    block = build(kind, gate=False).blocks[0]
    seen = block.attention["text_vision"](states["text"], states["vision"], states["vision"])[0]
    assert torch.allclose(block(states, masks)["text"], states["text"] + seen, atol=1e-6)
    heard = block.attention["text_audio"](states["text"], states["audio"], states["audio"])[0]
    as_published = block(states, None)["text"]
    assert torch.allclose(as_published, states["text"] + (seen + heard) / 2, atol=1e-6)


def test_as_published_a_prediction_depends_on_the_longest_of_its_batch(kind):
    for variant, same in (("corrected", True), ("as_published", False)):
        model = build(kind, variant)
        alone, among = (model(batch(rows)).logits[0] for rows in ([ALL], [ALL, LONG]))
        assert torch.allclose(alone, among, atol=1e-5) is same, variant


def test_an_absent_modality_says_nothing_unless_as_published(kind):
    data = batch([ALL | {"audio": 0}, ALL])
    for variant, silent in (("corrected", True), ("as_published", False)):
        model = build(kind, variant)
        before = model(data).logits
        model.projections["audio"].bias.data += 1
        after = model(data).logits
        assert torch.allclose(before[0], after[0], atol=1e-6) is silent, variant
        assert not torch.allclose(before[1], after[1], atol=1e-3)


def test_corrected_a_learned_vector_stands_for_an_absent_modality(kind):
    model = build(kind)
    seen = []
    model.head.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    model(batch(DISJOINT))
    blocks = dict(zip(THREE, seen[0].split(8, dim=1), strict=True))
    for m in THREE:
        for row, present in enumerate(THREE):
            assert torch.equal(blocks[m][row], model.absent[m]) is (m != present)


def test_without_any_modality_the_answer_is_a_finite_constant(kind):
    for variant in VARIANTS:
        logits = build(kind, variant)(batch([dict.fromkeys(THREE, 0), ALL])).logits
        assert torch.isfinite(logits).all()
        assert not torch.equal(logits[0], logits[1])


def test_corrected_disjoint_corpora_leave_attention_silent_and_pairs_train_it(kind):
    for variant, rows, moved in (
        ("corrected", DISJOINT, False),
        ("corrected", [ALL, only("text")], True),
        ("as_published", DISJOINT, True),
    ):
        model = build(kind, variant, silent=True).train()
        before = {n: p.clone() for n, p in model.named_parameters() if "attention" in n}
        optimizer, data = model.optimizer(), batch(rows)
        for _ in range(2):
            optimizer.zero_grad()
            model.loss(model(data), data).backward()
            optimizer.step()
        after = dict(model.named_parameters())
        outputs = [n for n in before if "out_proj.weight" in n]
        assert len(outputs) == 6
        changed = [not torch.equal(before[n], after[n]) for n in outputs]
        assert all(changed) if moved else not any(changed), variant
        if variant == "corrected" and not moved:
            assert not any(after[n].any() for n in outputs)


@pytest.mark.parametrize("here", [("text",), ("vision",), ("text", "vision"), ("audio", "vision")])
@pytest.mark.parametrize("variant", VARIANTS)
def test_it_runs_on_a_corpus_that_lacks_a_modality(kind, here, variant):
    task = Task(("a", "b"), {m: {"x": 3} for m in here}, (1, 1))
    full = batch([ALL, dict.fromkeys(THREE, 0) | {here[0]: 2}])
    some = dataclasses.replace(full, inputs={m: full.inputs[m] for m in here})
    model = build(kind, variant, task)
    assert torch.isfinite(model(some).logits).all()
    assert set(model.backbones) == set(here)


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_runs_in_mixed_precision(kind, variant):
    model = build(kind, variant).train()
    data = batch([ALL, *DISJOINT])
    with torch.autocast("cpu", torch.bfloat16):
        loss = model.loss(model(data), data)
    loss.backward()
    assert torch.isfinite(loss)


def backbones_of(model) -> dict[str, torch.Tensor]:
    return {k: v.clone() for k, v in model.state_dict().items() if k.startswith("backbones.")}


def fitted(subject, monkeypatch, epochs=2):
    """A short training; the backbones at its start, after each stage, and the session."""
    model = subject.build(epochs=epochs, batch_size=8)
    session = subject.session(model)
    seen, frozen, loop = [backbones_of(model)], [], session.loop

    def watched(given, **options):
        frozen.append(not any(p.requires_grad for p in given.backbones.parameters()))
        loop(given, **options)
        seen.append(backbones_of(given))

    monkeypatch.setattr(session, "loop", watched)
    with seeded(0):
        model.fit(session)
    return model, session, seen, frozen


def test_stage_one_leaves_the_backbones_as_they_are_and_stage_two_trains_them(subject, monkeypatch):
    _, session, seen, frozen = fitted(subject, monkeypatch)
    assert frozen == [True, False]
    start, first, second = seen
    assert all(torch.equal(start[k], first[k]) for k in start)
    assert not any(torch.equal(first[k], second[k]) for k in start)
    assert [e["stage"] for e in session.epochs] == ["frozen backbones"] * 2 + ["all"] * 2


def test_the_light_backbone_is_the_identity_until_it_is_trained(subject):
    model, data = subject.build(), subject.batch()
    for m in THREE:
        given = model._input(m, data)
        features = model.backbones[m](given)
        assert torch.equal(features.values, given.values)
        assert torch.equal(features.lengths, given.lengths)


def test_a_cap_on_epochs_holds_for_both_stages(subject):
    model = subject.build(epochs=1, stage_two_epochs=7)
    session = subject.session(model)
    with seeded(0):
        model.fit(session)
    assert [e["stage"] for e in session.epochs] == ["frozen backbones", "all"]


class Staged:
    """A session whose stages end with given dev scores; each moves every weight by one."""

    def __init__(self, config, scores, fail=False) -> None:
        self.config, self.scores, self.fail = config, list(scores), fail
        self.epochs, self.best_epoch, self.rates = [], None, []

    def loop(self, model, *, config=None, optimizer=None, stage=""):
        if self.fail:
            raise RuntimeError("the training was stopped")
        self.rates.append(optimizer.param_groups[0]["lr"] if optimizer else None)
        self.epochs.append({"dev_macro_f1": self.scores.pop(0), "dev_loss": 1.0})
        self.best_epoch = len(self.epochs)
        with torch.no_grad():
            for p in model.parameters():
                p += 1


@pytest.mark.parametrize(
    ("variant", "scores", "kept"),
    [
        ("corrected", (0.5, 0.6), 2),
        ("corrected", (0.5, 0.4), 1),
        ("corrected", (0.5, 0.5), 1),
        ("as_published", (0.5, 0.4), 2),
    ],
)
def test_stage_two_is_kept_only_if_dev_improves_unless_as_published(kind, variant, scores, kept):
    model = build(kind, variant)
    start = model.projections["text"].bias.clone()
    session = Staged(model.config, scores)
    model.fit(session)
    assert torch.allclose(model.projections["text"].bias, start + kept)
    assert session.best_epoch == kept
    assert session.rates == [None, model.config.stage_two_learning_rate]


@pytest.mark.parametrize("fail", [False, True])
def test_what_was_frozen_before_the_training_is_frozen_after_it_and_nothing_else(kind, fail):
    model = build(kind)
    model.backbones["text"].inner.bias.requires_grad_(False)
    before = {n: p.requires_grad for n, p in model.named_parameters()}
    session = Staged(model.config, (0.5, 0.6), fail)
    if fail:
        with pytest.raises(RuntimeError):
            model.fit(session)
    else:
        model.fit(session)
    assert {n: p.requires_grad for n, p in model.named_parameters()} == before
    assert sum(before.values()) == len(before) - 1


def test_each_batch_of_a_joint_corpus_holds_equal_shares(subject):
    model = subject.build(batch_size=9)
    session = subject.session(model)
    rows = session.view.parts.train
    corpora = np.full(len(session.view.ids), -1)
    corpora[rows] = np.repeat([0, 1, 2], [30, 12, 6])
    session.view = dataclasses.replace(session.view, corpora=corpora)
    corpus = dict(zip(session.view.ids, session.view.corpora, strict=True))
    counts = [np.bincount([corpus[i] for i in b.ids], minlength=3) for b in session.train_batches()]
    assert len(counts) == 6
    assert all((c == [3, 3, 3]).all() for c in counts[:5])
    assert [c.sum() for c in counts] == [9] * 5 + [3]


@given(
    lengths=st.lists(st.integers(0, 7), min_size=1, max_size=4),
    every=st.integers(1, 4),
    more=st.integers(0, 5),
)
def test_pooling_averages_real_steps_alone(functions, lengths, every, more):
    steps = torch.tensor(lengths)
    values = torch.zeros(len(lengths), max(1, max(lengths)) + more, 2)
    for i, n in enumerate(lengths):
        values[i, :n] = torch.randn(n, 2)
    short = functions.pooled(Sequence(values, steps), every)
    for i, n in enumerate(lengths):
        windows = [values[i, s : min(s + every, n)].mean(dim=0) for s in range(0, n, every)]
        assert short.lengths[i] == len(windows)
        assert not short.values[i, len(windows) :].any()
        for found, expected in zip(short.values[i], windows, strict=False):
            assert torch.allclose(found, expected, atol=1e-6)


def characters(*given: str) -> Sequence:
    lengths = torch.tensor([len(t) for t in given])
    values = torch.zeros(len(given), int(lengths.max()), 1)
    for row, text in zip(values, given, strict=True):
        row[: len(text), 0] = torch.tensor([float(ord(c)) for c in text])
    return Sequence(values, lengths)


def test_words_are_dropped_whole_and_an_absent_text_stays_absent(functions):
    text = " ".join(f"w{i}" for i in range(400))
    with seeded(0):
        given = functions.augmented("text", characters(text, "", "one"))
    kept = "".join(map(chr, given.values[0, : given.lengths[0], 0].int().tolist())).split()
    assert set(kept) < set(text.split())
    assert kept == [w for w in text.split() if w in set(kept)]
    assert 5 < 400 - len(kept) < 45
    assert given.lengths[1] == 0
    nothing = functions._words_dropped(characters("one two"), probability=1.0)
    assert nothing.values.tolist() == [[[32.0]]]


def test_of_a_text_without_blanks_single_letters_are_dropped_and_never_the_whole(functions):
    text = "今天我们真的气死了。" * 40
    with seeded(0):
        given = functions.augmented("text", characters(text, text, text, text))
    for row in range(4):
        left = "".join(map(chr, given.values[row, : given.lengths[row], 0].int().tolist()))
        assert 0.85 * len(text) < len(left) < len(text)
        assert set(left) <= set(text)


def test_waveforms_are_rolled_and_faces_jittered_and_absent_ones_stay_absent(functions):
    lengths = torch.tensor([1000, 0] * 8)
    mask = torch.arange(1000) < lengths[:, None]
    waves = Sequence(torch.randn(16, 1000, 1) * mask[..., None], lengths)
    ramp = 0.2 + 0.6 * torch.linspace(0, 1, 48).expand(48, 48)
    faces = Sequence(ramp.reshape(-1).repeat(16, 2, 1), torch.tensor([2, 0] * 8))
    faces.values[1::2] = 0
    with seeded(0):
        rolled, jittered = (
            functions.augmented("audio", waves), functions.augmented("vision", faces),
        )  # fmt: skip
    for before, after in ((waves, rolled), (faces, jittered)):
        assert torch.equal(before.lengths, after.lengths)
        assert not after.values[1::2].any()
        assert not torch.equal(before.values, after.values)
    # A roll keeps the values, but for one gain per utterance.
    before, after = waves.values[::2, :, 0].sort().values, rolled.values[::2, :, 0].sort().values
    gains = after[:, -1] / before[:, -1]
    assert torch.allclose(before * gains[:, None], after, atol=1e-5)
    assert 0.9 <= gains.min() < gains.max() <= 1.1
    assert 0 < int((gains == 1).sum()) < 8
    assert 0 <= jittered.values.min() < jittered.values.max() <= 1
    mirrored = faces.values[::2].unflatten(-1, (48, 48)).flip(-1).flatten(-2)
    gaps = torch.stack([(jittered.values[::2] - v).abs().amax(dim=(1, 2)) for v in
                        (faces.values[::2], mirrored)])  # fmt: skip
    assert (gaps.amin(dim=0) < 0.25).all()
    assert 0 < int((gaps[1] < gaps[0]).sum()) < 8


def test_a_crop_shows_nine_tenths_or_more_of_a_face_in_all_frames_alike(functions):
    across = torch.linspace(-1, 1, 48)
    faces = torch.stack([across.expand(48, 48), across.expand(48, 48).T])[None].repeat(64, 1, 1, 1)
    with seeded(0):
        cropped = functions._cropped(faces)
    assert cropped.shape == faces.shape
    # The slopes of both ramps are the shown shares of the sides.
    wide = (cropped[:, 0, 24, 40] - cropped[:, 0, 24, 8]) / (across[40] - across[8])
    high = (cropped[:, 1, 40, 24] - cropped[:, 1, 8, 24]) / (across[40] - across[8])
    assert (wide * high).min() > 0.9 - 1e-3
    assert (wide * high).max() < 1 + 1e-3
    assert max(wide.max(), high.max()) < 1 + 1e-3
    assert wide.std() > 0.01
    middle = cropped[:, 0, 24, 23:25].mean(dim=1)
    assert middle.min() < -0.01
    assert middle.max() > 0.01
    same = functions._cropped(torch.full((3, 2, 48, 48), 0.5))
    assert torch.allclose(same, torch.tensor(0.5))


def test_a_raw_input_needs_a_backbone(kind):
    task = Task(("a", "b"), {"audio": {"waveform": 1}}, (1, 1))
    with pytest.raises(RequestError, match="reads raw audio here: name a backbone"):
        kind(task, kind.Config())


def test_published_corrected_predictions_do_not_depend_on_the_batch(published):
    for variant, same in (("corrected", True), ("as_published", False)):
        subject = published[variant]
        model = subject.build()
        rows = subject.complete(8)
        order = np.argsort([subject.view.lengths(rows[i : i + 1])[0] for i in range(len(rows))])
        shortest = rows[order[:1]]
        with torch.inference_mode():
            alone = model(subject.batch(shortest)).logits
            among = model(subject.batch(np.concatenate([shortest, rows[order[-3:]]]))).logits
        assert alone.shape == (1, 4)
        assert torch.allclose(alone[0], among[0], atol=1e-4) is same, variant


@pytest.mark.parametrize("variant", VARIANTS)
def test_published_both_stages_train_on_checkpoints(published, monkeypatch, variant):
    model, session, seen, frozen = fitted(published[variant], monkeypatch, epochs=1)
    assert frozen == [True, False]
    start, first, second = seen
    assert all(torch.equal(start[k], first[k]) for k in start)
    moved = {k.split(".")[1] for k in start if not torch.equal(first[k], second[k])}
    assert moved == set(THREE)
    assert all(np.isfinite(e["train_loss"]) for e in session.epochs)
    # What the speech backbone froze itself stays frozen.
    assert not model.backbones["audio"].encoder.masked_spec_embed.requires_grad


def test_published_the_variants_differ_in_length_and_normalisation(published):
    corrected, as_published = (published[v].build() for v in VARIANTS)
    assert corrected.backbones["audio"].samples == 8000
    assert as_published.backbones["audio"].samples is None
    assert corrected.backbones["vision"].mean.any()
    assert not as_published.backbones["vision"].mean.any()


def test_published_what_is_absent_or_padding_is_not_looked_at(published):
    for variant, same in (("corrected", True), ("as_published", False)):
        model, data = published[variant].build(), published[variant].batch()
        changed = data
        for m in THREE:
            assert not data.present[m].all()
            changed = with_garbage(with_garbage(changed, m, absent=True), m, absent=False)
        with torch.inference_mode():
            expected, found = model(data).logits, model(changed).logits
        assert torch.isfinite(expected).all()
        assert torch.allclose(expected, found, atol=1e-4) is same, variant


def test_absent_audio_and_faces_reach_the_published_backbones_as_silence_and_black(functions):
    given = Sequence(torch.zeros(2, 1, 1), torch.tensor([0, 0]))
    silence = functions.unmasked(given, functions.SHORTEST)
    assert silence.values.shape == (2, 400, 1)
    assert silence.lengths.tolist() == [400, 400]
    assert functions.unmasked(given, 1).lengths.tolist() == [1, 1]
