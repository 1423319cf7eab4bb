"""The main table: every model of a regime under one condition, ranked where that is honest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emobench.leaderboard.results.board import LATE_FUSION, MAJORITY, ORACLE, Section
from emobench.leaderboard.results.comparison import Rank, difference, ranks
from emobench.leaderboard.results.entries import Entry
from emobench.leaderboard.results.scoring import Row, Score
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.store.records import Regime


@dataclass(frozen=True)
class Bar:
    """An interval drawn to the scale of its table; percentages of the width."""

    low: float
    value: float
    high: float


@dataclass(frozen=True)
class HeadlineLine:
    """One model in the main table.

    Parameters
    ----------
    rank
        None for reference rows and for rows that are not done.
    macro_f1, accuracy
        With intervals; None without a complete seed.
    over_single, over_fusion
        Macro-F1 less that of the best single-modality reference row, and of ``late_fusion``.
    beats_oracle
        Scores above the exact ceiling by more than chance: it has found a leak.
    without_copies
        Macro-F1 over the test utterances of which train has no exact copy, where some have one.
    """

    entry: Entry
    row: Row
    rank: Rank | None
    macro_f1: Estimate | None
    accuracy: Estimate | None
    over_single: Estimate | None
    over_fusion: Estimate | None
    beats_oracle: bool
    bar: Bar | None
    without_copies: Estimate | None = None

    @property
    def score(self) -> Score | None:
        """The row's scores."""
        return self.row.score

    @property
    def place(self) -> str:
        """How the row is set apart: ``ceiling``, ``floor``, ``reference`` or ``ranked``."""
        if not self.entry.is_reference:
            return "ranked"
        return {ORACLE: "ceiling", MAJORITY: "floor"}.get(self.entry.model, "reference")


@dataclass(frozen=True)
class HeadlineTable:
    """The main table of one regime.

    Parameters
    ----------
    best_single
        Name of the best single-modality reference row, empty unless every one is there and done.
    low, high
        Ends of the scale of the interval bars.
    """

    regime: Regime
    condition: str
    lines: tuple[HeadlineLine, ...]
    best_single: str
    low: float
    high: float

    @property
    def leader(self) -> HeadlineLine | None:
        """The ranked line with the best score."""
        ranked = [line for line in self.lines if line.rank and line.score]
        return ranked[0] if ranked else None


def headline_table(section: Section, regime: Regime) -> HeadlineTable:
    """Build the main table of `regime` under the section's headline condition."""
    rows = {
        entry.label: row
        for entry in section.entries
        if (row := section.row(entry, regime.name, section.headline)) is not None
        # A reference row that makes no sense here (no oracle on real data) is no ceiling.
        and not (entry.is_reference and row.status == "skipped")
    }
    scores = {label: row.score for label, row in rows.items() if row.is_done and row.score}
    placed = ranks({e.label: scores[e.label] for e in section.competitors() if e.label in scores})
    single = _best_single(section, scores)
    estimates = {k: r.score.estimate("macro_f1") for k, r in rows.items() if r.score}
    # The ends (ceiling, floor) would squeeze every interval between them to a dot.
    drawn = {k: e for k, e in estimates.items() if k not in (ORACLE, MAJORITY)}
    low = min((e.low for e in drawn.values()), default=0.0)
    high = max((e.high for e in drawn.values()), default=1.0)
    entries = [entry for entry in section.entries if entry.label in rows]
    lines = []
    for entry in sorted(entries, key=lambda entry: _order(entry, rows[entry.label])):
        row, label = rows[entry.label], entry.label
        mine = None if entry.is_reference else scores.get(label)
        above = difference(mine, scores.get(ORACLE), "macro_f1")
        lines.append(
            HeadlineLine(
                entry=entry,
                row=row,
                rank=placed.get(label),
                macro_f1=estimates.get(label),
                accuracy=row.score.estimate("accuracy") if row.score else None,
                over_single=difference(mine, scores.get(single), "macro_f1"),
                over_fusion=difference(mine, scores.get(LATE_FUSION), "macro_f1"),
                beats_oracle=above is not None and above.low > 0,
                bar=_bar(drawn.get(label), low, high) if len(drawn) > 1 else None,
                without_copies=row.without_copies.estimate("macro_f1")
                if row.without_copies
                else None,
            )
        )
    return HeadlineTable(regime, section.headline, tuple(lines), single, low, high)


def _best_single(section: Section, scores: Mapping[str, Score]) -> str:
    """Name of the best single-modality row; empty unless all of them are there to choose from."""
    names = section.singles
    if not all(name in scores for name in names):
        return ""
    return max(names, key=lambda name: scores[name].values["macro_f1"], default="")


def _order(entry: Entry, row: Row) -> tuple[int, float, str]:
    """The ceiling first, then by score, then what has none, the floor last."""
    if row.score is None:
        return (2, 0.0, entry.label)
    ends = {ORACLE: 0, MAJORITY: 3} if entry.is_reference else {}
    return (ends.get(entry.model, 1), -row.score.values["macro_f1"], entry.label)


def _bar(value: Estimate | None, low: float, high: float) -> Bar | None:
    if value is None or high <= low:
        return None
    return Bar(*(100 * (x - low) / (high - low) for x in (value.low, value.value, value.high)))
