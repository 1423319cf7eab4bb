"""Confusion matrices and per-class scores, as small tables."""

from __future__ import annotations

from dataclasses import dataclass

from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.entries import Entry
from emobench.leaderboard.results.scoring import Score
from emobench.leaderboard.statistics.metrics import class_f1, class_recall
from emobench.leaderboard.statistics.multilabel_metrics import label_f1, label_recall
from emobench.leaderboard.tables.score_table import by_score
from emobench.store.records import Regime


@dataclass(frozen=True)
class ClassLine:
    """One true class: where its utterances went (shares of the row), and how it scores."""

    name: str
    n: float
    shares: tuple[float, ...]
    f1: float
    recall: float


@dataclass(frozen=True)
class ConfusionView:
    """One model's confusion matrix, pooled over folds, averaged over seeds."""

    label: str
    kind: str
    n_seeds: int
    columns: tuple[str, ...]
    lines: tuple[ClassLine, ...]


def confusion_views(section: Section, regime: Regime) -> list[ConfusionView]:
    """Return the matrices of one regime under the headline condition, in the tables' order."""
    views = []
    for entry in by_score(section, regime):
        row = section.row(entry, regime.name, section.headline)
        if row is None or row.score is None:
            continue
        counts = row.score.confusion
        if counts.ndim == 3:
            views.append(_label_view(section, entry, row.score))
            continue
        known = section.corpus.classes if section.corpus else ()
        names = known if len(known) == len(counts) else [str(i) for i in range(len(counts))]
        f1, recall = class_f1(counts), class_recall(counts)
        lines = tuple(
            ClassLine(
                name,
                float(counts[i].sum()),
                tuple(float(x) for x in counts[i] / max(counts[i].sum(), 1e-12)),
                float(f1[i]),
                float(recall[i]),
            )
            for i, name in enumerate(names)
        )
        views.append(
            ConfusionView(entry.label, entry.card.kind, row.score.n_seeds, tuple(names), lines)
        )
    return views


def _label_view(section: Section, entry: Entry, score: Score) -> ConfusionView:
    """Where several classes can hold: how often each is found where it is, and where it is not."""
    counts = score.confusion
    known = section.corpus.classes if section.corpus else ()
    names = known if len(known) == len(counts) else tuple(str(i) for i in range(len(counts)))
    f1, recall = label_f1(counts), label_recall(counts)
    rates = counts[..., 1] / counts.sum(axis=-1).clip(min=1e-12)
    lines = tuple(
        ClassLine(
            name,
            float(counts[i, 1].sum()),
            (float(rates[i, 1]), float(rates[i, 0])),
            float(f1[i]),
            float(recall[i]),
        )
        for i, name in enumerate(names)
    )
    columns = ("found", "false alarm")
    return ConfusionView(entry.label, entry.card.kind, score.n_seeds, columns, lines)
