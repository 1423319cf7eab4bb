"""The generating process: closed forms against their definitions and against chance."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

import numpy as np
import pytest

from emobench import MODALITIES, Folders
from emobench.datasets.simulated import Simulated
from emobench.datasets.simulation.options import Options
from emobench.datasets.simulation.perception import (
    CLASSES,
    FACE_VOTES,
    VOICE_VOTES,
    ambiguities,
    confusion_tables,
    express,
    joint_probability,
    label_prior,
)
from emobench.datasets.simulation.plan import draw_plan

SETTINGS = [(1.0, 0.0, 1.0), (1.0, 0.6, 1.0), (0.4, 0.3, 8.0), (0.0, 0.9, 3.0)]


def best_accuracy(joint: np.ndarray, present: Collection[str]) -> float:
    """Accuracy of the Bayes decision from what the `present` modalities express."""
    absent = tuple(1 + i for i, m in enumerate(MODALITIES) if m not in present)
    return float(joint.sum(axis=absent).max(axis=0).sum())


@pytest.mark.parametrize(("ambiguity", "redundancy", "imbalance"), SETTINGS)
def test_joint_sums_to_one_and_keeps_prior_and_tables(ambiguity, redundancy, imbalance):
    prior, tables = label_prior(imbalance), confusion_tables(ambiguity)
    joint = joint_probability(prior, tables, redundancy)
    assert joint.shape == (6, 6, 6, 6)
    assert joint.dtype == np.float64
    assert joint.min() >= 0.0
    assert joint.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(joint.sum(axis=(1, 2, 3)), prior, atol=1e-12)
    for m in range(3):
        rest = tuple(1 + k for k in range(3) if k != m)
        np.testing.assert_allclose(joint.sum(axis=rest), prior[:, None] * tables[m], atol=1e-12)


@pytest.mark.parametrize(("ambiguity", "redundancy", "imbalance"), SETTINGS)
def test_sampling_agrees_with_the_joint(ambiguity, redundancy, imbalance):
    prior, tables = label_prior(imbalance), confusion_tables(ambiguity)
    joint = joint_probability(prior, tables, redundancy)
    rng = np.random.default_rng(0)
    n = 400_000
    labels = rng.choice(6, size=n, p=prior)
    expressed = express(labels, tables, redundancy, rng.random((n, 5)))
    counts = np.zeros_like(joint)
    np.add.at(counts, (labels, *expressed.T), 1)
    error = np.abs(counts / n - joint)
    assert (error <= 6 * np.sqrt(joint * (1 - joint) / n) + 3 / n).all()


def test_tables_are_the_raters_shares():
    text, audio, vision = confusion_tables(1.0)
    np.testing.assert_allclose(audio, np.array(VOICE_VOTES) / np.sum(VOICE_VOTES, 1)[:, None])
    np.testing.assert_allclose(vision, np.array(FACE_VOTES) / np.sum(FACE_VOTES, 1)[:, None])
    np.testing.assert_allclose(text.sum(1), 1.0)
    assert np.array(VOICE_VOTES).sum() == 68_568
    assert np.array(FACE_VOTES).sum() == 71_654
    neutral = CLASSES.index("neutral")
    assert text[neutral, neutral] == pytest.approx(0.75)
    assert text[0, 0] == pytest.approx(0.55)
    assert text[0, neutral] == pytest.approx(0.25)


def test_no_ambiguity_expresses_the_label():
    tables = confusion_tables(0.0)
    labels = np.arange(6).repeat(50)
    expressed = express(labels, tables, 0.5, np.random.default_rng(0).random((300, 5)))
    assert (expressed == labels[:, None]).all()
    assert best_accuracy(joint_probability(label_prior(1), tables, 0), ()) == pytest.approx(1 / 6)
    for m in MODALITIES:
        joint = joint_probability(label_prior(1.0), tables, 0.0)
        assert best_accuracy(joint, (m,)) == pytest.approx(1.0)


@pytest.mark.parametrize("redundancy", [0.0, 0.5, 0.95])
def test_more_modalities_never_hurt(redundancy):
    joint = joint_probability(label_prior(1.0), confusion_tables(1.0), redundancy)
    for n in (0, 1, 2):
        for subset in combinations(MODALITIES, n):
            for more in set(MODALITIES) - set(subset):
                gain = best_accuracy(joint, (*subset, more)) - best_accuracy(joint, subset)
                assert gain >= -1e-12


def test_redundancy_makes_errors_coincide_and_leaves_each_modality_as_good():
    prior, tables = label_prior(1.0), confusion_tables(1.0)
    apart, close = (joint_probability(prior, tables, r) for r in (0.0, 0.95))

    def all_right(joint):
        return sum(joint[k, k, k, k] for k in range(6))

    def all_wrong(joint):
        others = [[k for k in range(6) if k != y] for y in range(6)]
        return sum(joint[y][np.ix_(o, o, o)].sum() for y, o in enumerate(others))

    assert all_right(close) > all_right(apart) + 0.1
    assert all_wrong(close) > all_wrong(apart) + 0.1
    assert best_accuracy(close, MODALITIES) < best_accuracy(apart, MODALITIES)
    for m in MODALITIES:
        assert best_accuracy(close, (m,)) == pytest.approx(best_accuracy(apart, (m,)))


def test_closed_form_of_the_default_corpus():
    joint = joint_probability(label_prior(1.0), confusion_tables(1.0), 0.0)
    best = {s: best_accuracy(joint, s) for n in (1, 2, 3) for s in combinations(MODALITIES, n)}
    expected = (0.5833, 0.4069, 0.5771, 0.6293, 0.6995, 0.6188, 0.7264)
    assert list(best.values()) == pytest.approx(expected, abs=5e-5)


def test_unimodal_best_accuracy_by_hand():
    tables = confusion_tables(1.0)
    joint = joint_probability(label_prior(1.0), tables, 0.4)
    for m, modality in enumerate(MODALITIES):
        assert best_accuracy(joint, [modality]) == pytest.approx(tables[m].max(0).sum() / 6)


def test_prior_is_geometric_with_the_ratio_asked_for():
    prior = np.sort(label_prior(32.0))
    assert prior[-1] / prior[0] == pytest.approx(32.0)
    np.testing.assert_allclose(prior[1:] / prior[:-1], 2.0)
    np.testing.assert_allclose(label_prior(1.0), 1 / 6)


def test_ease_is_drawn_by_speaker_and_leaves_the_ceiling_exact(tmp_path):
    """Over many speakers labels and expressions follow the process that the ceiling is made of."""
    options = Options(size=9_000, speakers=300, speaker_ease=1.0)
    plan = draw_plan(options)
    place = {name: i for i, name in enumerate(CLASSES)}
    seen = [plan[c].map(place) for c in ("label", *(f"expressed_{m}" for m in MODALITIES))]
    counts = np.zeros((6, 6, 6, 6))
    np.add.at(counts, tuple(seen), 1)
    joint = Simulated(Folders(tmp_path, tmp_path), options).generating_process()
    assert joint.sum() == pytest.approx(1.0)
    # By modality: 300 speakers of eleven levels leave a standard error of about .015 on a share.
    for m in range(3):
        rest = tuple(1 + k for k in range(3) if k != m)
        gaps = counts.sum(axis=rest) / counts.sum() - joint.sum(axis=rest)
        assert np.abs(gaps).max() * 6 < 0.06
    right = (plan["expressed_audio"] == plan["label"]).groupby(plan["speaker"]).mean()
    plain = draw_plan(Options(size=9_000, speakers=300))
    before = (plain["expressed_audio"] == plain["label"]).groupby(plain["speaker"]).mean()
    assert right.std() > 1.5 * before.std()
    assert right.max() == 1.0
    assert [c for c in plan if not plan[c].equals(plain[c])] == [
        f"expressed_{m}" for m in MODALITIES
    ]


def test_levels_of_ambiguity_are_one_without_ease():
    assert ambiguities(0.7, 0.0).tolist() == [0.7]
    assert ambiguities(0.5, 1.0)[[0, -1]].tolist() == [0.5, 0.0]
