"""Classification losses, chosen by name in a model's config.

To add a loss, write a function with the signature of `emobench.interface.loss.Loss` and add it to
`LOSSES`.
For multi-label targets ``[B, C]`` each name means the binary loss per class.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from emobench.errors import ModelError
from emobench.interface.loss import Loss, LossSettings


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


def multi_label_focal_loss(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    """Binary focal loss of every class, Lin et al. 2017, equation 4; mean over ``[B, C]``."""
    right = torch.where(labels > 0, logits, -logits)
    log_p = F.logsigmoid(right)
    doubt = (-torch.expm1(log_p)).clamp(min=1e-9)
    return (-(doubt**gamma) * log_p).mean()


def positive_weights(counts: tuple[int, ...], total: int, device: torch.device) -> Tensor:
    """Negatives per positive of each class ``[C]``; a class without positives weighs 1."""
    positives = torch.tensor(counts, dtype=torch.float32, device=device)
    return torch.where(positives > 0, (total - positives) / positives.clamp(min=1), 1.0)


def multi_label_loss(
    logits: Tensor, labels: Tensor, positive_weight: Tensor | None = None
) -> Tensor:
    """Binary cross-entropy per class, mean over utterances and classes.

    Parameters
    ----------
    logits
        ``[B, C]``.
    labels
        ``[B, C]``, 1 if the utterance has the class, else 0. Intensities are refused: as targets
        of a cross-entropy they make the loss negative.
    positive_weight
        ``[C]`` weight of each class's positives, or None for 1.

    Raises
    ------
    ModelError
        The labels are not ``[B, C]`` of zeros and ones.
    """
    if labels.shape != logits.shape or not ((labels == 0) | (labels == 1)).all():
        raise ModelError(
            f"binary_cross_entropy needs labels of 0 and 1 in the shape {tuple(logits.shape)}, "
            f"got {tuple(labels.shape)} from {labels.min():g} to {labels.max():g}"
        )
    return F.binary_cross_entropy_with_logits(
        logits, labels.to(logits.dtype), pos_weight=positive_weight
    )


def cross_entropy(logits: Tensor, labels: Tensor, settings: LossSettings) -> Tensor:
    """Cross-entropy."""
    if labels.dim() == 2:
        return multi_label_loss(logits, labels)
    return F.cross_entropy(logits, labels)


def weighted(logits: Tensor, labels: Tensor, settings: LossSettings) -> Tensor:
    """Cross-entropy with classes weighed by their inverse frequency in train.

    With several labels each class's positives are weighed by its negatives per positive.
    """
    counts = settings.class_counts
    if labels.dim() == 2:
        weight = positive_weights(counts, settings.size_of_train, logits.device)
        return multi_label_loss(logits, labels, weight)
    return F.cross_entropy(logits, labels, weight=class_weights(counts, logits.device))


def focal(logits: Tensor, labels: Tensor, settings: LossSettings) -> Tensor:
    """Focal loss with the config's ``focal_gamma``."""
    if labels.dim() == 2:
        return multi_label_focal_loss(logits, labels, settings.focal_gamma)
    return focal_loss(logits, labels, settings.focal_gamma)


def binary_cross_entropy(logits: Tensor, labels: Tensor, settings: LossSettings) -> Tensor:
    """Binary cross-entropy of every class, also for single-label corpora."""
    truth = F.one_hot(labels, logits.shape[1]) if labels.dim() == 1 else labels
    return multi_label_loss(logits, truth)


LOSSES: dict[str, Loss] = {
    "cross_entropy": cross_entropy,
    "weighted": weighted,
    "focal": focal,
    "binary_cross_entropy": binary_cross_entropy,
}
"""Every loss by the name that a config gives it."""
