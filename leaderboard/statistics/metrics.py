"""Scores of a classifier, all from confusion matrices ``[..., C, C]`` (truth, prediction).

Every function takes any number of leading axes, so that a thousand bootstrap replicates cost
one call. Counts may be fractional (weighted utterances). Where several classes can hold at once,
each class has a matrix of its own: see ``multilabel_metrics.py``.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]

BINS: Final = 15
"""Bins of equal width between 0 and 1 that calibration is measured in."""


def confusion_matrix(truth: Ints, predicted: Ints, classes: int) -> NDArray[np.float64]:
    """Count utterances per (true class, predicted class).

    Parameters
    ----------
    truth, predicted
        ``[N]`` class indices.
    classes
        Number of classes C.

    Returns
    -------
    NDArray
        ``[C, C]``, rows by truth.
    """
    codes = truth.astype(np.int64) * classes + predicted.astype(np.int64)
    return np.bincount(codes, minlength=classes**2).reshape(classes, classes).astype(np.float64)


def accuracy(confusion: Floats) -> Floats:
    """Share of utterances that are right; ``[..., C, C]`` to ``[...]``.

    NaN when there is no utterance. Source: scikit-learn's ``accuracy_score``.
    """
    hits = np.trace(confusion, axis1=-2, axis2=-1)
    return divide(hits, confusion.sum(axis=(-2, -1)), empty=np.nan)


def class_f1(confusion: Floats) -> Floats:
    """F1 of each class, 2TP / (2TP + FP + FN); ``[..., C, C]`` to ``[..., C]``.

    0 for a class that is neither true nor predicted anywhere.
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    return divide(2 * hits, confusion.sum(axis=-1) + confusion.sum(axis=-2), empty=0.0)


def class_recall(confusion: Floats) -> Floats:
    """Recall of each class; ``[..., C, C]`` to ``[..., C]``; 0 for a class without truth."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    return divide(hits, confusion.sum(axis=-1), empty=0.0)


def class_precision(confusion: Floats) -> Floats:
    """Precision of each class; ``[..., C, C]`` to ``[..., C]``; 0 for a class never predicted."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    return divide(hits, confusion.sum(axis=-2), empty=0.0)


def macro_f1(confusion: Floats) -> Floats:
    """Mean F1 over the classes that occur in the truth; ``[..., C, C]`` to ``[...]``.

    Notes
    -----
    scikit-learn's ``f1_score(average="macro", labels=np.unique(truth), zero_division=0)``.
    A class without a true utterance has no recall to speak of and is left out of the mean;
    predicting it still costs the true class its hit.
    """
    return _mean_over_true(class_f1(confusion), confusion)


def uar(confusion: Floats) -> Floats:
    """Unweighted average recall over the classes that occur in the truth.

    Notes
    -----
    ``[..., C, C]`` to ``[...]``. scikit-learn's ``balanced_accuracy_score``; the measure of the
    INTERSPEECH emotion challenge (Schuller et al. 2009).
    """
    return _mean_over_true(class_recall(confusion), confusion)


def weighted_f1(confusion: Floats) -> Floats:
    """Mean F1 weighted by how often each class is true; ``[..., C, C]`` to ``[...]``.

    Source: scikit-learn's ``f1_score(average="weighted", zero_division=0)``.
    """
    support = confusion.sum(axis=-1)
    return divide((class_f1(confusion) * support).sum(-1), support.sum(-1), empty=np.nan)


def probabilities(logits: Floats) -> NDArray[np.float64]:
    """Softmax over the last axis, safe for logits of any finite size."""
    result: NDArray[np.float64] = softmax(logits.astype(np.float64), axis=-1)
    return result


def bin_of(confidence: Floats, bins: int = BINS) -> NDArray[np.int64]:
    """Return the bin ``(low, high]`` of equal width, from 0 on, of each probability."""
    return np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)


def expected_calibration_error(logits: Floats, truth: Ints, bins: int = BINS) -> float:
    """Mean gap between confidence and accuracy over confidence bins.

    Parameters
    ----------
    logits
        ``[N, C]``.
    truth
        ``[N]`` class indices.
    bins
        Number of equal-width bins ``(low, high]`` of the top class's probability.

    Notes
    -----
    Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
    """
    if not len(truth):
        return float("nan")
    chances = probabilities(logits)
    confidence = chances.max(axis=1)
    right = chances.argmax(axis=1) == truth
    place = bin_of(confidence, bins)
    gaps = np.bincount(place, weights=right - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(truth))


def _mean_over_true(per_class: Floats, confusion: Floats) -> Floats:
    occurs = confusion.sum(axis=-1) > 0
    return divide((per_class * occurs).sum(-1), occurs.sum(-1), empty=np.nan)


def divide(over: Any, under: Any, empty: float) -> Floats:
    """Divide element by element; `empty` where the divisor is not above 0."""
    over, under = np.asarray(over, np.float64), np.asarray(under, np.float64)
    result: Floats = np.divide(over, under, out=np.full(over.shape, empty), where=under > 0)
    return result
