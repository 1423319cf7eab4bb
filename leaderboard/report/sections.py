"""Everything that the page says about one section, computed once for both page and Markdown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from emobench.leaderboard.charts.corruptions import corruption_chart
from emobench.leaderboard.charts.robustness import curve_chart
from emobench.leaderboard.charts.style import Style, styles
from emobench.leaderboard.charts.subsets import subset_chart
from emobench.leaderboard.report.audit_view import AuditView, audit_view
from emobench.leaderboard.results.board import Board, Section
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import Row
from emobench.leaderboard.tables.claims import ClaimLine, claim_lines
from emobench.leaderboard.tables.confusion import ConfusionView, confusion_views
from emobench.leaderboard.tables.contrasts import contrast_table
from emobench.leaderboard.tables.facts import Facts, TrainingLine, facts, training_lines
from emobench.leaderboard.tables.generated import generated_tables, verdict
from emobench.leaderboard.tables.headline import HeadlineTable, headline_table
from emobench.leaderboard.tables.members import member_table
from emobench.leaderboard.tables.score_table import (
    MEASURE_TITLES,
    ScoreTable,
    condition_table,
    relative_table,
    summary_table,
    weight_table,
)
from emobench.store.records import Regime


@dataclass(frozen=True)
class RegimeView:
    """The tables and charts of one regime; lists of tables hold one per measure."""

    regime: Regime
    headline: HeadlineTable
    members: list[ScoreTable]
    conditions: list[ScoreTable]
    summaries: list[ScoreTable]
    relatives: list[ScoreTable]
    weights: ScoreTable
    generated: list[ScoreTable]
    confusions: list[ConfusionView]
    curve: str = ""
    subsets: str = ""
    damage: str = ""


@dataclass(frozen=True)
class SectionView:
    """One section, ready to be printed."""

    section: Section
    facts: Facts
    regimes: list[RegimeView]
    contrasts: list[ScoreTable]
    generated_verdict: tuple[str, ...]
    trainings: list[TrainingLine]
    unfinished: list[tuple[str, Row]]
    audit: AuditView | None = None
    claims: list[ClaimLine] = field(default_factory=list)

    @property
    def trained_anew(self) -> bool:
        """Whether its conditions are trainings of their own, and not other test inputs."""
        return self.section.protocol.show in ("contrasts", "claims")

    @property
    def headlines(self) -> list[RegimeView]:
        """The regimes that have a main table; where each row is a training, the first alone."""
        return self.regimes[:1] if self.trained_anew else self.regimes

    @property
    def has_curves(self) -> bool:
        """Whether any regime has a robustness curve."""
        return any(view.curve for view in self.regimes)


def section_views(results: Results, board: Board) -> list[SectionView]:
    """Compute every section's tables and charts."""
    looks = styles(board)
    ran = [s.dataset for s in board.sections if s.protocol.show == "claims"]
    return [_view(results, section, looks, ran) for section in board.sections]


def _view(
    results: Results, section: Section, looks: Mapping[str, Style], ran: Collection[str]
) -> SectionView:
    return SectionView(
        section=section,
        facts=facts(section),
        regimes=[_regime(section, regime, looks) for regime in section.regimes],
        contrasts=[contrast_table(section, measure) for measure in MEASURE_TITLES],
        generated_verdict=verdict(section),
        trainings=training_lines(results, section),
        unfinished=unfinished(section),
        audit=audit_view(section, looks),
        claims=claim_lines(section, ran) if section.protocol.show == "claims" else [],
    )


def _regime(section: Section, regime: Regime, looks: Mapping[str, Style]) -> RegimeView:
    def by_measure(build: Callable[[Section, Regime, str], ScoreTable]) -> list[ScoreTable]:
        return [build(section, regime, measure) for measure in MEASURE_TITLES]

    return RegimeView(
        regime=regime,
        headline=headline_table(section, regime),
        members=by_measure(member_table),
        conditions=by_measure(condition_table),
        summaries=by_measure(summary_table),
        relatives=by_measure(relative_table),
        weights=weight_table(section, regime),
        generated=generated_tables(section, regime),
        confusions=confusion_views(section, regime),
        curve=curve_chart(section, regime, looks),
        subsets=subset_chart(section, regime, looks),
        damage=corruption_chart(section, regime, looks),
    )


def unfinished(section: Section) -> list[tuple[str, Row]]:
    """Return label and row of everything skipped, failed or incomplete."""
    order = {"failed": 0, "incomplete": 1, "skipped": 2}
    found = [
        (entry.label, row)
        for entry in section.entries
        for row in section.rows[entry.label].values()
        if not row.is_done
    ]
    return sorted(found, key=lambda item: order[item[1].status])
