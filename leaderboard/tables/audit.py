"""The leakage audit: the inflation of each flawed split, and whether duplicates explain it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.board import MAJORITY, ORACLE, Section
from emobench.leaderboard.results.comparison import contrast, final
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import HONEST_SPLIT, Score, ScoreRow
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.measures import RANKING
from emobench.leaderboard.statistics.metrics import Floats, class_recall
from emobench.leaderboard.statistics.multilabel_metrics import label_recall
from emobench.leaderboard.tables.score_table import (
    Column,
    ScoreTable,
    TableCell,
    TableRow,
    blank_cell,
    difference_cell,
    estimate_cell,
    number_cell,
    status_badges,
)
from emobench.store.records import Audit, AuditClass

UNPAIRED = "Tested on other utterances: the two scores are resampled independently."


@dataclass(frozen=True)
class Inflation:
    """One model under one flawed split.

    Parameters
    ----------
    honest, flawed
        Macro-F1 with its interval.
    inflation
        Flawed less honest; `paired` if both were tested on the same utterances.
    tested, duplicates
        Test rows, and those with a duplicate in train; None where no audit is stored.
    without_duplicates
        Macro-F1 over the test rows without a duplicate, where some have one.
    """

    entry: ModelEntry
    row: ScoreRow
    honest: Estimate | None
    flawed: Estimate | None
    inflation: Estimate | None
    paired: bool
    tested: int | None
    duplicates: int | None
    without_duplicates: Estimate | None

    @property
    def condition(self) -> str:
        """The condition's name, which says what is wrong with the split."""
        return self.row.condition

    @property
    def share(self) -> float | None:
        """Share of the test rows with a duplicate in train."""
        if not self.tested or self.duplicates is None:
            return None
        return self.duplicates / self.tested


@dataclass(frozen=True)
class ClassInflation:
    """One class under the honest split and under a flawed one.

    Parameters
    ----------
    copied
        Rows per utterance of this class in the flawed split.
    shares
        Share of its test rows that have a duplicate in train: honest, and flawed.
    recalls
        Its recall: honest, and flawed.
    """

    label: str
    copied: float
    shares: tuple[float, float]
    recalls: tuple[float, float]

    @property
    def gain(self) -> float:
        """How much recall the flawed split adds."""
        return self.recalls[1] - self.recalls[0]


@dataclass(frozen=True)
class LargestInflation:
    """The model and the flawed split with the largest inflation, class by class."""

    whole: Inflation
    classes: tuple[ClassInflation, ...]


def honest_condition(section: Section) -> str:
    """Return the name of the condition with the honest split; "" where there is none."""
    return next((c.name for c in section.having("honest")), "")


def inflations(section: Section) -> list[Inflation]:
    """Return every model under every flawed split, models in the order of their honest score.

    None where splits were not audited, or where no honest split is beside the flawed ones.
    """
    if not section.audits or not honest_condition(section):
        return []
    flawed = {c.name for c in section.having("flawed")}
    return [
        _inflation(section, entry, row)
        for entry in _by_honest(section)
        for row in section.rows[entry.label].values()
        if row.condition in flawed and row.status != "skipped"
    ]


def largest_inflation(section: Section, found: list[Inflation]) -> LargestInflation | None:
    """Return recall by class where the inflation is largest; None where there is no inflation.

    Published and own models come before reference rows.
    """
    known = [
        one
        for one in found
        if one.inflation
        and one.entry.model not in (MAJORITY, ORACLE)
        and {one.row.flaw, HONEST_SPLIT} <= set(section.audits)
    ]
    chosen = [one for one in known if not one.entry.is_reference] or known
    worst = max(chosen, key=lambda x: x.inflation.value if x.inflation else 0.0, default=None)
    if worst is None:
        return None
    honest = final(section.row(worst.entry, worst.row.regime, honest_condition(section)))
    assert honest is not None
    assert worst.row.score is not None
    recalls = (_recalls(honest), _recalls(worst.row.score))
    audits = (section.audits[HONEST_SPLIT], section.audits[worst.row.flaw])
    return LargestInflation(worst, tuple(_classes(audits, recalls)))


def audit_table(found: Iterable[Inflation]) -> ScoreTable:
    """Print every model under every flawed split."""
    columns = (
        Column("Leak", "What is wrong with the split", "code"),
        Column("Honest", "Macro-F1 on the corpus's own split"),
        Column("Flawed", "Macro-F1 on the flawed split"),
        Column("Inflation", "Flawed less honest"),
        Column("Test rows", "Test rows of the flawed split, all folds"),
        Column("Duplicates", "Share of these with a duplicate in train"),
        Column(
            "Flawed, without duplicates",
            "Macro-F1 over the test rows without a duplicate in train",
        ),
    )
    rows = tuple(map(_audit_row, found))
    notes = (("*", UNPAIRED),) if any(cell.mark for row in rows for cell in row.cells) else ()
    return ScoreTable(
        "Macro-F1", columns, rows, notes, style="headline", sortable=False, grouped=True
    )


def class_table(worst: LargestInflation) -> ScoreTable:
    """Print recall and duplicates of each class."""
    columns = (
        Column("Copied", "Rows per utterance of the class in the flawed split"),
        Column("Duplicates, honest", "Share of its test rows with a duplicate in train"),
        Column("Duplicates, flawed", "Share of its test rows with a duplicate in train"),
        Column("Recall, honest", tinted=True),
        Column("Recall, flawed", tinted=True),
        Column("Gain", "Recall under the flawed split less the honest one"),
    )
    rows = tuple(
        TableRow(
            one.label,
            "",
            (
                TableCell(f"× {one.copied:.1f}", value=one.copied),
                *(number_cell(share, numbers.percent) for share in one.shares),
                *map(number_cell, one.recalls),
                number_cell(one.gain, numbers.signed),
            ),
        )
        for one in worst.classes
    )
    return ScoreTable("Recall and duplicates by class", columns, rows, stub="Class")


def _audit_row(one: Inflation) -> TableRow:
    name = TableCell(one.condition, badge=next(iter(status_badges(one.row)), None))
    # Without the colours of a gain: a larger inflation is no better.
    marked = () if one.paired else (UNPAIRED, "*")
    inflation = replace(difference_cell(one.inflation, *marked), kind="")
    share = blank_cell()
    if one.share is not None:
        share = TableCell(f"{100 * one.share:.1f} %", value=one.share)
    tested = TableCell(f"{one.tested:,}" if one.tested else "", value=one.tested)
    cells = (
        name,
        estimate_cell(one.honest),
        estimate_cell(one.flawed),
        inflation,
        tested,
        share,
        estimate_cell(one.without_duplicates),
    )
    return TableRow(one.entry.label, one.entry.card.kind, cells)


def _classes(
    audits: tuple[Audit, Audit], recalls: tuple[Floats, Floats]
) -> Iterator[ClassInflation]:
    for c, pair in enumerate(zip(audits[0].classes, audits[1].classes, strict=True)):
        before, after = pair
        if before.tested and after.tested:
            yield ClassInflation(
                label=after.label,
                copied=after.copied,
                shares=(_share(before), _share(after)),
                recalls=(float(recalls[0][c]), float(recalls[1][c])),
            )


def _share(one: AuditClass) -> float:
    return one.twins / one.tested if one.tested else 0.0


def _recalls(score: Score) -> Floats:
    """Recall of each class ``[C]``, of single or several labels."""
    matrix = np.asarray(score.confusion)
    return label_recall(matrix) if matrix.ndim == 3 else class_recall(matrix)


def _by_honest(section: Section) -> list[ModelEntry]:
    honest = honest_condition(section)

    def order(entry: ModelEntry) -> tuple[bool, float]:
        row = section.any_regime(entry, honest)
        value = row.score.values[RANKING] if row and row.score else 0.0
        return entry.model == MAJORITY, -value

    return sorted(section.entries, key=order)


def _inflation(section: Section, entry: ModelEntry, row: ScoreRow) -> Inflation:
    honest = final(section.row(entry, row.regime, honest_condition(section)))
    audit = section.audits.get(row.flaw)
    rest = row.without_copies
    return Inflation(
        entry=entry,
        row=row,
        honest=honest.estimate(RANKING) if honest else None,
        flawed=row.score.estimate(RANKING) if row.score else None,
        inflation=contrast(row.final, honest, RANKING),
        paired=bool(row.final and honest and row.final.test == honest.test),
        tested=audit.tested if audit else None,
        duplicates=len(audit.twins) if audit else None,
        without_duplicates=rest.estimate(RANKING) if rest else None,
    )
