"""Scores of the majority class, the baseline that ignores the input."""

from __future__ import annotations

import numpy as np

from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.metrics import Floats


def majority_scores(counts: Floats, guess: int | None = None) -> dict[str, float]:
    """Return every counting measure of a constant answer.

    Parameters
    ----------
    counts
        ``[C]`` test utterances by class, or ``[C, 2]`` by each class's no and yes where several
        classes can hold. It is a confusion matrix summed over its last axis.
    guess
        The class that is always answered; None for the commonest in `counts`. Where several
        classes can hold, each class has its own commonest answer.
    """
    multilabel = counts.ndim == 2
    answers = counts.argmax(axis=-1) if guess is None else np.asarray(guess)
    confusion = counts[..., None] * np.eye(counts.shape[-1])[answers][..., None, :]
    return {m.name: float(m.of(confusion, multilabel)) for m in measures.counting()}
