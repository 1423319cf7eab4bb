from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest
import torch

from emobench import Batch, ImageBackbone, RequestError, Sequence, Task
from emobench.contract import CHECKS, Subject, run_check
from emobench.discovery.registry import registry
from emobench.training.seeding import seeded

CLASSES = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
RAW = Task(CLASSES, {"audio": {"waveform": 1}, "vision": {"frames": 2304}}, (1,) * 7)
TWO = ("audio", "vision")
SIZES = {"audio": 5, "vision": 4}
SMALL = Task(("a", "b"), {m: {"x": SIZES[m]} for m in TWO}, (1, 1))
TINY = {"audio_width": 8, "frame_width": 4, "vision_units": 4, "gate_width": 4, "heads": 2}
VARIANTS = ("corrected", "as_published")
FULL = {"audio": 20, "vision": 16}


@pytest.fixture(scope="module")
def kind():
    return registry("model")["avfusion"].load()


@pytest.fixture(scope="module")
def functions(kind):
    """The module that the model's file became."""
    return sys.modules[kind.__module__]


def build(kind, variant="corrected", task=SMALL, **config):
    with seeded(0):
        return kind(task, kind.Config(**TINY | config), variant).eval()


def values(steps: int, size: int, seed: int) -> torch.Tensor:
    return torch.randn(steps, size, generator=torch.Generator().manual_seed(seed))


def batch(rows: list[dict[str, int]], longest: int = 0) -> Batch:
    """Random values; a length of 0 is an absent modality; padded to `longest` at least."""
    inputs, present = {}, {}
    for m in TWO:
        steps = torch.tensor([row[m] for row in rows])
        whole = torch.zeros(len(rows), max(1, longest, int(steps.max())), SIZES[m])
        for i, n in enumerate(steps.tolist()):
            whole[i, :n] = values(n, SIZES[m], n + len(m))
        inputs[m], present[m] = {"x": Sequence(whole, steps)}, steps > 0
    names = tuple(map(str, range(len(rows))))
    return Batch(names, inputs, present, torch.zeros(len(rows), dtype=torch.long))


def seen_by(module, model, data):
    """What `module` is given, and what it answers, while `model` runs on `data`."""
    seen = []
    hook = module.register_forward_hook(lambda _, given, answer: seen.append((given, answer)))
    with torch.no_grad():
        model(data)
    hook.remove()
    return seen[0]


def alpha_of(model, data):
    return seen_by(model.attention, model, data)[1]


def count(module) -> int:
    return sum(p.numel() for p in module.parameters())


# --- sizes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("fusion", ["attention", "concat"])
def test_the_published_size_has_the_published_numbers_of_parameters(
    kind, functions, monkeypatch, variant, fusion
):
    def without_weights(name, **options):
        return ImageBackbone(name, pretrained=False, **options)

    monkeypatch.setattr(functions, "ImageBackbone", without_weights)
    config = dataclasses.replace(kind.presets["published"], fusion=fusion)
    model = kind(RAW, config, variant)
    gate = 41_024 if fusion == "attention" else 0
    assert count(model.voice) == 752_512
    assert (count(model.face.encoder), model.face.encoder.pixels) == (11_176_512, 112)
    assert count(model.face) == 12_753_472
    assert count(model.norms) + count(model.head) == 5_767
    assert count(model) == 13_511_751 + gate
    if gate:
        assert count(model.attention) == gate


def test_an_unknown_fusion_and_sizes_that_make_no_sense_are_refused(kind):
    with pytest.raises(RequestError, match=r"Unknown fusion 'sum'. Known: attention, concat"):
        kind.Config(fusion="sum")
    with pytest.raises(RequestError, match="audio_width must be a multiple of heads"):
        kind.Config(audio_width=30)


def test_the_convolutions_have_the_channels_that_are_asked_for(kind):
    task = Task(("a", "b"), {"audio": {"log_mel": 40}}, (1, 1))
    for config, wanted in (
        (kind.presets["published"], (32, 64, 128)),
        (kind.presets["compact"], kind.presets["compact"].widths),
        (kind.Config(channels="5+6+7", **TINY), (5, 6, 7)),
    ):
        plain = dataclasses.replace(config, vision_backbone="")
        convolutions = kind(task, plain).voice.convolutions
        assert tuple(c.out_channels for c in convolutions) == wanted
    # The notebook's first layer widens its inputs; the compact one is as wide.
    assert kind.presets["compact"].widths[0] >= kind.presets["published"].widths[0]
    for wrong in ("32+64", "32,64,128", "0+1+2", "a+b+c"):
        with pytest.raises(RequestError, match="channels are written"):
            kind.Config(channels=wrong)
    with pytest.raises(RequestError, match="widths, layers and frames must be at least 1"):
        kind.Config(frames=0)


def test_a_backbone_without_frames_is_refused(kind):
    with pytest.raises(RequestError, match="vision_backbone reads frames"):
        build(kind, vision_backbone="resnet18")


# --- frames ----------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [1, 2, 15, 16, 17, 31, 100])
def test_frames_are_drawn_evenly_each_once_from_first_to_last(functions, length):
    numbers = torch.arange(1.0, length + 1)[None, :, None]
    drawn = functions.draw(Sequence(numbers, torch.tensor([length])), 16, whole=False)
    chosen = drawn.values[0, :, 0].tolist()
    assert drawn.lengths.tolist() == [min(16, length)] == [len(chosen)]
    assert (chosen[0], chosen[-1]) == (1, length)
    gaps = np.diff(chosen)
    assert len(gaps) == 0 or (gaps.min() >= 1 and gaps.max() - gaps.min() <= 1)


@pytest.mark.parametrize("length", [1, 5, 16, 40])
def test_as_published_sixteen_frames_are_drawn_as_numpy_spaces_them(functions, length):
    numbers = torch.arange(float(length))[None, :, None]
    drawn = functions.draw(Sequence(numbers, torch.tensor([length])), 16, whole=True)
    assert drawn.values[0, :, 0].tolist() == np.linspace(0, length - 1, 16).astype(int).tolist()


def test_where_there_are_no_frames_black_ones_are_drawn_only_as_published(functions):
    nothing = Sequence(torch.zeros(2, 3, 1), torch.tensor([0, 3]))
    assert functions.draw(nothing, 16, whole=True).lengths.tolist() == [16, 16]
    assert functions.draw(nothing, 16, whole=False).lengths.tolist() == [0, 3]


# --- attention -------------------------------------------------------------------------------


def test_alpha_averages_one_sixteenth_and_follows_the_voice(kind):
    model = build(kind)
    with torch.no_grad():  # away from zero, where tanh is a line and the voice shifts all alike
        model.attention.vision.weight *= 10
    alpha = alpha_of(model, batch([FULL, FULL | {"audio": 7}]))
    assert alpha.shape == (2, 16)
    assert torch.allclose(alpha.mean(dim=1), torch.tensor(1 / 16))
    assert not torch.allclose(alpha[0], alpha[1], atol=1e-4)


def test_alpha_is_uniform_over_real_frames_without_a_voice_unless_as_published(kind):
    rows = [{"audio": 0, "vision": 16}, {"audio": 0, "vision": 3}, FULL]
    alpha = alpha_of(build(kind), batch(rows))
    assert torch.allclose(alpha[0], torch.tensor(1 / 16))
    assert torch.allclose(alpha[1, :3], torch.tensor(1 / 3))
    assert not alpha[1, 3:].any()
    assert alpha[2].std() > 1e-4
    published = alpha_of(build(kind, "as_published"), batch(rows))
    assert published[0].std() > 1e-4


def test_concat_is_the_same_branches_without_the_attention(kind):
    attention, concat = build(kind), build(kind, fusion="concat")
    assert count(concat) == count(attention) - count(attention.attention)
    concat.load_state_dict(
        {k: v for k, v in attention.state_dict().items() if not k.startswith("attention.")}
    )
    data = batch([FULL, {"audio": 9, "vision": 3}])
    pooled = []
    for model in (attention, concat):
        (given, *_), _ = seen_by(model.norms[0], model, data)
        pooled.append(given)
    ratio = pooled[0] / pooled[1]
    # The modulation 1 + alpha adds about one part in as many as there are frames.
    assert 0.9 / 16 < ratio[0].median() - 1 < 1.1 / 16
    assert 0.9 / 3 < ratio[1].median() - 1 < 1.1 / 3


# --- missing branches ------------------------------------------------------------------------


@pytest.mark.parametrize("absent", TWO)
def test_a_missing_branch_is_zero_behind_its_encoder_unless_as_published(kind, absent):
    rows = [FULL | {absent: 0}, FULL]
    place = slice(0, 8) if absent == "vision" else slice(8, 16)
    for variant, silent in (("corrected", True), ("as_published", False)):
        model = build(kind, variant)
        (given, *_), _ = seen_by(model.head, model, batch(rows))
        assert bool((given[0, place] == 0).all()) is silent, variant
        assert given[1, place].any()


def test_a_missing_branch_leaves_the_other_as_it_was_unless_as_published(kind):
    rows = [FULL, FULL | {"vision": 0}]
    for variant, same in (("corrected", True), ("as_published", False)):
        model = build(kind, variant)
        (given, *_), _ = seen_by(model.head, model, batch(rows))
        assert torch.allclose(given[0, 8:], given[1, 8:], atol=1e-5) is same, variant


def test_without_both_branches_the_answer_is_a_finite_constant(kind):
    nothing = dict.fromkeys(TWO, 0)
    logits = build(kind)(batch([nothing, FULL, nothing])).logits
    assert torch.isfinite(logits).all()
    assert torch.equal(logits[0], logits[2])
    assert not torch.allclose(logits[0], logits[1])


@pytest.mark.parametrize("here", TWO)
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_corpus_with_one_of_the_two_has_one_branch(kind, here, variant):
    task = Task(("a", "b"), {here: {"x": SIZES[here]}}, (1, 1))
    full = batch([FULL, FULL])
    model = build(kind, variant, task)
    assert not hasattr(model, "attention")
    assert model(dataclasses.replace(full, inputs={here: full.inputs[here]})).logits.shape == (2, 2)


# --- padding and batch mates -----------------------------------------------------------------


@pytest.mark.parametrize("length", [1, 2, 3, 5, 13, 20])
def test_as_published_padding_changes_the_answer_and_corrected_it_does_not(kind, length):
    row = {"audio": length, "vision": 3}
    for variant, same in (("corrected", True), ("as_published", False)):
        model = build(kind, variant)
        alone = model(batch([row])).logits[0]
        for data in (batch([row], longest=40), batch([row, {"audio": 33, "vision": 30}])):
            assert torch.allclose(alone, model(data).logits[0], atol=1e-5) is same, variant


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("training", [False, True])
def test_a_single_step_is_not_pooled_away(kind, variant, training):
    model = build(kind, variant).train(training)
    one = dict.fromkeys(TWO, 1)
    logits = model(batch([one, one])).logits
    assert torch.isfinite(logits).all()


def test_corrected_the_last_odd_step_counts_and_as_published_it_is_dropped(functions):
    steps = torch.tensor([[[1.0], [2.0], [3.0]]])
    for keep, expected in ((True, [2, 3]), (False, [2])):
        pooled = functions._pooled(Sequence(steps, torch.tensor([3])), keep)
        assert pooled.values.flatten().tolist() == expected
        assert pooled.lengths.tolist() == [len(expected)]


def test_statistics_are_those_of_real_steps(functions):
    norm = functions.RealStepNorm(4).train()
    real = torch.tensor([[True] * 5, [True, True, False, False, False]])
    data = values(10, 4, 0).view(2, 5, 4) * 3 + 1
    found = norm(data, real)
    expected = torch.nn.functional.batch_norm(data[real], None, None, training=True)
    assert torch.allclose(found[real], expected, atol=1e-5)
    assert not found[~real].any()
    assert torch.allclose(norm.running_mean, 0.1 * data[real].mean(dim=0), atol=1e-5)


@pytest.mark.parametrize("steps", [0, 1])
def test_too_few_real_steps_are_normalised_by_what_is_known(functions, steps):
    norm = functions.RealStepNorm(4).train()
    norm(values(8, 4, 0)[None], torch.ones(1, 8, dtype=torch.bool))
    before = norm.running_mean.clone(), norm.running_var.clone()
    found = norm(values(3, 4, 1)[None], torch.arange(3)[None] < steps)
    assert torch.isfinite(found).all()
    assert torch.equal(norm.running_mean, before[0])
    assert torch.equal(norm.running_var, before[1])


def test_as_published_padding_is_in_the_statistics_and_corrected_it_is_not(kind):
    rows = [FULL, FULL | {"audio": 6}]
    for variant, same in (("corrected", True), ("as_published", False)):
        means = []
        for longest in (20, 60):
            model = build(kind, variant, dropout=0.0).train()
            model(batch(rows, longest))
            means.append(model.voice.norms[0].running_mean)
        assert torch.allclose(*means, atol=1e-6) is same, variant


# --- training --------------------------------------------------------------------------------


def test_the_learning_rate_follows_dev_and_as_published_the_train_loss(kind):
    config = kind.presets["published"]
    assert (config.schedule, config.plateau, config.plateau_factor) == ("plateau", 3, 0.5)
    for variant, watched in (("corrected", "dev_macro_f1"), ("as_published", "train_loss")):
        assert build(kind, variant).config.plateau_watches == watched


def test_it_is_trained_as_the_notebook_says(kind):
    config = kind.presets["published"]
    assert (config.learning_rate, config.weight_decay, config.clip_norm) == (1e-3, 1e-4, 5.0)
    assert (config.epochs, config.batch_size, config.loss) == (10, 32, "cross_entropy")
    assert type(build(kind).optimizer()) is torch.optim.Adam


# --- the published track ---------------------------------------------------------------------


def test_coefficients_are_those_of_the_window_and_of_no_other_utterance(functions):
    rate = 16_000
    cepstrum = functions.Cepstrum(published=False)
    waves = torch.zeros(4, 5 * rate, 1)
    lengths = torch.tensor([5 * rate, rate, 0, 2 * rate])
    for i, n in enumerate(lengths.tolist()):
        waves[i, :n] = values(n, 1, i) * (0.1 if i else 1.0)
    together = cepstrum(Sequence(waves, lengths))
    assert together.values.shape == (4, 246, 13)
    assert together.lengths.tolist() == [246, 101, 0, 201]
    assert not together.values[2].any()
    for i in (0, 1, 3):
        alone = cepstrum(Sequence(waves[[i], : lengths[i]], lengths[[i]]))
        assert torch.allclose(together.values[i], alone.values[0], atol=1e-3)
    # Of five seconds, half a second is left out and 2.45 are taken.
    cut = waves[[0], rate // 2 : rate // 2 + functions.Cepstrum.window]
    short = cepstrum(Sequence(cut, torch.tensor([cut.shape[1]])))
    assert torch.allclose(together.values[0], short.values[0], atol=1e-3)


def test_as_published_half_a_second_is_cut_off_whatever_is_left(functions):
    wave = Sequence(values(7000, 1, 0)[None], torch.tensor([7000]))  # shorter than that
    published, corrected = (functions.Cepstrum(v)(wave) for v in (True, False))
    assert published.lengths.tolist() == [246]
    assert published.values[0].std(dim=0).max() < 1e-3  # silence
    assert corrected.lengths.tolist() == [44]
    assert corrected.values[0, :44].std(dim=0).min() > 0.1


@pytest.fixture(scope="module")
def raw(checkpoints):
    """The model on raw inputs, with a tiny image encoder, per variant."""
    options = {
        "vision_backbone": str(checkpoints["vit"]), "frame_pixels": "0",
        "audio_width": "8", "vision_units": "4",
    }  # fmt: skip
    entry = registry("model")["avfusion"]
    return {v: Subject(entry, options, v, "published") for v in VARIANTS}


@pytest.mark.parametrize("variant", VARIANTS)
def test_raw_inputs_go_through_it_with_modalities_missing(raw, variant):
    subject = raw[variant]
    assert subject.view.task.inputs == {m: dict(RAW.inputs[m]) for m in TWO}
    data = subject.batch()
    assert not all(p.all() for p in data.present.values())
    model = subject.build()
    assert isinstance(model.face.encoder, ImageBackbone)
    with torch.no_grad():
        logits = model(data).logits
    assert logits.shape == (len(data), 4)
    assert torch.isfinite(logits).all()


def test_as_published_frames_are_not_normalised(raw):
    means = [raw[v].build().face.encoder.mean.abs().sum() > 0 for v in VARIANTS]
    assert means == [True, False]


@pytest.mark.parametrize(
    "check", ["batch_of_one", "every_subset", "padding_invariance", "erased_values", "gradients"]
)
def test_the_contract_is_kept_on_raw_inputs(raw, check):
    assert check in CHECKS
    result = run_check(raw["corrected"], check)
    assert result.verdict == "passed", result.note
