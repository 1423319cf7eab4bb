"""Predictions at the best look for each measure, as trainings keep them that watch the test part.

Such a training ends with several epochs at once: its accuracy is from one, its weighted F1 from
another. An honest training never gets a keeper, and its view has no test rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, recall_score

from emobench.errors import ModelError

Array = NDArray[Any]


def _averaged(score: Callable[..., float], average: str) -> Callable[[Array, Array], float]:
    """A scikit-learn score, averaged over the classes that occur in the truth."""

    def of(truth: Array, guess: Array) -> float:
        occurs = np.flatnonzero(truth.any(axis=0)) if truth.ndim == 2 else np.unique(truth)
        return float(score(truth, guess, labels=occurs, average=average, zero_division=0))

    return of


def _uar(truth: Array, guess: Array) -> float:
    """Mean recall of the classes that occur; of several labels of yes and no where both occur."""
    if truth.ndim == 1:
        return _averaged(recall_score, "macro")(truth, guess)
    both = [c for c in range(truth.shape[1]) if 0 < truth[:, c].sum() < len(truth)]
    return float(np.mean([_uar(truth[:, c], guess[:, c]) for c in both])) if both else 0.0


WATCHED: dict[str, Callable[[Array, Array], float]] = {
    "accuracy": lambda truth, guess: float(accuracy_score(truth.ravel(), guess.ravel())),
    "macro_f1": _averaged(f1_score, "macro"),
    "weighted_f1": _averaged(f1_score, "weighted"),
    "uar": _uar,
}
"""Measure to its score of truth and decisions, ``[N]`` or ``[N, C]``."""


class BestLooks:
    """Keeps the predictions of the best look for each measure.

    Of equal looks the first is kept. A new stage starts anew: its model is the one that is
    published.

    Parameters
    ----------
    names
        Id of each dev row to the id of the test row that it repeats.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._stage = ""
        self._scores: dict[str, float] = {}
        self._kept: dict[str, Array] = {}
        self._ids: list[str] = []
        self._seen: tuple[Array, Array, Array] | None = None

    def see(self, ids: list[str], logits: Array, truth: Array, guess: Array) -> None:
        """Take dev ids, logits ``[N, C]``, truth and decisions, in one order for all looks."""
        self._ids, self._seen = ids, (logits, truth, guess)

    def look(self, stage: str) -> None:
        """Count what was seen last as a look, and keep it where it is the best so far."""
        assert self._seen is not None
        if stage != self._stage:
            self._stage, self._scores = stage, {}
        logits, truth, guess = self._seen
        for measure, score in WATCHED.items():
            found = score(truth, guess)
            if found > self._scores.get(measure, -1.0):
                self._scores[measure], self._kept[measure] = found, logits

    def table(self) -> pd.DataFrame:
        """Return ``id`` of each test row and ``look_<measure>_logit_<c>`` for each measure.

        Raises
        ------
        ModelError
            The training made no look.
        """
        if not self._kept:
            raise ModelError("the training never looked at dev, so no epoch can be chosen")
        columns = {
            f"look_{measure}_logit_{c}": logits[:, c].astype(np.float32)
            for measure, logits in self._kept.items()
            for c in range(logits.shape[1])
        }
        return pd.DataFrame({"id": [self._names[i] for i in self._ids], **columns})
