from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import ModelError, RequestError, TrainingConfig
from emobench.interface.loss import LossSettings
from emobench.training.losses import (
    LOSSES,
    class_weights,
    focal_loss,
    multi_label_loss,
)

CPU = torch.device("cpu")
COUNTS = (30, 10, 5)


def some(seed: int, rows: int = 7):
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(rows, 3, generator=generator, dtype=torch.float64)
    return logits, torch.randint(0, 3, (rows,), generator=generator)


@given(st.integers(0, 1000), st.integers(1, 9))
@settings(deadline=None, max_examples=30)
def test_focal_loss_without_focus_is_the_cross_entropy(seed, rows):
    logits, labels = some(seed, rows)
    assert focal_loss(logits, labels, 0.0).item() == pytest.approx(
        F.cross_entropy(logits, labels).item(), rel=1e-9
    )


@given(st.integers(0, 1000), st.floats(0.1, 5))
@settings(deadline=None, max_examples=30)
def test_focal_loss_is_its_closed_form(seed, gamma):
    logits, labels = some(seed)
    p = torch.stack([row.softmax(0)[label] for row, label in zip(logits, labels, strict=True)])
    expected = (-((1 - p) ** gamma) * p.log()).mean()
    assert focal_loss(logits, labels, gamma).item() == pytest.approx(expected.item(), rel=1e-6)
    alpha = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    weighted = (-alpha[labels] * ((1 - p) ** gamma) * p.log()).mean()
    assert focal_loss(logits, labels, gamma, alpha).item() == pytest.approx(
        weighted.item(), rel=1e-6
    )


def test_focal_loss_lets_easy_utterances_weigh_less():
    logits = torch.tensor([[4.0, 0.0, 0.0], [0.0, 0.5, 0.0]])
    labels = torch.tensor([0, 1])
    easy, hard = (focal_loss(logits[i : i + 1], labels[i : i + 1], 2.0) for i in (0, 1))
    plain = F.cross_entropy(logits, labels, reduction="none")
    assert easy / hard < plain[0] / plain[1] / 10


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_the_focal_loss_of_a_certain_answer_has_a_finite_gradient(gamma):
    logits = torch.tensor([[200.0, 0.0, 0.0]], requires_grad=True)
    focal_loss(logits, torch.tensor([0]), gamma).backward()
    assert torch.isfinite(logits.grad).all()


def test_class_weights_are_inverse_frequencies_with_mean_one():
    weights = class_weights(COUNTS, CPU)
    assert weights.mean().item() == pytest.approx(1)
    assert (weights * torch.tensor(COUNTS)).tolist() == pytest.approx([weights[0].item() * 30] * 3)


def test_a_class_without_utterances_weighs_nothing():
    assert class_weights((4, 0, 4), CPU).tolist() == pytest.approx([1.5, 0, 1.5])


def test_each_name_is_its_own_loss():
    logits, labels = some(1)
    logits = logits.float()

    def loss(loss="cross_entropy", focal_gamma=2.0):
        return LOSSES[loss](logits, labels, LossSettings(COUNTS, 45, focal_gamma)).item()

    weights = class_weights(COUNTS, CPU)
    assert loss() == F.cross_entropy(logits, labels).item()
    assert loss(loss="weighted") == F.cross_entropy(logits, labels, weight=weights).item()
    assert loss(loss="focal", focal_gamma=3) == focal_loss(logits, labels, 3).item()
    assert len({loss(), loss(loss="weighted"), loss(loss="focal")}) == 3


def test_an_unknown_loss_is_named_with_the_known_ones():
    with pytest.raises(
        RequestError,
        match=r"Unknown loss 'hinge'. Known: binary_cross_entropy, cross_entropy, focal",
    ):
        TrainingConfig(loss="hinge")


@given(st.integers(0, 1000), st.integers(1, 9))
@settings(deadline=None, max_examples=30)
def test_the_multi_label_loss_is_one_binary_cross_entropy_per_class(seed, rows):
    logits, _ = some(seed, rows)
    labels = (some(seed + 1, rows)[0] > 0).long()
    p = logits.sigmoid()
    expected = -(labels * p.log() + (1 - labels) * (1 - p).log()).mean()
    found = LOSSES["binary_cross_entropy"](logits, labels, LossSettings(COUNTS))
    assert found.item() == pytest.approx(expected.item(), rel=1e-6)
    heavy = multi_label_loss(logits, labels, torch.tensor([2.0, 1.0, 1.0], dtype=logits.dtype))
    more = -(labels[:, 0] * p[:, 0].log()).sum() / labels.numel()
    assert (heavy - found).item() == pytest.approx(more.item(), abs=1e-9)


def test_single_labels_are_one_hot_to_the_multi_label_loss():
    logits, labels = some(3)
    hot = F.one_hot(labels, 3)
    loss, settings = LOSSES["binary_cross_entropy"], LossSettings(COUNTS)
    one, several = (loss(logits, t, settings) for t in (labels, hot))
    assert one.item() == several.item()


@pytest.mark.parametrize("labels", [torch.full((7, 3), 2.0), torch.zeros(7, 2)])
def test_intensities_and_wrong_shapes_are_no_labels(labels):
    with pytest.raises(ModelError, match="needs labels of 0 and 1 in the shape \\(7, 3\\)"):
        multi_label_loss(some(0)[0], labels)
