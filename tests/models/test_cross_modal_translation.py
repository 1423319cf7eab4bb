from __future__ import annotations

import contextlib
import copy
import dataclasses
import itertools
import sys
from types import SimpleNamespace

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emobench import Batch, RequestError, Sequence, Task
from emobench.discovery.card_numbers import filled
from emobench.discovery.registry import registry

THREE = ("text", "audio", "vision")
SIZES = {"text": 5, "audio": 6, "vision": 4}
TASK = Task(("a", "b"), {m: {"x": d} for m, d in SIZES.items()}, (1, 1))
PUBLISHED = Task(
    ("anger", "disgust", "fear", "happiness", "neutral", "sadness"),
    {"text": {"bert": 768}, "audio": {"panns": 300}, "vision": {"fan": 300}},
    (1,) * 6,
)
SMALL = {
    "width": 8, "heads": 2, "feedforward": 8, "generator_layers": 1, "latent": 4, "hidden": 8,
    "steps": 4, "dropout": 0.0,
}  # fmt: skip
WEIGHTS = (
    "reconstruction", "pairing", "kl", "adversarial", "sequence_adversarial", "cycle", "end_to_end",
)  # fmt: skip
NONE = dict.fromkeys(WEIGHTS, 0.0)
ALL = dict.fromkeys(THREE, 5)


@pytest.fixture(scope="module")
def kind():
    return registry("model")["cross_modal_translation"].load()


@pytest.fixture(scope="module")
def code(kind):
    """The model's module, for its parts."""
    return sys.modules[kind.__module__]


@pytest.fixture(autouse=True)
def _seeded():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def build(kind, variant="corrected", task=TASK, **config):
    return kind(task, kind.Config(**SMALL | config), variant).eval()


def batch(rows: list[dict[str, int]], longest: int = 0, seed: int = 0) -> Batch:
    """One thing, ``[B]``, is told by every modality; a length of 0 is an absent modality."""
    generator = torch.Generator().manual_seed(seed)
    told = torch.randn(len(rows), generator=generator)
    inputs, present = {}, {}
    for m, size in SIZES.items():
        steps = torch.tensor([row[m] for row in rows])
        values = 0.3 * torch.randn(len(rows), 14, size, generator=generator)
        values = (values + told[:, None, None])[:, : max(1, longest, int(steps.max()))]
        sequence = Sequence(values, steps)
        inputs[m] = {"x": Sequence(values * sequence.mask[..., None], steps)}
        present[m] = steps > 0
    return Batch(tuple(map(str, range(len(rows)))), inputs, present, (told > 0).long())


def lacking(*modalities: str) -> dict[str, int]:
    return {m: 0 if m in modalities else n for m, n in ALL.items()}


def trained(code, model, data: Batch, updates: int):
    """The model's `Training` after so many updates of the translators."""
    session = SimpleNamespace(autocast=contextlib.nullcontext, train_batches=lambda: iter([data]))
    training = code.Training(model.train(), session)
    for _ in range(updates):
        training.update_translators(data)
    model.eval()
    return training


def errors(code, model, data: Batch) -> dict[str, float]:
    """Errors of reconstruction, pairing and cycle over `data`, and the latents' statistics."""
    training = trained(code, model, data, 0)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(7)
        found = model.features(data)
        own = model.translators.posteriors(found)
        kept = torch.eye(3, dtype=torch.bool).repeat(len(data) // 3 + 1, 1)[: len(data)]
        made = training._translated(found, own, kept)
        pairs = [
            code.squared_error(made[m], real, code.without(kept, i).any(dim=1))
            for i, (m, real) in enumerate(found.items())
        ]
        return {
            "reconstruction": training._reconstruction(found, own).item(),
            "pairing": code.mean_of(pairs).item(),
            "cycle": training._cycle(found, made, kept).item(),
            "mu": torch.cat([mu for mu, _ in own.values()]).norm(dim=1).mean().item(),
            "variance": torch.cat([v.exp() for _, v in own.values()]).mean().item(),
        }


def count(module) -> int:
    return sum(p.numel() for p in module.parameters())


def state(module) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in module.named_parameters()}


def changed(module, before) -> bool:
    return any(not torch.equal(p, before[n]) for n, p in module.named_parameters())


# --- sizes ---------------------------------------------------------------------------------------


def test_as_published_has_the_scripts_numbers_of_parameters(kind):
    script = kind(PUBLISHED, kind.Config(), "as_published").script
    assert count(script.encoders) + count(script.head) == 3_618_206
    assert count(script.translator) == 339_884
    assert count(script.discriminator) == 38_657


def test_the_published_preset_has_generators_of_the_stated_size(kind):
    names = dict.fromkeys((f"{m}_backbone" for m in THREE), "")
    config = dataclasses.replace(kind.presets["published"], **names)
    model = kind(PUBLISHED, config)
    for generator in model.translators.generators.values():
        assert len(generator.layers.layers) == 2
        assert 1.5e6 < count(generator) < 2e6


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"classifier_updates": 0}, "nothing else classifies"),
        ({"accumulation": 2}, "accumulation must be 1"),
        ({"cycle": -1.0}, "cycle must not be negative"),
        ({"translator_updates": -1}, "translator_updates must not be negative"),
        ({"reading": "C"}, "Unknown reading 'C'"),
        ({"fill": "zero"}, "Unknown fill 'zero'"),
        ({"width": 10}, "multiple of 4 heads"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"generated_share": 0.7}, "in a share of 0 to 0.667 of the utterances"),
        ({"generated_share": -0.1}, "in a share of 0 to 0.667"),
        ({"dropout": 1.0}, "dropout must be in"),
    ],
)
def test_settings_that_make_no_sense_are_refused(kind, changes, words):
    with pytest.raises(RequestError, match=words):
        kind.Config(**SMALL | changes)


# --- losses --------------------------------------------------------------------------------------


@pytest.mark.parametrize("off", WEIGHTS)
def test_a_loss_of_weight_zero_is_not_computed(kind, code, off):
    training = trained(code, build(kind, **{off: 0.0}), batch([ALL] * 12), 1)
    assert set(training.losses) == set(WEIGHTS) - {off}
    only = trained(code, build(kind, **NONE | {off: 1.0}), batch([ALL] * 12), 1)
    assert set(only.losses) == {off}


def test_without_any_loss_the_translators_stay_as_they_are(kind, code):
    model = build(kind, **NONE)
    before = state(model.translators)
    assert trained(code, model, batch([ALL] * 6), 2).model.updates["translator"] == 0
    assert not changed(model.translators, before)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["reconstruction", "pairing", "cycle"])
def test_a_loss_that_is_on_lowers_its_error(kind, code, name):
    rows = [ALL] * 32
    quiet = NONE | {"reconstruction": 1.0, "translator_rate": 0.02}
    error = {}
    for weight in (0.0, 1.0):
        model = build(kind, **quiet | {name: weight})
        trained(code, model, batch(rows), 30)
        error[weight] = errors(code, model, batch(rows, seed=1))[name]
    assert error[1.0] < 0.9 * error[0.0]


def test_without_kl_the_latents_drift_and_their_variance_collapses(kind, code):
    seen = {}
    for weight in (0.0, 1.0):
        model = build(kind, **NONE | {"reconstruction": 1.0, "kl": weight, "translator_rate": 0.02})
        trained(code, model, batch([ALL] * 32), 30)
        seen[weight] = errors(code, model, batch([ALL] * 32, seed=1))
    assert seen[0.0]["mu"] > 2 * seen[1.0]["mu"]
    assert seen[0.0]["variance"] < 0.5 * seen[1.0]["variance"]


def test_the_kl_is_that_of_a_gaussian(code):
    mu, log_variance = torch.randn(3, 4), torch.randn(3, 4)
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(
        normal(mu, (0.5 * log_variance).exp()), normal(torch.zeros(4), torch.ones(4))
    )
    assert torch.allclose(code.divergence(mu, log_variance), expected.mean(dim=1), atol=1e-5)


def test_end_to_end_the_classifiers_loss_reaches_the_translators(kind, code):
    model = build(kind, **NONE | {"end_to_end": 1.0})
    before = state(model.translators)
    trained(code, model, batch([ALL] * 12), 1)
    assert changed(model.translators, before)
    skipping = build(kind, **NONE | {"end_to_end": 1.0, "fill": "skip"})
    assert trained(code, skipping, batch([ALL] * 12), 1).losses == {}


# --- discriminators ------------------------------------------------------------------------------


def test_discriminators_exist_only_for_losses_that_are_on(kind):
    assert build(kind, adversarial=0.0, sequence_adversarial=0.0).discriminators is None
    averages = build(kind, sequence_adversarial=0.0).discriminators
    assert set(averages.averages) == set(THREE)
    assert averages.joint is None
    assert count(averages.encoders) == 0
    sequences = build(kind, adversarial=0.0).discriminators
    assert count(sequences.averages) == 0
    assert count(sequences.encoders) > 0


@pytest.mark.parametrize(("reading", "verdicts"), [("A", 3 + 1), ("B", 3 * (2 + 1))])
def test_the_two_readings_build_and_judge_differently(kind, code, reading, verdicts):
    config = NONE | {"sequence_adversarial": 1.0}
    model = build(kind, reading=reading, chunks=2, **config)
    found = model.features(batch([ALL] * 6))
    kept = code.thinned(code.presence(found), torch.ones(3))
    judged = model.discriminators(found, found, code.presence(found), kept)
    assert len(judged) == verdicts
    assert (model.discriminators.joint is None) is (reading == "B")
    trained(code, model, batch([ALL] * 6), 1)
    assert model.updates == {"translator": 1, "classifier": 0, "discriminator": 1}


def test_chunk_discriminators_see_their_chunk_alone(code):
    values = torch.arange(1.0, 8.0)[None, :, None]
    parts = [code.chunk(Sequence(values, torch.tensor([7])), k, 3) for k in range(3)]
    assert [p.values[p.mask][:, 0].tolist() for p in parts] == [[1, 2], [3, 4], [5, 6, 7]]
    short = [code.chunk(Sequence(values, torch.tensor([1])), k, 3).lengths.item() for k in range(3)]
    assert sum(short) == 1


def test_only_complete_utterances_are_real_tuples(kind, code):
    model = build(kind, **NONE | {"sequence_adversarial": 1.0})
    found = model.features(batch([ALL, lacking("text"), lacking("audio", "vision")]))
    present = code.presence(found)
    kept = present & torch.tensor([[True, False, True]] * 3)
    joint = model.discriminators(found, found, present, kept)[-1]
    assert [len(scores) for scores in joint[1:]] == [1, 3]


def test_weight_decay_spares_the_discriminators(kind, code):
    model = build(kind, weight_decay=0.25)
    optimizers = trained(code, model, batch([ALL] * 2), 0).optimizers
    decay = {name: one.param_groups[0]["weight_decay"] for name, one in optimizers.items()}
    assert decay == {"translator": 0.25, "classifier": 0.25, "discriminator": 0.0}


def test_discriminators_learn_to_tell_generated_from_real(kind, code):
    config = {"adversarial": 1e-9, "sequence_adversarial": 1e-9, "translator_rate": 0.02}
    model = build(kind, **NONE | config)
    data = batch([ALL] * 32)
    trained(code, model, data, 20)
    found = model.features(data)
    present = code.presence(found)
    kept = code.thinned(present, torch.ones(3))
    made = trained(code, model, data, 0)._translated(
        found, model.translators.posteriors(found), kept
    )
    for name, real, fake in model.discriminators(found, made, present, kept):
        assert real.mean() > fake.mean() + 0.1, name


def test_utterances_with_one_modality_each_train_the_adversaries_and_pair_nothing(kind, code):
    rows = [lacking("audio", "vision"), lacking("text", "vision"), lacking("text", "audio")] * 4
    training = trained(code, build(kind), batch(rows), 2)
    assert training.losses["pairing"] == 0
    assert training.losses["adversarial"] > 0
    assert training.model.updates["discriminator"] == 2
    assert all(torch.isfinite(p).all() for p in training.model.parameters())


# --- updates -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ratio", "steps", "expected"), [
    ((1, 7), 16, (2, 14)), ((2, 3), 10, (4, 6)), ((0, 1), 5, (0, 5)), ((3, 1), 6, (5, 1)),
])  # fmt: skip
def test_updates_are_counted_in_the_ratio(kind, code, ratio, steps, expected):
    model = build(kind, translator_updates=ratio[0], classifier_updates=ratio[1])
    training = trained(code, model, data := batch([ALL] * 6), 0)
    for _ in range(steps):
        training.step(data)
    assert (model.updates["translator"], model.updates["classifier"]) == expected
    assert model.updates["discriminator"] == expected[0]


def test_each_update_moves_its_own_part_alone(kind, code):
    model = build(kind)
    training = trained(code, model, data := batch([ALL] * 12), 0)
    parts = training.parts
    for update, moved in (
        (training.update_classifier, {"classifier"}),
        (training.update_translators, {"translator", "discriminator"}),
    ):
        before = {name: state(part) for name, part in parts.items()}
        update(data)
        assert {n for n, part in parts.items() if changed(part, before[n])} == moved


def test_the_classifier_trains_on_a_share_of_generated_inputs(kind, code):
    for share, all_real in ((0.0, True), (0.5, False)):
        model = build(kind, generated_share=share)
        training = trained(code, model, data := batch([ALL] * 64), 0)
        seen = []
        model.classifier.register_forward_pre_hook(lambda _, g, seen=seen: seen.append(g[0]))
        training.update_classifier(data)
        real = model.features(data)
        same = torch.stack(
            [(seen[0][m].values == real[m].values).flatten(1).all(dim=1) for m in THREE], dim=1
        )
        assert bool(same.all()) is all_real
        assert same.any(dim=1).all()


def within_reach(patterns, share: float) -> bool:
    """Whether every set of modalities that lack less than `share` can be hidden up to it.

    An utterance can hide all of a set that it has, or all but one if it has nothing else.
    """
    total = sum(patterns.values())
    absent = [sum(n for p, n in patterns.items() if not p[m]) / total for m in range(len(THREE))]
    wanted = {m: share - a for m, a in enumerate(absent) if a < share and a < 1}
    for size in range(1, len(wanted) + 1):
        for some in itertools.combinations(wanted, size):
            room = sum(
                n * (len(had & set(some)) - (had <= set(some)))
                for p, n in patterns.items()
                if (had := {m for m, there in enumerate(p) if there})
            )
            if sum(wanted[m] for m in some) > room / total - 0.01:
                return False
    return True


PATTERNS = [p for p in itertools.product((False, True), repeat=3) if any(p)]


@settings(max_examples=60)
@given(
    counts=st.lists(st.integers(0, 9), min_size=7, max_size=7).filter(any),
    modalities=st.sampled_from([2, 3]),
    share=st.floats(0.0, 0.6),
)
def test_each_modality_is_generated_in_the_share_that_is_asked_for(counts, modalities, share):
    code = sys.modules[registry("model")["cross_modal_translation"].load().__module__]
    # With two modalities the third is never there.
    patterns = {
        p: n for p, n in zip(PATTERNS, counts, strict=True) if n and not any(p[modalities:])
    }
    assume(patterns)
    odds, expected = code.hiding_odds(patterns, share)
    rows = [p for p, n in patterns.items() for _ in range(n)]
    present = torch.tensor(rows).repeat(6000 // len(rows) + 1, 1)
    kept = code.thinned(present, odds)
    assert not (kept & ~present).any()
    assert kept.any(dim=1).all()
    absent = 1 - torch.tensor(rows).double().mean(dim=0)
    generated = 1 - kept.double().mean(dim=0)
    assert torch.allclose(generated, torch.tensor(expected).double(), atol=0.03)
    for m in range(3):
        if absent[m] >= share:
            assert generated[m] == pytest.approx(absent[m].item(), abs=1e-6)
        elif within_reach(patterns, share):
            assert generated[m] == pytest.approx(share, abs=0.03)
            assert expected[m] == pytest.approx(share, abs=1e-4)
        else:
            assert expected[m] <= 1


@pytest.mark.parametrize("share", [0.2, 0.4, 0.5])
@pytest.mark.parametrize("modalities", [2, 3])
def test_the_share_of_a_complete_corpus_is_exact_and_is_recorded(kind, code, modalities, share):
    names = THREE[:modalities]
    model = build(
        kind, task=Task(("a", "b"), {m: {"x": SIZES[m]} for m in names}, (1, 1)),
        generated_share=share,
    )  # fmt: skip
    data = batch([ALL] * 400)
    training = trained(code, model, data, 0)
    for _ in range(10):
        training.update_classifier(data)
    generated = training.report()["generated"]
    assert set(generated) == set(names)
    for found in generated.values():
        assert found["expected"] == pytest.approx(share, abs=1e-5)
        assert found["share"] == pytest.approx(share, abs=0.03)


def test_the_card_names_the_share_of_the_presets(kind):
    said = " ".join(filled(registry("model")[kind.card.name]).deviations)
    for preset in kind.presets.values():
        assert f"in a share of {preset.generated_share:g} of its training" in said


def test_a_share_beyond_two_modalities_is_refused_when_the_model_is_built(kind):
    task = Task(("a", "b"), {m: {"x": SIZES[m]} for m in ("text", "audio")}, (1, 1))
    with pytest.raises(RequestError, match=r"with 2 modalities, .* a share of 0 to 0.5 of the"):
        build(kind, task=task, generated_share=0.6)
    build(kind, task=task, generated_share=0.5)
    build(kind, task=Task(("a", "b"), {"text": {"x": 5}}, (1, 1)), generated_share=0.6)


def test_what_a_corpus_lacks_counts_towards_the_share(kind, code):
    rows = [lacking("audio")] * 30 + [lacking("audio", "vision")] * 12 + [ALL] * 18
    model = build(kind, generated_share=0.5)
    data = batch(rows)
    session = SimpleNamespace(autocast=contextlib.nullcontext, train_batches=lambda: iter([data]))
    model._measure(session)
    training = code.Training(model, session)
    for _ in range(30):
        training.update_classifier(data)
    generated = training.report()["generated"]
    assert {m: round(g["expected"], 3) for m, g in generated.items()} == {
        "text": 0.5, "audio": 0.7, "vision": 0.5,
    }  # fmt: skip
    assert generated["audio"]["share"] == pytest.approx(0.7)
    assert generated["text"]["share"] == pytest.approx(0.5, abs=0.03)


def test_the_loss_of_a_step_bears_the_name_of_what_was_updated(kind, code):
    training = trained(code, build(kind), data := batch([ALL] * 6), 0)
    names = [tuple(training.step(data)) for _ in range(9)]
    assert names == [("translation",), *[("classification",)] * 7, ("translation",)]


@pytest.mark.parametrize("variant", ["corrected", "as_published"])
def test_a_training_goes_on_from_its_state_to_the_bit(kind, code, variant):
    data = batch([ALL, lacking("audio")] * 6)
    make = code.ScriptTraining if variant == "as_published" else code.Training
    session = SimpleNamespace(autocast=contextlib.nullcontext, train_batches=lambda: iter([data]))

    def fresh():
        model = build(kind, variant).train()
        if variant == "corrected":
            model._measure(session)
            model.train()
        training = make(model, session)
        # The loop stores the optimisers, which it is given beside the state.
        optimizers = training.adam if variant == "as_published" else training.optimizers
        return model, training, optimizers

    model, training, optimizers = fresh()
    for _ in range(5):
        training.step(data)
    stored = copy.deepcopy((model.state_dict(), training.state_dict(), torch.get_rng_state()))
    steps = copy.deepcopy({name: one.state_dict() for name, one in optimizers.items()})
    expected = [training.step(data) for _ in range(6)]
    again, continued, others = fresh()
    for name, one in others.items():
        one.load_state_dict(steps[name])
    again.load_state_dict(stored[0])
    continued.load_state_dict(stored[1])
    torch.set_rng_state(stored[2])
    assert [continued.step(data) for _ in range(6)] == expected
    for name, value in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name
    assert again.updates == model.updates
    if variant == "corrected":
        untimed = [
            {n: v for n, v in t.report().items() if n in ("losses", "generated")}
            for t in (training, continued)
        ]
        assert untimed[0] == untimed[1]


def test_fit_measures_warms_up_and_alternates(kind, small):
    small_ones = SMALL | {"epochs": 2, "patience": 2, "warmup_epochs": 1, "batch_size": 16}
    view = small.view("cross_modal_translation")
    model = kind(view.task, kind.Config(**small_ones))
    session = small.session(view, model.config)
    model.fit(session)
    batches = -(-len(view.parts.train) // 16)
    joint = [i % 8 == 0 for i in range(2 * batches)]
    assert model.updates["translator"] == batches + sum(joint)
    assert model.updates["classifier"] == len(joint) - sum(joint)
    assert [e.get("stage") for e in session.epochs] == ["translators", "joint", "joint"]
    last = session.epochs[-1]
    assert last["parts"]["translator"]["parameters"] == count(model.translators)
    assert last["train_loss"] == last["losses"]["classification"] != last["losses"]["translation"]
    assert 0.2 < last["parts"]["generated"]["vision"]["share"] < 0.6
    lengths = view.features["vision"]["face_descriptor"].table.lengths[view.parts.train]
    expected = lengths.clip(max=4)[lengths > 0].mean()
    assert abs(int(model.standardisers["vision"].usual) - expected) <= 0.5
    found = model.features(next(iter(session.train_batches())))
    assert found["audio"].values[found["audio"].mask].std() == pytest.approx(1, abs=0.3)


# --- generation and filling ----------------------------------------------------------------------


@pytest.mark.parametrize("target", THREE)
def test_a_modality_is_generated_from_the_others_and_never_from_itself(kind, target):
    model = build(kind)
    model.standardisers[target].usual.fill_(3)
    data = batch([ALL, ALL, lacking(target), lacking(*(m for m in THREE if m != target))])
    made = model.generate(data, target)
    assert made.values.shape == (4, 3, SIZES[target])
    assert made.lengths.tolist() == [3] * 4
    other = batch([ALL] * 4, seed=5)
    own = dataclasses.replace(data, inputs=data.inputs | {target: other.inputs[target]})
    assert torch.equal(model.generate(own, target).values, made.values)
    source = next(m for m in THREE if m != target)
    moved = dataclasses.replace(data, inputs=data.inputs | {source: other.inputs[source]})
    again = model.generate(moved, target).values
    assert not torch.allclose(again[0], made.values[0])
    assert torch.equal(again[3], made.values[3])  # from the prior: there is nothing else


def test_what_is_generated_is_closer_to_the_truth_than_the_mean_is(kind, code):
    config = {"reconstruction": 1.0, "pairing": 1.0, "kl": 0.01, "translator_rate": 0.02}
    model = build(kind, **NONE | config)
    trained(code, model, batch([ALL] * 64), 40)
    data = batch([ALL] * 64, seed=3)
    real, made = data["vision"].values.mean(dim=1), model.generate(data, "vision").values.mean(1)
    assert (made - real).pow(2).mean() < 0.4 * (real - real.mean(dim=0)).pow(2).mean()


def test_sources_are_fused_as_a_product_of_gaussians(code):
    posteriors = {
        "a": (torch.tensor([[2.0]]), torch.tensor([[0.0]])),
        "b": (torch.tensor([[5.0]]), torch.tensor([[2.0]]).log()),
    }
    for sources, mean, variance in (
        ([False, False], 0, 1), ([True, False], 1, 1 / 2), ([True, True], 4.5 / 2.5, 1 / 2.5),
    ):  # fmt: skip
        found = code.fused(posteriors, torch.tensor([sources]))
        assert [x.item() for x in found] == pytest.approx([mean, variance])


@pytest.mark.parametrize("fill", ["generate", "mean", "skip"])
def test_absent_modalities_are_filled_as_asked(kind, code, fill):
    model = build(kind, fill=fill)
    model.standardisers["vision"].usual.fill_(2)
    data = batch([ALL, lacking("vision")])
    found = model.features(data)
    filled = model.complete(found, code.presence(found))
    assert torch.equal(filled["text"].values, found["text"].values)
    assert torch.equal(filled["vision"].values[0], found["vision"].values[0])
    put = filled["vision"].values[1, :2]
    assert filled["vision"].lengths.tolist() == [4, 0 if fill == "skip" else 2]
    assert bool(put.any()) is (fill == "generate")
    if fill == "generate":
        made = model.generate(data, "vision")
        assert torch.allclose(model.standardisers["vision"].restore(made).values[1], put, atol=1e-6)


def test_a_filled_modality_counts_and_a_skipped_one_does_not(kind):
    data = batch([lacking("vision"), lacking("vision")])
    for fusion in ("attention", "concat", "mean"):
        model = build(kind, fusion=fusion, fill="skip")
        with torch.no_grad():
            before = model(data).logits
            for p in model.classifier.encoders["vision"].parameters():
                p.add_(1.0)
            after = model(data).logits
            assert torch.allclose(before, after, atol=1e-6)
            model.fill = "generate"
            assert not torch.allclose(model(data).logits, after, atol=1e-3)


@pytest.mark.parametrize("fusion", ["attention", "concat", "mean"])
@pytest.mark.parametrize("fill", ["generate", "mean", "skip"])
def test_every_subset_and_none_at_all_give_finite_logits(kind, fusion, fill):
    rows = [{m: 3 * (code >> i & 1) for i, m in enumerate(THREE)} for code in range(8)]
    assert torch.isfinite(build(kind, fusion=fusion, fill=fill)(batch(rows)).logits).all()


def test_attention_is_to_the_other_modalities(kind):
    model = build(kind)
    seen = []
    model.classifier.attention.register_forward_pre_hook(
        lambda _, __, given: seen.append(given["attn_mask"]), with_kwargs=True
    )
    model(batch([ALL]))
    assert seen[0].sum(dim=1).tolist() == [4, 4, 4]
    assert (seen[0].sum(dim=0) == 1).all()


def test_a_corpus_with_one_modality_needs_no_other(kind, code):
    task = Task(("a", "b"), {"text": {"x": 5}}, (1, 1))
    model = build(kind, task=task)
    data = batch([ALL] * 4)
    trained(code, model, data, 2)
    assert model(data).logits.shape == (4, 2)


# --- batches -------------------------------------------------------------------------------------


def test_corrected_is_independent_of_batch_and_padding_and_as_published_is_not(kind):
    rows = [ALL, lacking("audio"), ALL | {"text": 9}]
    for variant, same in (("corrected", True), ("as_published", False)):
        model = build(kind, variant)
        with torch.no_grad():
            whole = model(batch(rows)).logits[:1]
            longer = model(batch(rows, longest=14)).logits[:1]
            first = batch(rows)
            alone = model(
                Batch(
                    first.ids[:1],
                    {m: {"x": Sequence(s["x"].values[:1], s["x"].lengths[:1])}
                     for m, s in first.inputs.items()},
                    {m: p[:1] for m, p in first.present.items()},
                    first.labels[:1],
                )
            ).logits  # fmt: skip
        assert torch.allclose(whole, longer, atol=1e-5) is same, variant
        assert torch.allclose(whole, alone, atol=1e-5) is same, variant


@given(st.lists(st.integers(0, 12), min_size=1, max_size=5), st.integers(1, 6), st.integers(0, 3))
def test_pooling_averages_segments_of_each_utterances_own_length(lengths, steps, padding):
    code = sys.modules[registry("model")["cross_modal_translation"].load().__module__]
    steps_of = torch.tensor(lengths)
    values = torch.randn(len(lengths), max(1, *lengths) + padding, 2)
    whole = Sequence(values, steps_of)
    whole = Sequence(values * whole.mask[..., None], steps_of)
    found = code.pooled(whole, steps)
    assert found.lengths.tolist() == [min(n, steps) for n in lengths]
    assert not found.values[~found.mask].any()
    for i, n in enumerate(lengths):
        k = min(n, steps)
        cuts = [j * n // k for j in range(k + 1)] if k else []
        for j in range(k):
            expected = values[i, cuts[j] : cuts[j + 1]].mean(dim=0)
            assert torch.allclose(found.values[i, j], expected, atol=1e-5)


# --- as published --------------------------------------------------------------------------------


def test_as_published_never_looks_at_the_real_audio_and_only_at_the_average_face(kind):
    model = build(kind, "as_published")
    data, other = batch([ALL] * 3), batch([ALL] * 3, seed=2)
    with torch.no_grad():
        logits = model(data).logits
        audio = dataclasses.replace(data, inputs=data.inputs | {"audio": other.inputs["audio"]})
        assert torch.equal(model(audio).logits, logits)
        face = data["vision"]
        turned = {"vision": {"x": Sequence(face.values.flip(1), face.lengths)}}
        shuffled = dataclasses.replace(data, inputs=data.inputs | turned)
        assert torch.allclose(model(shuffled).logits, logits, atol=1e-5)
        text = dataclasses.replace(data, inputs=data.inputs | {"text": other.inputs["text"]})
        assert not torch.allclose(model(text).logits, logits, atol=1e-4)


def test_as_published_trains_its_three_parts_once_a_batch(kind, small):
    view = small.view("cross_modal_translation")
    model = kind(view.task, kind.Config(epochs=1, batch_size=16), "as_published")
    before = {"translator": state(model.script.translator), "head": state(model.script.head)}
    model.fit(small.session(view, model.config))
    batches = -(-len(view.parts.train) // 16)
    assert model.updates == dict.fromkeys(("classifier", "translator", "discriminator"), batches)
    assert changed(model.script.translator, before["translator"])
    assert changed(model.script.head, before["head"])
    assert not model.can_generate
    with pytest.raises(NotImplementedError):
        model.generate(next(iter(small.session(view, model.config).dev_batches())), "audio")


# --- published track -----------------------------------------------------------------------------


def test_behind_backbones_it_is_built_for_their_output_and_generates_it(kind, code):
    """What a run reads is in tests/benchmark/cli/test_backbone.py."""
    config = {f"{m}_backbone": "any" for m in THREE}
    model = build(kind, **config)
    assert kind.frozen_backbones
    assert model.can_generate
    assert not kind.generates(model.config, "as_published")
    data = batch([ALL, lacking("text")])
    trained(code, model, data, 1)
    assert model.generate(data, "text").values.shape[2] == SIZES["text"]


def test_raw_inputs_without_a_backbone_are_refused(kind):
    with pytest.raises(RequestError, match="reads raw audio here: name a backbone"):
        build(kind, task=Task(("a", "b"), {"audio": {"waveform": 1}}, (1, 1)))
