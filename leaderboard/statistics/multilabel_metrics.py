"""Scores where several classes can hold: from one matrix per class, ``[..., C, 2, 2]``.

The matrices are (truth, prediction) of a class's no and yes, as scikit-learn's
``multilabel_confusion_matrix`` gives them. Every function takes any number of leading axes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.statistics.metrics import BINS, Floats, Ints, bin_of, divide


def class_matrices(truth: Ints, predicted: Ints) -> NDArray[np.float64]:
    """Count utterances per class, truth and prediction: ``[N, C]`` twice to ``[C, 2, 2]``."""
    matrices = np.zeros((truth.shape[1], 2, 2))
    for yes in (0, 1):
        for said in (0, 1):
            matrices[:, yes, said] = ((truth == yes) & (predicted == said)).sum(axis=0)
    return matrices


def label_accuracy(matrices: Floats) -> Floats:
    """Share of right answers over utterances and classes, 1 less the Hamming loss."""
    hits = np.trace(matrices, axis1=-2, axis2=-1).sum(-1)
    return divide(hits, matrices.sum(axis=(-3, -2, -1)), empty=np.nan)


def label_f1(matrices: Floats) -> Floats:
    """F1 of each class's yes, ``[..., C, 2, 2]`` to ``[..., C]``; 0 where it never occurs."""
    hits = matrices[..., 1, 1]
    return divide(2 * hits, matrices[..., 1, :].sum(-1) + matrices[..., :, 1].sum(-1), empty=0.0)


def label_recall(matrices: Floats) -> Floats:
    """Recall of each class's yes, ``[..., C, 2, 2]`` to ``[..., C]``."""
    return divide(matrices[..., 1, 1], matrices[..., 1, :].sum(-1), empty=0.0)


def label_precision(matrices: Floats) -> Floats:
    """Precision of each class's yes, ``[..., C, 2, 2]`` to ``[..., C]``; 0 if it is never said."""
    return divide(matrices[..., 1, 1], matrices[..., :, 1].sum(-1), empty=0.0)


def label_macro_f1(matrices: Floats) -> Floats:
    """Mean F1 over the classes that occur in the truth.

    scikit-learn's ``f1_score(average="macro", zero_division=0)`` over those classes.
    """
    support = matrices[..., 1, :].sum(-1)
    return _mean(label_f1(matrices), support > 0)


def label_weighted_f1(matrices: Floats) -> Floats:
    """Mean F1 weighted by how often each class holds."""
    support = matrices[..., 1, :].sum(-1)
    return divide((label_f1(matrices) * support).sum(-1), support.sum(-1), empty=np.nan)


def label_uar(matrices: Floats) -> Floats:
    """Mean over classes of the mean recall of yes and no.

    The "weighted accuracy" of the CMU-MOSEI literature (Tong et al. 2017, equation 1, at equal
    weights), over the classes of which both occur in the truth.
    """
    support = matrices.sum(-1)
    recalls = divide(np.diagonal(matrices, axis1=-2, axis2=-1), support, empty=0.0)
    return _mean(recalls.mean(-1), (support > 0).all(-1))


def binary_calibration_error(logits: Floats, truth: Ints, bins: int = BINS) -> float:
    """Expected calibration error of each class's yes or no, mean over classes.

    As `expected_calibration_error` of ``metrics.py``, with the confidence of the answer that is
    given. `logits` and `truth` are ``[N, C]``.
    """
    if not len(truth):
        return float("nan")
    confidence = 1.0 / (1.0 + np.exp(-np.abs(logits.astype(np.float64))))
    right = (logits > 0) == (truth > 0)
    place = bin_of(confidence, bins)
    gaps = [
        np.abs(np.bincount(p, weights=r - c, minlength=bins)).sum() / len(truth)
        for p, r, c in zip(place.T, right.T, confidence.T, strict=True)
    ]
    return float(np.mean(gaps))


def _mean(per_class: Floats, counted: NDArray[np.bool_]) -> Floats:
    return divide((per_class * counted).sum(-1), counted.sum(-1), empty=np.nan)
