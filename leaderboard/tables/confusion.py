"""Confusion matrices with F1, precision and recall per class, a small table for each model."""

from __future__ import annotations

from collections.abc import Sequence

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.scoring import Score
from emobench.leaderboard.statistics.metrics import Floats, class_f1, class_precision, class_recall
from emobench.leaderboard.statistics.multilabel_metrics import (
    label_f1,
    label_precision,
    label_recall,
)
from emobench.leaderboard.tables.conditions import by_score
from emobench.leaderboard.tables.score_table import (
    Column,
    ScoreTable,
    TableCell,
    TableRow,
    number_cell,
)
from emobench.store.records import Regime
from emobench.wording import counted


def confusion_tables(section: Section, regime: Regime) -> list[ScoreTable]:
    """Return the matrices of one regime under the main condition, in the tables' order."""
    found = []
    for entry in by_score(section, regime):
        row = section.row(entry, regime.name, section.headline)
        if row is not None and row.score is not None:
            title = f"{entry.label} ({counted(row.score.n_seeds, 'seed')})"
            found.append(_table(title, section, row.score))
    return found


def _table(title: str, section: Section, score: Score) -> ScoreTable:
    counts = score.confusion
    known = section.corpus.classes if section.corpus else ()
    names = known if len(known) == len(counts) else tuple(str(i) for i in range(len(counts)))
    if multilabel := counts.ndim == 3:
        scores = label_f1(counts), label_precision(counts), label_recall(counts)
        rates = counts[..., 1] / counts.sum(axis=-1).clip(min=1e-12)
        shares = rates[:, ::-1]
        answers: Sequence[str] = ("found", "false alarm")
        columns = [Column(name, name, tinted=True) for name in answers]
    else:
        scores = class_f1(counts), class_precision(counts), class_recall(counts)
        shares = counts / counts.sum(axis=-1, keepdims=True).clip(min=1e-12)
        answers = names
        columns = [Column(name[:3], f"predicted {name}", tinted=True) for name in names]
    support = counts[:, 1].sum(axis=-1) if multilabel else counts.sum(axis=-1)
    link = ", " if multilabel else " taken for "
    rows = tuple(
        TableRow(
            name,
            "",
            (
                *_share_cells(f"{name}{link}", answers, shares[i]),
                *(number_cell(float(one[i])) for one in scores),
                TableCell(f"{support[i]:,.0f}", value=float(support[i])),
            ),
        )
        for i, name in enumerate(names)
    )
    columns += [
        Column("F1", gauged=True),
        Column("prec", "precision"),
        Column("rec", "recall"),
        Column("n", "support: test utterances for which the class is true"),
    ]
    return ScoreTable(title, tuple(columns), rows, stub="", style="confusion", sortable=False)


def _share_cells(start: str, answers: Sequence[str], shares: Floats) -> tuple[TableCell, ...]:
    """The shares of one class's utterances that got each answer."""
    return tuple(
        TableCell(
            f"{share:.2f}".replace("0.", ".", 1),
            value=float(share),
            note=f"{start}{answer}: {numbers.percent(float(share))}",
        )
        for answer, share in zip(answers, shares, strict=True)
    )
