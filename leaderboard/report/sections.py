"""The sections of the page: which parts each one has, in which order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from emobench.leaderboard.charts.style import Style, styles
from emobench.leaderboard.explorer.contents import contents
from emobench.leaderboard.explorer.island import island
from emobench.leaderboard.report import figures, parts, searches
from emobench.leaderboard.report.answers.answer import Answer
from emobench.leaderboard.report.answers.plan_view import with_plan
from emobench.leaderboard.report.answers.section_views import answers
from emobench.leaderboard.report.context import SectionContext
from emobench.leaderboard.report.csv_table import Places
from emobench.leaderboard.report.details.calibration import calibration
from emobench.leaderboard.report.details.hard_utterances import hard_utterances
from emobench.leaderboard.report.details.origins import origins
from emobench.leaderboard.report.part import Part
from emobench.leaderboard.results.board import Board, Section
from emobench.leaderboard.results.comparison import Rank
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.searches.contest import Contender, Contest
from emobench.leaderboard.tables.answers.cautions import cautions
from emobench.leaderboard.tables.answers.omissions import section_omissions
from emobench.leaderboard.tables.claims import SHOWN as CLAIMS
from emobench.leaderboard.tables.details.card_scores import measured
from emobench.leaderboard.tables.facts import Facts, condition_list, problem_table, size_table
from emobench.leaderboard.tables.headline import Standing, Standings, overview_row
from emobench.leaderboard.tables.score_table import Column, ScoreTable, TableCell, TableRow
from emobench.store.records import Regime

PARTS = (
    parts.claimed,
    parts.main_first,
    searches.tuned,
    searches.expected,
    searches.chosen,
    searches.tuned_conditions,
    parts.generated,
    parts.audit,
    parts.summaries_first,
    parts.relatives_first,
    parts.conditions,
    figures.curves,
    figures.subsets,
    figures.corruptions,
    parts.contributions,
    parts.summaries_later,
    parts.contrasts,
    parts.relatives_later,
    parts.main_later,
    parts.members,
    parts.confusions,
    calibration,
    hard_utterances,
    parts.weights,
    figures.costs,
    parts.trainings,
    figures.courses,
    parts.unfinished,
    origins,
)
"""The parts of a section, in the order of the page; each is None where it has nothing to show."""

DRAWINGS = frozenset({figures.curves, figures.subsets, figures.corruptions, figures.courses})
"""Those of them that have charts alone, and no table."""


@dataclass(frozen=True)
class SectionView:
    """One section, ready to be printed."""

    section: Section
    facts: Facts
    standings: tuple[Standings, ...]
    parts: tuple[Part, ...]
    is_claims: bool
    is_audit: bool
    contests: tuple[Contest, ...] = ()
    answers: tuple[Answer, ...] = ()
    explorer: str = "{}"
    mixtures: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)

    @property
    def cautions(self) -> list[str]:
        """What a reader has to know before the scores, in sentence parts; details are below."""
        return cautions(self.section, self.facts, self.mixtures)

    def measured(self, entry: ModelEntry) -> list[str]:
        """What a model scores here, beside what its authors report: a line for each regime."""
        return measured(self.section, entry)

    @property
    def omissions(self) -> str:
        """Which rows were not chosen, inline Markdown; "" where all are shown."""
        return section_omissions(self.section)

    @property
    def sizes(self) -> ScoreTable:
        """Utterances by split and class."""
        return size_table(self.facts)

    @property
    def conditions(self) -> ScoreTable:
        """What the test inputs look like."""
        return condition_list(self.section, self.facts)

    @property
    def problems(self) -> ScoreTable | None:
        """Clips that could not be used as they are."""
        return problem_table(self.section.corpus) if self.section.corpus else None


def section_views(results: Results, board: Board, drawn: bool = True) -> list[SectionView]:
    """Compute every section's tables and charts; not `drawn`, only what has tables."""
    looks = styles(board)
    ran = [s.dataset for s in board.sections if s.protocol.show == CLAIMS]
    return [_view(results, section, looks, ran, drawn) for section in board.sections]


def _view(
    results: Results,
    section: Section,
    looks: Mapping[str, Style],
    ran: Collection[str],
    drawn: bool,
) -> SectionView:
    context = SectionContext(results, section, looks, ran)
    return SectionView(
        section=section,
        facts=context.facts,
        standings=context.standings,
        parts=tuple(
            part
            for build in PARTS
            if (drawn or build not in DRAWINGS) and (part := build(context)) is not None
        ),
        is_claims=context.is_claims,
        is_audit=bool(context.inflations),
        contests=context.contests,
        answers=with_plan(section, answers(context)),
        explorer=island(contents(section, context.standings, looks)) if drawn else "{}",
        mixtures=context.mixtures,
    )


def places(views: Collection[SectionView]) -> Places:
    """Return the ranks of every main table, and of searched models at their budget."""
    found: dict[tuple[str, str, str], Rank] = {}
    for view in views:
        for table in view.standings:
            found |= _places(view, table.regime, table.rows)
        for contest in view.contests:
            found |= _places(view, contest.regime, contest.rows)
    return found


def _places(
    view: SectionView, regime: Regime, rows: Iterable[Standing | Contender]
) -> dict[tuple[str, str, str], Rank]:
    return {
        (view.section.anchor, regime.name, one.entry.label): one.rank
        for one in rows
        if one.rank is not None
    }


def overview_table(views: Collection[SectionView]) -> ScoreTable:
    """The best model of every regime of every section."""
    columns = (
        Column("Track", format="text"),
        Column("Regime", format="text"),
        Column("Test utterances"),
        Column("Best model", format="text"),
        Column("Macro-F1"),
        Column("Best reference row", "Reference rows are compared with, and not ranked", "text"),
        Column(
            "over best single modality",
            "Blank unless every single-modality reference row is there",
        ),
    )
    rows = tuple(row for view in views for row in _overview_rows(view))
    return ScoreTable("Overview", columns, rows, stub="Setting", style="overview", sortable=False)


def _overview_rows(view: SectionView) -> list[TableRow]:
    """One row per regime; facts that the regimes share are in the first row alone."""
    section, rows = view.section, []
    for i, found in enumerate(view.standings):
        label, track, size = "", "", TableCell()
        if i == 0:
            protocol = section.protocol
            label, track = f"{section.dataset} · {protocol.title or protocol.name}", section.track
            size = _size_cell(view.facts)
        cells = (TableCell(track), TableCell(found.regime.name), size)
        row = TableRow(label, "", cells, link=section.anchor)
        if view.is_claims:
            told = TableCell("claimed against measured: see the section")
            rows.append(TableRow(label, "", (*cells, told, *[TableCell()] * 2), link=row.link))
        else:
            rows.append(overview_row(found, row))
    return rows


def _size_cell(facts: Facts) -> TableCell:
    if facts.copies is None:
        return TableCell(f"{facts.n_test:,}", value=facts.n_test)
    copied = f"{facts.copies.whole:,} in train too"
    return TableCell(
        f"{facts.n_test:,}", value=facts.n_test, note=facts.copies.sentence, details=(copied,)
    )
