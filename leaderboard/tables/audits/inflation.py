"""The leakage audit: the inflation of each flawed split, and whether duplicates explain it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.pedigree.address import address_of
from emobench.leaderboard.results.board import MAJORITY, ORACLE, Section
from emobench.leaderboard.results.comparison import contrast, final
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.reports.flawed_score import MEASURE_OF
from emobench.leaderboard.results.scoring import HONEST_SPLIT, Score, ScoreRow
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.measures import RANKING, title_of
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
    with_id,
)
from emobench.store.records import Audit, AuditClass

UNPAIRED = "Tested on other utterances: the two scores are resampled independently."


@dataclass(frozen=True)
class Inflation:
    """One model under one flaw.

    Parameters
    ----------
    measure
        What is scored: the measure that ranks, or one that the flaw changes.
    against
        The honest condition that it is held against; `has_counterpart` if that is another one than
        the corpus's own split.
    honest, flawed
        The scores with their intervals.
    inflation
        Flawed less honest; `paired` if both were tested on the same utterances.
    tested, duplicates
        Test rows, and those with a duplicate in train, None where these were not counted.
    without_duplicates
        Macro-F1 over the test rows without a duplicate, where some have one.
    """

    entry: ModelEntry
    row: ScoreRow
    measure: str
    against: str
    has_counterpart: bool
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
    def is_measurable(self) -> bool:
        """Whether the whole interval of the inflation lies above 0."""
        return self.inflation is not None and self.inflation.low > 0

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
    """Return every model under every flaw, models in the order of their honest score.

    A flaw that takes each measure from its own epoch has a line per measure. Empty where no honest
    split is beside the flawed ones.
    """
    flawed = {c.name for c in section.having("flawed")}
    if not flawed or not honest_condition(section):
        return []
    return [
        _inflation(section, entry, row, measure)
        for entry in _by_honest(section)
        for row in section.rows[entry.label].values()
        if row.condition in flawed and row.status != "skipped"
        for measure in _measures(row)
    ]


def _measures(row: ScoreRow) -> tuple[str, ...]:
    """The measures that a flaw is priced in, the one that ranks first."""
    if row.looks:
        return tuple(sorted(row.looks, key=lambda m: m != RANKING))
    return (MEASURE_OF.get(row.report, RANKING),)


def largest_inflation(section: Section, found: list[Inflation]) -> LargestInflation | None:
    """Return recall by class where a split's inflation is largest.

    None where no split is audited or no inflation is measurable. Published and own models come
    before reference rows.
    """
    known = [
        one
        for one in found
        if one.is_measurable
        and one.measure == RANKING
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
    """Print every model under every flaw."""
    columns = (
        Column("Flaw", "What is wrong with the split, the training or the report", "code"),
        Column("Honest", "Score without the flaw"),
        Column("Flawed", "Score with the flaw"),
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
    beside = [title_of(one.measure)] if one.measure != RANKING or one.row.looks else []
    beside += [f"against {one.against}"] if one.has_counterpart else []
    name = TableCell(
        one.condition,
        badge=next(iter(status_badges(one.row)), None),
        details=tuple(beside),
    )
    # Without the colours of a gain: a larger inflation is no better.
    marked = () if one.paired else (UNPAIRED, "*")
    inflation = with_id(
        replace(difference_cell(one.inflation, *marked), kind=""),
        address_of(one.entry, *_place(one), one.measure, relation="inflation"),
    )
    share = blank_cell()
    if one.share is not None:
        share = TableCell(f"{100 * one.share:.1f} %", value=one.share)
    tested = TableCell(f"{one.tested:,}" if one.tested else "", value=one.tested)
    cells = (
        name,
        with_id(
            estimate_cell(one.honest),
            address_of(one.entry, one.row.regime, one.against, one.measure),
        ),
        with_id(estimate_cell(one.flawed), address_of(one.entry, *_place(one), one.measure)),
        inflation,
        tested,
        share,
        estimate_cell(one.without_duplicates),
    )
    return TableRow(one.entry.label, one.entry.card.kind, cells)


def _place(one: Inflation) -> tuple[str, str]:
    return one.row.regime, one.condition


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


def _counterpart(section: Section, row: ScoreRow) -> str:
    """The honest condition that the protocol holds a flawed row against."""
    honest = {c.name for c in section.having("honest")}
    place = (row.regime, row.condition)
    found = (c.second[1] for c in section.contrasts if tuple(c.first) == place)
    return next((name for name in found if name in honest), honest_condition(section))


def _inflation(section: Section, entry: ModelEntry, row: ScoreRow, measure: str) -> Inflation:
    against = _counterpart(section, row)
    honest = final(section.row(entry, row.regime, against))
    audit = section.audits.get(row.flaw)
    rest = row.without_copies if audit else None
    return Inflation(
        entry=entry,
        row=row,
        measure=measure,
        against=against,
        has_counterpart=against != honest_condition(section),
        honest=honest.estimate(measure) if honest else None,
        flawed=row.score.estimate(measure) if row.score else None,
        inflation=contrast(row.final, honest, measure),
        paired=bool(row.final and honest and row.final.test == honest.test),
        tested=audit.tested if audit else row.score.n_test if row.score else None,
        duplicates=len(audit.twins) if audit else None,
        without_duplicates=rest.estimate(RANKING) if rest else None,
    )
