"""Classification losses, chosen by name in a model's config."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from emobench.interface.model import TrainingConfig

LOSSES = ("cross_entropy", "weighted", "focal")


def class_weights(counts: tuple[int, ...], device: torch.device) -> Tensor:
    """Inverse class frequencies ``[C]`` with mean 1; a class without utterances weighs 0."""
    frequencies = torch.tensor(counts, dtype=torch.float32, device=device)
    inverse = torch.where(frequencies > 0, 1.0 / frequencies.clamp(min=1), torch.zeros(()))
    return inverse * (len(counts) / inverse.sum())


def focal_loss(logits: Tensor, labels: Tensor, gamma: float, alpha: Tensor | None = None) -> Tensor:
    """Focal loss, Lin et al. 2017, equation 5: mean of -alpha (1 - p)^gamma log p.

    Parameters
    ----------
    logits
        ``[B, C]``.
    labels
        ``[B]`` int64.
    gamma
        Focusing exponent; 0 gives the cross-entropy.
    alpha
        ``[C]`` class weights, or None for 1.
    """
    log_p = F.log_softmax(logits, dim=-1).gather(1, labels[:, None]).squeeze(1)
    # Clamped: below 1 the power's slope is infinite where the answer is certain.
    doubt = (-torch.expm1(log_p)).clamp(min=1e-9)
    loss = -(doubt**gamma) * log_p
    if alpha is not None:
        loss = loss * alpha[labels]
    return loss.mean()


def classification_loss(
    config: TrainingConfig, counts: tuple[int, ...], logits: Tensor, labels: Tensor
) -> Tensor:
    """Return the loss that ``config.loss`` names, a scalar."""
    if config.loss == "cross_entropy":
        return F.cross_entropy(logits, labels)
    if config.loss == "weighted":
        return F.cross_entropy(logits, labels, weight=class_weights(counts, logits.device))
    return focal_loss(logits, labels, config.focal_gamma)
