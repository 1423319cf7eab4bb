"""Fidelity of generated inputs: their distance from the real ones, on test utterances.

All figures compare averages over time (`Pooling.means`), standardised on the real averages of
train. A generator that gives the same average at every step is therefore not recognised by its
lack of movement. Labels are used for scoring alone, after everything was generated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from emobench.corpus.view import FoldView
from emobench.generation.pooling import AT_ONCE, pooling, rows_with, sequences
from emobench.interface.batch import Sequence
from emobench.randomness import draw_key

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
AT_MOST = 2000
"""Test utterances compared at most: those with the lowest hashes."""
TRAIN_AT_MOST = 5000
"""Train utterances that the label probe learns from."""
FOLDS = 5
PENALTY = 0.1
"""scikit-learn's C of both probes."""


class Fidelity:
    """Collects real and generated inputs of one modality, batch by batch.

    Parameters
    ----------
    view
        The tested view.
    modality
        Which modality is generated.
    """

    def __init__(self, view: FoldView, modality: str) -> None:
        self.view, self.modality = view, modality
        self.pooling = pooling(view, modality)
        self.wanted = set(_few(view, rows_with(view, modality, view.parts.test), AT_MOST).tolist())
        self.rows: list[int] = []
        self.real: list[NDArray[np.float32]] = []
        self.made: list[NDArray[np.float32]] = []

    def add(self, rows: Rows, real: dict[str, Sequence], made: dict[str, Sequence]) -> None:
        """Add the inputs ``[K, T, D]`` of test utterances `rows`."""
        chosen = np.array([int(i) in self.wanted for i in rows])
        if not chosen.any():
            return
        self.rows += rows[chosen].tolist()
        self.real.append(self.pooling.means(real)[chosen])
        self.made.append(self.pooling.means(made)[chosen])

    def findings(self) -> dict[str, Any]:
        """The figures; empty where fewer than two utterances were compared.

        ``utterances`` how many were compared; ``mmd2`` see `mmd2`; ``told_apart`` the
        `two_sample_accuracy`;
        ``label_real`` and ``label_generated`` macro-F1 of a `LabelProbe`; ``mse`` and ``cosine``
        between an utterance's real and generated average, their mean; ``mse_mean`` the ``mse`` of
        train's average on the same utterances, 1 where test is distributed as train.
        """
        if len(self.rows) < 2:
            return {}
        order = np.argsort(self.rows)
        rows = np.array(self.rows)[order]
        with threadpool_limits(1):
            probe = self.view.once(("probe", self.modality), self._probe)
            real = probe.scaler.transform(np.concatenate(self.real)[order])
            made = probe.scaler.transform(np.concatenate(self.made)[order])
            labels = self.view.labels[rows]
            return {
                "utterances": len(rows),
                "mmd2": mmd2(real, made),
                "told_apart": two_sample_accuracy(real, made),
                "label_real": probe.score(real, labels),
                "label_generated": probe.score(made, labels),
                "mse": float(((real - made) ** 2).mean()),
                "mse_mean": float((real**2).mean()),
                "cosine": _cosine(real, made),
            }

    def _probe(self) -> LabelProbe:
        rows = rows_with(self.view, self.modality, self.view.parts.train)
        rows = _few(self.view, rows, TRAIN_AT_MOST)
        means = [
            self.pooling.means(sequences(self.view, self.modality, rows[i : i + AT_ONCE]))
            for i in range(0, len(rows), AT_ONCE)
        ]
        return LabelProbe(np.concatenate(means), self.view.labels[rows])


class LabelProbe:
    """Logistic regression from real averages of train to the label.

    Parameters
    ----------
    means
        ``[N, P]``, of train utterances.
    labels
        ``[N]``, or ``[N, C]`` of zeros and ones.
    """

    def __init__(self, means: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
        self.scaler = StandardScaler().fit(means)
        seen, one = self.scaler.transform(means), _regression()
        self.several = labels.ndim == 2
        self.constant = not self.several and len(np.unique(labels)) < 2
        if not self.constant:
            self.probe = (OneVsRestClassifier(one) if self.several else one).fit(seen, labels)

    def score(self, found: Array, labels: NDArray[np.int64]) -> float | None:
        """Macro-F1 on standardised averages ``[n, P]``; None where train has a single class."""
        if self.constant:
            return None
        guessed = self.probe.predict(found)
        return float(f1_score(labels, guessed, average="macro", zero_division=0))


def mmd2(real: Array, made: Array) -> float:
    """Unbiased squared maximum mean discrepancy (Gretton et al. 2012, equation 3).

    The kernel is exp(-d² / 2s²), s the median distance between any two of all `real` and `made`
    ``[n, P]``. It is about 0 where both come from one distribution, and can lie below.
    """
    both = np.concatenate([real, made])
    squared = cdist(both, both, "sqeuclidean")
    apart = squared[np.triu_indices(len(both), 1)]
    width = float(np.median(apart)) or float(apart.mean()) or 1.0
    kernel, n = np.exp(-squared / (2 * width)), len(real)
    within = [_off_diagonal_mean(kernel[:n, :n]), _off_diagonal_mean(kernel[n:, n:])]
    return float(sum(within) - 2 * kernel[:n, n:].mean())


def two_sample_accuracy(real: Array, made: Array) -> float:
    """Classifier two-sample accuracy (C2ST) of a logistic regression, 5 folds; 0.5 is chance.

    An utterance's real and generated average ``[n, P]`` are always in the same fold.
    """
    both = np.concatenate([real, made])
    is_made = np.repeat([0, 1], len(real))
    groups = np.tile(np.arange(len(real)), 2)
    folds = GroupKFold(min(FOLDS, len(real)))
    return float(
        cross_val_score(_regression(), both, is_made, groups=groups, cv=folds).mean()
    )  # fmt: skip


def _regression() -> LogisticRegression:
    return LogisticRegression(C=PENALTY, max_iter=1000)


def _off_diagonal_mean(kernel: Array) -> float:
    n = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (n * (n - 1)))


def _cosine(real: Array, made: Array) -> float:
    length = np.linalg.norm(real, axis=1) * np.linalg.norm(made, axis=1)
    return float(((real * made).sum(axis=1) / np.maximum(length, 1e-12)).mean())


def _few(view: FoldView, rows: Rows, count: int) -> Rows:
    """At most `count` of `rows`, those whose ids have the lowest hashes, in their order."""
    if len(rows) <= count:
        return rows
    hashes = [draw_key(view.ids[i], seed=None) for i in rows]
    few: Rows = np.sort(rows[np.argsort(hashes, kind="stable")[:count]])
    return few
