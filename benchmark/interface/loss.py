"""The interface of classification losses, and the losses that a config can name."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


@dataclass(frozen=True)
class LossSettings:
    """Settings of a loss beside logits and labels.

    Parameters
    ----------
    class_counts
        Utterances per class in the train split.
    size_of_train
        Utterances of the train split.
    focal_gamma
        The config's field of that name.
    """

    class_counts: tuple[int, ...]
    size_of_train: int = 0
    focal_gamma: float = 2.0


class Loss(Protocol):
    """A classification loss: a function of logits, labels and settings."""

    def __call__(self, logits: Tensor, labels: Tensor, settings: LossSettings) -> Tensor:
        """Return the mean loss of a batch, a scalar.

        Parameters
        ----------
        logits
            ``[B, C]``.
        labels
            ``[B]`` int64; of a multi-label corpus ``[B, C]`` of zeros and ones.
        settings
            Other settings of the loss.
        """


def losses() -> Mapping[str, Loss]:
    """Every loss by name.

    The interface must not import the training, which implements the losses. So it looks them up by
    the name of their table, like an entry point.
    """
    found: Mapping[str, Loss] = pkgutil.resolve_name("emobench.training.losses:LOSSES")
    return found
