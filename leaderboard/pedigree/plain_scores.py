"""Scores of decisions with scikit-learn and plain NumPy: not by the formulas of the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.statistics import measures

Labels = NDArray[np.int64]
Logits = NDArray[np.float32]


def plain_score(measure: str, truth: Labels, decisions: Labels, logits: Logits) -> float:
    """Score some utterances.

    Parameters
    ----------
    measure
        A measure by its column in ``leaderboard.csv``.
    truth, decisions
        ``[N]`` class numbers, or ``[N, C]`` zeros and ones where several labels can hold.
    logits
        ``[N, C]``, for what is scored by confidence.

    Notes
    -----
    A measure that has no form of its own here is scored by the page's formula, from a confusion
    matrix that is counted here; `is_independent` says which.
    """
    several = truth.ndim == 2
    known = MULTI_LABEL if several else SINGLE_LABEL
    if measure in known:
        return float(known[measure](truth, decisions, logits))
    formula = next(m for m in measures.MEASURES if m.name == measure)
    if formula.from_logits:
        score = formula.multi_label if several else formula.single_label
        return float(score(logits, truth))
    counts = confusion(truth, decisions, np.zeros(len(truth), np.int64), logits.shape[1])
    return float(formula.of(counts, several)[0])


def is_independent(measure: str) -> bool:
    """Whether a measure is scored here by another code than the page's."""
    return measure in SINGLE_LABEL


def count_score(measure: str, counts: NDArray[np.float64]) -> float:
    """Score one confusion matrix ``[C, C]``, or one per class ``[C, 2, 2]``.

    NaN where no utterance is left.
    """
    several = counts.ndim == 3
    known = OF_LABEL_COUNTS if several else OF_COUNTS
    if measure in known:
        return float(known[measure](counts))
    formula = next(m for m in measures.MEASURES if m.name == measure)
    return float(formula.of(counts, several))


def confusion(truth: Labels, decisions: Labels, unit: Labels, classes: int) -> NDArray[np.float64]:
    """Count decisions by unit: ``[U, C, C]``, or ``[U, C, 2, 2]`` where several labels can hold.

    `unit` is the number of each utterance's unit, ``[N]``.
    """
    n_units = int(unit.max()) + 1
    if truth.ndim == 1:
        counts = np.zeros((n_units, classes, classes))
        np.add.at(counts, (unit, truth, decisions), 1)
        return counts
    counts = np.zeros((n_units, classes, 2, 2))
    for c in range(classes):
        np.add.at(counts[:, c], (unit, truth[:, c], decisions[:, c]), 1)
    return counts


def _accuracy(truth: Labels, decisions: Labels, _: Logits) -> float:
    return float(np.mean(truth == decisions))


def _macro_f1(truth: Labels, decisions: Labels, _: Logits) -> float:
    from sklearn.metrics import f1_score

    there = np.unique(truth)
    return f1_score(truth, decisions, labels=there, average="macro", zero_division=0)


def _weighted_f1(truth: Labels, decisions: Labels, _: Logits) -> float:
    from sklearn.metrics import f1_score

    return f1_score(truth, decisions, average="weighted", zero_division=0)


def _uar(truth: Labels, decisions: Labels, _: Logits) -> float:
    from sklearn.metrics import recall_score

    there = np.unique(truth)
    return recall_score(truth, decisions, labels=there, average="macro", zero_division=0)


def _ece(truth: Labels, decisions: Labels, logits: Logits) -> float:
    return calibration(_confidences(logits), decisions == truth)


def _confidences(logits: Logits) -> NDArray[np.float64]:
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    return 1 / np.exp(shifted).sum(axis=1)  # exp(0) over the sum: the chance of the first class


def calibration(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error of answers, in 15 bins of equal width.

    `confidence` and `right`, ``[N]``: how sure each answer is, and whether it is the true one.
    """
    gap = 0.0
    for low in range(15):
        # The lowest of the bins is closed at both ends.
        inside = (confidence <= (low + 1) / 15) & ((confidence > low / 15) | (low == 0))
        gap += abs(float(np.sum(right[inside] - confidence[inside])))
    return gap / len(right)


def _label_macro_f1(truth: Labels, decisions: Labels, _: Logits) -> float:
    from sklearn.metrics import f1_score

    each = f1_score(truth, decisions, average=None, zero_division=0)
    return float(np.mean(each[truth.any(axis=0)]))


def _label_uar(truth: Labels, decisions: Labels, _: Logits) -> float:
    from sklearn.metrics import balanced_accuracy_score

    both = [c for c in range(truth.shape[1]) if len(np.unique(truth[:, c])) == 2]
    return float(np.mean([balanced_accuracy_score(truth[:, c], decisions[:, c]) for c in both]))


def _label_ece(truth: Labels, decisions: Labels, logits: Logits) -> float:
    chances = 1 / (1 + np.exp(-np.abs(logits.astype(np.float64))))
    right = decisions == truth
    return float(np.mean([calibration(chances[:, c], right[:, c]) for c in range(right.shape[1])]))


SINGLE_LABEL: Final[dict[str, Callable[[Labels, Labels, Logits], float]]] = {
    "accuracy": _accuracy,
    "macro_f1": _macro_f1,
    "weighted_f1": _weighted_f1,
    "uar": _uar,
    "ece": _ece,
}
"""Measure to its score of one label per utterance."""

MULTI_LABEL: Final[dict[str, Callable[[Labels, Labels, Logits], float]]] = {
    "accuracy": _accuracy,
    "macro_f1": _label_macro_f1,
    "weighted_f1": _weighted_f1,
    "uar": _label_uar,
    "ece": _label_ece,
}
"""The same of several labels per utterance."""


def _f1_of(counts: NDArray[np.float64], c: int) -> float:
    hits = counts[c, c]
    false = counts[c].sum() + counts[:, c].sum() - 2 * hits
    return float(2 * hits / (2 * hits + false)) if hits else 0.0


def _there(counts: NDArray[np.float64]) -> list[int]:
    return [c for c in range(len(counts)) if counts[c].sum() > 0]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else float("nan")


def _weighted(values: list[float], weights: list[float]) -> float:
    whole = sum(weights)
    return sum(v * w for v, w in zip(values, weights, strict=True)) / whole if whole else np.nan


OF_COUNTS: Final[dict[str, Callable[[NDArray[np.float64]], float]]] = {
    "accuracy": lambda m: np.trace(m) / m.sum() if m.sum() else np.nan,
    "macro_f1": lambda m: _mean([_f1_of(m, c) for c in _there(m)]),
    "weighted_f1": lambda m: _weighted(
        [_f1_of(m, c) for c in range(len(m))], [float(row.sum()) for row in m]
    ),
    "uar": lambda m: _mean([float(m[c, c] / m[c].sum()) for c in _there(m)]),
}
"""Measure to its score of a confusion matrix, for what is left without a unit."""

OF_LABEL_COUNTS: Final[dict[str, Callable[[NDArray[np.float64]], float]]] = {
    "accuracy": lambda m: (m[:, 0, 0] + m[:, 1, 1]).sum() / m.sum() if m.sum() else np.nan,
    "macro_f1": lambda m: _mean([_f1_of(one, 1) for one in m if one[1].sum() > 0]),
    "weighted_f1": lambda m: _weighted(
        [_f1_of(one, 1) for one in m], [float(one[1].sum()) for one in m]
    ),
    "uar": lambda m: _mean([
        float(one[0, 0] / one[0].sum() + one[1, 1] / one[1].sum()) / 2
        for one in m
        if one.sum(axis=1).all()
    ]),
}  # fmt: skip
"""The same of one matrix of no and yes for each class."""
