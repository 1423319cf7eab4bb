"""The distances know when two samples are of one distribution and when not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emobench.generation.fidelity import Fidelity, LabelProbe, mmd2, two_sample_accuracy
from emobench.generation.pooling import rows_with, sequences


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(1)


def test_mmd_is_about_zero_for_one_distribution_and_not_for_two(generator) -> None:
    one, two = generator.normal(size=(2, 200, 3))
    assert abs(mmd2(one, two)) < 0.01
    assert mmd2(one, two + 1) > 0.1
    assert mmd2(one, np.zeros_like(one)) > 0.1
    assert np.isfinite(mmd2(np.zeros((4, 2)), np.zeros((4, 2))))


def test_mmd_is_the_formula(generator) -> None:
    one, two = generator.normal(size=(2, 5, 2))
    both = np.concatenate([one, two])
    apart = [((a - b) ** 2).sum() for i, a in enumerate(both) for b in both[i + 1 :]]
    width = np.median(apart)

    def mean(first, second, skip):
        values = [
            np.exp(-((a - b) ** 2).sum() / (2 * width))
            for i, a in enumerate(first)
            for j, b in enumerate(second)
            if not (skip and i == j)
        ]
        return np.mean(values)

    wanted = mean(one, one, True) + mean(two, two, True) - 2 * mean(one, two, False)
    assert mmd2(one, two) == pytest.approx(wanted)


def test_a_copy_cannot_be_told_apart_and_a_shift_can(generator) -> None:
    real = generator.normal(size=(60, 3))
    assert two_sample_accuracy(real, real.copy()) == 0.5
    assert two_sample_accuracy(real, real + 5) > 0.95
    assert two_sample_accuracy(real[:2], real[:2] + 5) >= 0.0


def test_the_label_probe_knows_what_train_showed_it(generator) -> None:
    labels = np.arange(90) % 3
    means = np.eye(3)[labels] * 4 + generator.normal(size=(90, 3))
    probe = LabelProbe(means.astype(np.float32), labels)
    found = probe.scaler.transform(means)
    assert probe.score(found, labels) > 0.9
    assert probe.score(found, (labels + 1) % 3) < 0.2
    assert LabelProbe(means, np.zeros(90, dtype=np.int64)).score(found, labels) is None
    several = (np.eye(3)[labels] > 0).astype(np.int64)
    assert LabelProbe(means, several).score(found, several) > 0.9


def test_labels_are_for_scoring_alone(planted) -> None:
    rows = rows_with(planted, "vision", planted.parts.test)
    labels = planted.labels.copy()
    labels[rows] = (planted.labels[rows] + 1) % 3
    other = replace(planted, labels=labels)
    real = sequences(planted, "vision", rows)
    found = []
    for view in (planted, other):
        likeness = Fidelity(view, "vision")
        likeness.add(rows, real, real)
        found.append(likeness.findings())
    assert found[0]["label_real"] != found[1]["label_real"]
    for name in ("mmd2", "told_apart", "mse", "cosine"):
        assert found[0][name] == found[1][name]
    assert found[0]["mse"] == 0
    assert found[0]["cosine"] == pytest.approx(1, abs=1e-6)
    assert found[0]["label_generated"] == found[0]["label_real"]


def test_the_order_of_batches_is_of_no_account(planted) -> None:
    rows = rows_with(planted, "audio", planted.parts.test)
    findings = []
    for order in (rows, rows[::-1]):
        likeness = Fidelity(planted, "audio")
        for part in np.array_split(order, 3):
            likeness.add(part, *[sequences(planted, "audio", part)] * 2)
        findings.append(likeness.findings())
    assert findings[0] == findings[1]


def test_nothing_seen_gives_nothing(planted) -> None:
    assert Fidelity(planted, "vision").findings() == {}
