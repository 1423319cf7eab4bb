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
