"""The leakage audit: what each flaw of a split is worth, and whether twins explain it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emobench.leaderboard.results.board import MAJORITY, ORACLE, Section
from emobench.leaderboard.results.comparison import contrast
from emobench.leaderboard.results.entries import Entry
from emobench.leaderboard.results.scoring import Row, Score
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.metrics import Floats, class_recall
from emobench.leaderboard.statistics.multilabel_metrics import label_recall
from emobench.store.records import Audit, AuditClass

HONEST = "honest"


@dataclass(frozen=True)
class AuditLine:
    """One model under one flaw.

    Parameters
    ----------
    honest, flawed
        Macro-F1 with its interval.
    inflation
        Flawed less honest; `paired` if both were tested on the same utterances.
    tested, twins
        Test rows, and those of which train has a twin; None where no audit is stored.
    without_twins
        Macro-F1 over the test rows without a twin, where some have one.
    """

    entry: Entry
    flaw: str
    row: Row
    honest: Estimate | None
    flawed: Estimate | None
    inflation: Estimate | None
    paired: bool
    tested: int | None
    twins: int | None
    without_twins: Estimate | None

    @property
    def share(self) -> float | None:
        """Share of the test rows of which train has a twin."""
        return self.twins / self.tested if self.tested and self.twins is not None else None


@dataclass(frozen=True)
class ClassLine:
    """One class under the honest split and under a flaw.

    Parameters
    ----------
    copied
        Rows that the flawed split has of each utterance of this class.
    shares
        Share of its test rows that have a twin in train: honestly, and under the flaw.
    recalls
        Its recall: honestly, and under the flaw.
    """

    label: str
    copied: float
    shares: tuple[float, float]
    recalls: tuple[float, float]

    @property
    def gain(self) -> float:
        """How much recall the flaw adds."""
        return self.recalls[1] - self.recalls[0]


@dataclass(frozen=True)
class ClassTable:
    """Recall and twins by class, of the model and the flaw with the largest inflation."""

    line: AuditLine
    lines: tuple[ClassLine, ...]


def audit_lines(section: Section) -> list[AuditLine]:
    """Return every model under every flaw, models in the order of their honest score."""
    if not section.audits:
        return []
    return [line for entry in _by_honest(section) for line in _of(section, entry)]


def class_table(section: Section, lines: list[AuditLine]) -> ClassTable | None:
    """Return recall by class where the inflation is largest; None where there is no inflation.

    Published and own models come before reference rows.
    """
    known = [x for x in lines if x.inflation and x.entry.model not in (MAJORITY, ORACLE)]
    known = [x for x in known if x.flaw in section.audits and HONEST in section.audits]
    chosen = [x for x in known if not x.entry.is_reference] or known
    worst = max(chosen, key=lambda x: x.inflation.value if x.inflation else 0.0, default=None)
    if worst is None:
        return None
    honest = _score(section, worst.entry, worst.row.regime, HONEST)
    assert honest is not None
    assert worst.row.score is not None
    recalls = (_recalls(honest), _recalls(worst.row.score))
    audits = (section.audits[HONEST], section.audits[worst.flaw])
    return ClassTable(worst, tuple(_classes(audits, recalls)))


def _classes(audits: tuple[Audit, Audit], recalls: tuple[Floats, Floats]) -> Iterator[ClassLine]:
    for c, pair in enumerate(zip(audits[0].classes, audits[1].classes, strict=True)):
        before, after = pair
        if before.tested and after.tested:
            yield ClassLine(
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


def _by_honest(section: Section) -> list[Entry]:
    def order(entry: Entry) -> tuple[bool, float]:
        scores = [row.score for (_, c), row in section.rows[entry.label].items() if c == HONEST]
        values = [score.values["macro_f1"] for score in scores if score is not None]
        return entry.model == MAJORITY, -max(values, default=0.0)

    return sorted(section.entries, key=order)


def _of(section: Section, entry: Entry) -> Iterator[AuditLine]:
    for (regime, flaw), row in section.rows[entry.label].items():
        if flaw == HONEST or row.status == "skipped":
            continue
        honest = _score(section, entry, regime, HONEST)
        flawed = row.score if row.is_done else None
        audit = section.audits.get(flaw)
        rest = row.without_copies
        yield AuditLine(
            entry=entry,
            flaw=flaw,
            row=row,
            honest=honest.estimate("macro_f1") if honest else None,
            flawed=row.score.estimate("macro_f1") if row.score else None,
            inflation=contrast(flawed, honest, "macro_f1"),
            paired=bool(flawed and honest and flawed.test == honest.test),
            tested=audit.tested if audit else None,
            twins=len(audit.twins) if audit else None,
            without_twins=rest.estimate("macro_f1") if rest else None,
        )


def _score(section: Section, entry: Entry, regime: str, condition: str) -> Score | None:
    row = section.rows[entry.label].get((regime, condition))
    return row.score if row and row.is_done else None
