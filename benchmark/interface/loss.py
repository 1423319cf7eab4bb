"""What a classification loss is given, and the losses that a config can name."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


@dataclass(frozen=True)
class LossSettings:
    """What a loss may need beside logits and labels.

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
            What else the loss may need.
        """


def losses() -> Mapping[str, Loss]:
    """Every loss by name.

    The interface lies below the training that implements the losses, so it finds them by the name
    of their table, as an entry point is found.
    """
    found: Mapping[str, Loss] = pkgutil.resolve_name("emobench.training.losses:LOSSES")
    return found
