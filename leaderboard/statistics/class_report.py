"""Precision, recall and F1 by class, as scikit-learn's ``classification_report`` has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emobench.leaderboard.statistics import metrics, multilabel_metrics
from emobench.leaderboard.statistics.metrics import Floats, divide


@dataclass(frozen=True)
class ReportLine:
    """A class, or an average over classes; None for a number that it does not have."""

    name: str
    precision: float | None
    recall: float | None
    f1: float
    support: int


@dataclass(frozen=True)
class ClassReport:
    """The classes in their order, and below them what sums them up."""

    classes: tuple[ReportLine, ...]
    averages: tuple[ReportLine, ...]
    is_true: tuple[bool, ...]
    """Whether each class occurs in the test set: the macro average leaves the others out."""


def class_report(confusions: Floats, names: tuple[str, ...]) -> ClassReport:
    """Return the mean over seeds of each seed's report.

    Parameters
    ----------
    confusions
        ``[S, C, C]`` counts per seed (truth, prediction), of the same utterances; ``[S, C, 2, 2]``
        where several classes can hold.
    names
        The C classes.

    Notes
    -----
    A division by nothing gives 0, as with ``zero_division=0``. scikit-learn's macro average counts
    a class that is predicted and never true; here it is left out, as in the macro-F1 of the page.
    """
    if confusions.ndim == 4:
        columns = (
            multilabel_metrics.label_precision(confusions),
            multilabel_metrics.label_recall(confusions),
            multilabel_metrics.label_f1(confusions),
        )
        support = confusions[0, :, 1, :].sum(-1)
        whole = confusions.sum(axis=1, keepdims=True)
        micro = (
            multilabel_metrics.label_precision(whole),
            multilabel_metrics.label_recall(whole),
            multilabel_metrics.label_f1(whole),
        )
        first = _line("micro avg", [float(one.mean()) for one in micro], support)
    else:
        columns = (
            metrics.class_precision(confusions),
            metrics.class_recall(confusions),
            metrics.class_f1(confusions),
        )
        support = confusions[0].sum(-1)
        accuracy = float(metrics.accuracy(confusions).mean())
        first = ReportLine("accuracy", None, None, accuracy, round(support.sum()))
    means = [one.mean(axis=0) for one in columns]
    occurs = support > 0
    averages = (
        first,
        _line("macro avg", [_average(one, occurs) for one in means], support),
        _line("weighted avg", [_average(one, support) for one in means], support),
    )
    lines = tuple(
        _line(name, [float(one[i]) for one in means], support[i]) for i, name in enumerate(names)
    )
    return ClassReport(lines, averages, tuple(map(bool, occurs)))


def _average(values: Floats, weights: Floats) -> float:
    return float(divide((values * weights).sum(), weights.sum(), empty=np.nan))


def _line(name: str, values: list[float], support: Floats) -> ReportLine:
    precision, recall, f1 = values
    return ReportLine(name, precision, recall, f1, round(support.sum()))
