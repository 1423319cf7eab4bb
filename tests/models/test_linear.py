from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score

from emobench import ModelError
from emobench.discovery.registry import registry

ALONE = {"text_only": "text", "audio_only": "audio", "vision_only": "vision"}
THREE = ("text", "audio", "vision")


@pytest.fixture(scope="module")
def fitted(small):
    return {name: small.model(name, fit=True) for name in (*ALONE, "late_fusion")}


def logits(table) -> np.ndarray:
    return table.filter(regex="^logit_").to_numpy()


@pytest.mark.parametrize("name", [*ALONE, "late_fusion"])
def test_it_beats_the_majority_class_on_train_and_test(small, tools, fitted, name):
    view = small.view(name)
    majority = np.bincount(view.labels[view.parts.train]).argmax()
    guesses = logits(
        tools.predict(fitted[name], view, view.available[view.parts.test], tools.CPU)
    ).argmax(axis=1)
    truth = view.labels[view.parts.test]

    def score(answers):
        return f1_score(truth, answers, average="macro", zero_division=0)

    assert score(guesses) > score(np.full(len(truth), majority)) + 0.05


@pytest.mark.parametrize(("name", "modality"), ALONE.items())
def test_where_its_modality_is_absent_the_answer_is_the_prior(small, tools, fitted, name, modality):
    view = small.view(name)
    mask = view.available[view.parts.test].copy()
    mask[::2, THREE.index(modality)] = False
    got = logits(tools.predict(fitted[name], view, mask, tools.CPU))
    counts = np.bincount(view.labels[view.parts.train], minlength=6)
    absent = ~mask[:, THREE.index(modality)]
    prior = np.log(counts / counts.sum())
    assert got[absent] == pytest.approx(np.tile(prior, (absent.sum(), 1)), abs=1e-5)
    assert (np.abs(got[~absent] - prior).max(axis=1) > 1e-4).all()


@pytest.mark.parametrize("name", [*ALONE, "late_fusion"])
def test_it_answers_with_log_probabilities(small, tools, fitted, name):
    view = small.view(name)
    table = tools.predict(fitted[name], view, view.available[view.parts.test], tools.CPU)
    totals = np.exp(logits(table)).sum(axis=1)
    assert totals == pytest.approx(np.ones(len(table)), abs=1e-5)


def log_priors(view) -> np.ndarray:
    """Log class frequencies of the train utterances that have each modality, ``[M, C]``."""
    rows = view.parts.train
    counts = [
        np.bincount(view.labels[rows[view.available[rows, m]]], minlength=6) for m in (0, 1, 2)
    ]
    return np.log(np.maximum(counts, 0.5) / np.sum(counts, axis=1, keepdims=True))


def test_late_fusion_is_the_product_of_the_present_ones_over_the_prior(small, tools, fitted):
    view = small.view("late_fusion")
    mask = tools.all_subsets(view.parts.test, view.available)
    mask[~mask.any(axis=1)] = view.available[view.parts.test][~mask.any(axis=1)]
    fused = logits(tools.predict(fitted["late_fusion"], view, mask, tools.CPU))
    alone = np.stack(
        [logits(tools.predict(fitted[n], small.view(n), mask, tools.CPU)) for n in ALONE], axis=1
    )
    priors = log_priors(view)
    mean = (priors * mask[..., None]).sum(axis=1) / mask.sum(axis=1)[:, None]
    joint = mean + ((alone - priors) * mask[..., None]).sum(axis=1)
    expected = joint - np.log(np.exp(joint).sum(axis=1, keepdims=True))
    assert fused == pytest.approx(expected, abs=1e-4)


def test_the_seed_changes_nothing(small):
    view = small.view("late_fusion")
    kind = registry("model")["late_fusion"].load()
    states = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        model = kind(view.task, kind.Config())
        model.fit(small.session(view, model.config, seed=seed))
        states.append(model.state_dict())
    for key, value in states[0].items():
        # The seed shuffles the rows, so sums differ in the last digits; nothing else may.
        assert torch.allclose(value, states[1][key], atol=2e-3), key


def test_its_probabilities_are_scikit_learns(small):
    """The weights are copied into a layer: it must give what the regression gave."""
    from sklearn.linear_model import LogisticRegression

    view, model = small.view("audio_only"), small.model("audio_only", fit=True)
    (probe,) = model.probes.values()
    rows = view.parts.train[view.available[view.parts.train][:, 1]]
    batch = view.batch(rows, view.available[rows])
    with torch.no_grad():
        features = probe.standardised(probe.vector(batch))
    mean, deviation = features.mean(dim=0), features.std(dim=0)
    assert mean.abs().max() < 1e-3
    assert (((deviation - 1).abs() < 1e-3) | (deviation == 0)).all()
    features, labels = features.numpy(), batch.labels.numpy()
    got = model(batch).logits.detach().numpy()
    distances = []
    for penalty in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0):
        regression = LogisticRegression(C=penalty, max_iter=1000).fit(features, labels)
        distances.append(np.abs(regression.predict_log_proba(features) - got).max())
    assert min(distances) < 0.01
    assert max(distances) > 0.1


def test_a_train_split_without_its_modality_is_a_model_error(small):
    view = small.view("vision_only")
    kind = registry("model")["vision_only"].load()
    model = kind(view.task, kind.Config())
    hidden = view.available.copy()
    hidden[:, 2] = False
    session = small.session(replace(view, available=hidden), model.config)
    with pytest.raises(ModelError, match="fewer than two classes that have vision"):
        model.fit(session)


def weights(model) -> np.ndarray:
    return np.concatenate([p.linear.weight.detach().numpy().ravel() for p in model.probes.values()])


@pytest.mark.parametrize("name", ["text_only", "audio_only"])
def test_a_fixed_penalty_takes_the_place_of_the_nine(small, fitted, name):
    def norm(**changes):
        return np.linalg.norm(weights(small.model(name, fit=True, **changes)))

    assert norm(penalty=0.001) < norm(penalty=0.1) < norm(penalty=10.0)
    assert norm(penalty=0.0) == np.linalg.norm(weights(fitted[name]))


def test_the_chosen_statistics_are_columns_of_all_of_them(small):
    view = small.view("audio_only")
    batch = view.batch(view.parts.dev, view.available[view.parts.dev])

    def vectors(**changes):
        probe = small.model("audio_only", **changes).probes["audio"]
        return probe.vector(batch).numpy(), len(probe.get_buffer("scale"))

    whole, size = vectors()
    width = size // 8
    mean, spread, change = (whole[:, i * width : (i + 1) * width] for i in (0, 1, 7))
    for chosen, parts in (
        ("mean", [mean]),
        ("moments", [mean, spread]),
        ("no_quantiles", [mean, spread, change]),
    ):
        found, length = vectors(statistics=chosen)
        assert np.array_equal(found, np.concatenate(parts, axis=1))
        assert length == found.shape[1]


def test_statistics_are_cut_where_that_is_asked_for(small):
    vectors = torch.tensor([[0.0, 9.0, -7.0]]).repeat(1, 200)
    for clip, most in ((0.0, 9.0), (3.0, 3.0)):
        probe = small.model("audio_only", clip=clip).probes["audio"]
        size = len(probe.get_buffer("scale"))
        assert float(probe.standardised(vectors[:, :1].expand(1, size) + 9).max()) == most


def test_rare_words_are_left_out_and_counts_are_scaled_as_asked(small):
    view = small.view("text_only")
    rows = view.parts.train
    batch = view.batch(rows, view.available[rows])
    counts = small.model("text_only", term_frequency="count").probes["text"].vector(batch)
    log, binary = (
        small.model("text_only", term_frequency=how).probes["text"].vector(batch)
        for how in ("log", "binary")
    )
    assert torch.equal(log, counts.log1p())
    assert torch.equal(binary, (counts > 0).float())
    assert counts.max() > 1
    having = (counts > 0).sum(dim=0)
    for least in (0, 1, 4):
        probe = small.model("text_only", fit=True, min_count=least).probes["text"]
        assert torch.equal(probe.get_buffer("scale") > 0, having >= least)


def test_balanced_classes_are_answered_more_evenly(small, tools, fitted):
    view = small.view("late_fusion")
    mask = view.available[view.parts.test]
    balanced = small.model("late_fusion", fit=True, class_weight="balanced")
    counts = [
        np.bincount(logits(tools.predict(m, view, mask, tools.CPU)).argmax(axis=1), minlength=6)
        for m in (fitted["late_fusion"], balanced)
    ]
    assert counts[1].std() < counts[0].std()
    for probe in balanced.probes.values():
        prior = probe.get_buffer("prior").numpy()
        assert prior == pytest.approx(np.full(6, -np.log(6)), abs=1e-6)


def test_the_evidence_of_a_modality_grows_with_its_weight(small, tools, fitted):
    view = small.view("late_fusion")
    mask = view.available[view.parts.test]
    model = small.model("late_fusion", fit=True, audio_weight=0.5)
    half = logits(tools.predict(model, view, mask, tools.CPU))
    whole = logits(tools.predict(fitted["late_fusion"], view, mask, tools.CPU))
    model.weights["audio"] = 0.0  # nothing is fitted with it
    none = logits(tools.predict(model, view, mask, tools.CPU))
    gap = (none + whole) / 2 - half
    # Log-probabilities lose a constant of each utterance.
    assert gap == pytest.approx(np.tile(gap[:, :1], (1, gap.shape[1])), abs=1e-4)
    heard = mask[:, THREE.index("audio")]
    moved = (none - whole) - (none - whole)[:, :1]
    assert (np.abs(moved[heard]).max(axis=1) > 1e-3).all()
    assert moved[~heard] == pytest.approx(np.zeros_like(moved[~heard]), abs=1e-4)
