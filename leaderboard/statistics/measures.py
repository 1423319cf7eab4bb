"""The measures of the leaderboard, one entry each; whatever shows scores reads this list.

A new measure is a new entry of `MEASURES`. It then has a column in the main tables of page and
Markdown, a column at the end of the CSV table, and ``emobench compare --measure NAME``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from emobench.leaderboard.statistics import metrics, multilabel_metrics


@dataclass(frozen=True)
class Measure:
    """One way to score predictions.

    Parameters
    ----------
    name
        Its column in the CSV table, and what ``emobench compare --measure`` takes.
    title, meaning
        Head of its column on the page, and what the number is in a sentence part.
    single_label
        Confusion matrices ``[..., C, C]`` (truth, prediction) to scores ``[...]``. The counts can
        be float32; without any utterance the score is NaN.
    multi_label
        The same where several classes can hold: one matrix per class, ``[..., C, 2, 2]``.
    from_logits
        Both functions take logits ``[N, C]`` and the truth instead, and give one number. Such a
        measure has no interval, because intervals resample confusion matrices.
    headline
        Whether it has a column in the main table.
    interval
        Whether the main table and the CSV table have its interval.
    by_condition
        Whether the tables by condition, summary, contrast and member can be switched to it.
    by_corpus
        Whether the matrices of transfer between corpora can be switched to it.
    appended
        Whether its CSV columns come last. False only for the measures of the first version
        of that public format, which keep their places.
    least_is_best
        Whether a lower value is a better one.
    """

    name: str
    title: str
    meaning: str
    single_label: Callable[..., Any]
    multi_label: Callable[..., Any]
    from_logits: bool = False
    headline: bool = True
    interval: bool = False
    by_condition: bool = False
    by_corpus: bool = False
    appended: bool = True
    least_is_best: bool = False

    def of(self, confusion: metrics.Floats, multilabel: bool) -> metrics.Floats:
        """Return the scores of confusion matrices with any number of leading axes."""
        scores: metrics.Floats = (self.multi_label if multilabel else self.single_label)(confusion)
        return scores


RANKING: Final = "macro_f1"
"""The measure that models are ranked and selected by."""

MEASURES: tuple[Measure, ...] = (
    Measure(
        "accuracy", "Accuracy", "Share of test utterances that are right",
        metrics.accuracy, multilabel_metrics.label_accuracy,
        interval=True, by_condition=True, appended=False,
    ),
    Measure(
        "macro_f1", "Macro-F1", "Mean F1 over the classes that occur in the test set",
        metrics.macro_f1, multilabel_metrics.label_macro_f1,
        interval=True, by_condition=True, by_corpus=True, appended=False,
    ),
    Measure(
        "weighted_f1", "Weighted F1", "F1 weighted by class frequency",
        metrics.weighted_f1, multilabel_metrics.label_weighted_f1,
        appended=False,
    ),
    Measure(
        "uar", "UAR", "Unweighted average recall: the mean recall of the classes that occur",
        metrics.uar, multilabel_metrics.label_uar,
        by_corpus=True, appended=False,
    ),
    Measure(
        "ece", "ECE",
        "Expected calibration error: the gap between confidence and accuracy, lower is better",
        metrics.expected_calibration_error, multilabel_metrics.binary_calibration_error,
        from_logits=True, appended=False, least_is_best=True,
    ),
)  # fmt: skip
"""Every measure, in the order of the CSV table."""


def counting() -> tuple[Measure, ...]:
    """Return the measures of confusion matrices: those that can be resampled and compared."""
    return tuple(m for m in MEASURES if not m.from_logits)


def ranking_first() -> tuple[Measure, ...]:
    """Return every measure in the order of the page: the one that ranks, then the others."""
    return tuple(sorted(MEASURES, key=lambda m: m.name != RANKING))


def switch(choice: Callable[[Measure], bool]) -> tuple[Measure, ...]:
    """Return the measures between which a group of tables can be switched."""
    return tuple(m for m in ranking_first() if choice(m) and not m.from_logits)


def title_of(name: str) -> str:
    """Return the title of a measure; of an unknown one its name."""
    return next((m.title for m in MEASURES if m.name == name), name)
