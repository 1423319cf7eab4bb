"""The task of a model: the classes, and the inputs that a corpus has for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """The task that a model is built for.

    Parameters
    ----------
    classes
        Label names in the order of the logits.
    inputs
        Modality to representation to feature size D. For ``tokens`` it is the vocabulary size,
        counting id 0 (padding) and id 1 (unknown).
    class_counts
        Utterances per class in the train split.
    size_of_train
        Utterances of the train split; 0: the sum of `class_counts`.
    multilabel
        An utterance can have any number of classes: labels are ``[B, C]`` of zeros and ones, logits
        are the log-odds of each class, and a class is predicted where its logit is positive.
    """

    classes: tuple[str, ...]
    inputs: Mapping[str, Mapping[str, int]]
    class_counts: tuple[int, ...]
    size_of_train: int = 0
    multilabel: bool = False

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities that this model gets, in the fixed order."""
        return tuple(self.inputs)

    def size(self, modality: str) -> int:
        """Feature size D of ``batch[modality]``."""
        return sum(self.inputs[modality].values())
