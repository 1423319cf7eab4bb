"""The main table: every model of a regime under one condition, ranked if complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.pedigree.address import BEST_SINGLE, OVER, WITHOUT_COPIES, address_of
from emobench.leaderboard.results.board import LATE_FUSION, MAJORITY, MARKS, ORACLE, Section
from emobench.leaderboard.results.comparison import Rank, difference, family_ranks
from emobench.leaderboard.results.comparisons.families import Family, PlannedContrast, Resolution
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import Score, ScoreRow
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.measures import RANKING, Measure
from emobench.leaderboard.tables.conditions import order
from emobench.leaderboard.tables.families.cells import contrast_cell, rank_cell
from emobench.leaderboard.tables.families.notes import family_notes
from emobench.leaderboard.tables.score_table import (
    Badge,
    Column,
    IntervalBar,
    ScoreTable,
    TableCell,
    TableRow,
    blank_cell,
    doubt_badges,
    estimate_cell,
    number_cell,
    status_badges,
    with_id,
)
from emobench.store.records import Regime

LEAK = Badge(
    "above the ceiling",
    "leak",
    "Scores above the exact ceiling by more than chance: look for a leak",
)
PLANNED = "planned difference"
PAPER = Badge("this one", "best", "Trained under the regime of its paper")


@dataclass(frozen=True)
class Standing:
    """One model in the main table.

    Parameters
    ----------
    rank
        None for reference rows and for rows that are not done.
    over_single, over_fusion
        Macro-F1 less that of the best single-modality reference row, and of ``late_fusion``: the
        planned contrasts of the table.
    beats_oracle
        Whether it scores above the exact ceiling by more than chance, which points to a leak.
    own_regime
        The regime of its paper, of those run here; "" where there is none.
    """

    entry: ModelEntry
    row: ScoreRow
    rank: Rank | None
    over_single: PlannedContrast | None
    over_fusion: PlannedContrast | None
    beats_oracle: bool
    own_regime: str = ""

    @property
    def estimate(self) -> Estimate | None:
        """The ranking measure with its interval; None without a complete seed."""
        return self.row.score.estimate(RANKING) if self.row.score else None

    @property
    def place(self) -> str:
        """Style of the row: ``ceiling``, ``floor``, ``reference`` or ``ranked``."""
        if not self.entry.is_reference:
            return "ranked"
        return {ORACLE: "ceiling", MAJORITY: "floor"}.get(self.entry.model, "reference")


@dataclass(frozen=True)
class Standings:
    """The models of one regime under the section's main condition.

    Parameters
    ----------
    best_single
        Name of the best single-modality reference row, empty unless all of them are done.
    resolution
        What differences between the ranked models would be found; None where there is no pair.
    difference
        What the differences over reference rows are called: planned, unless a study has planned
        others.
    """

    regime: Regime
    condition: str
    rows: tuple[Standing, ...]
    best_single: str
    resolution: Resolution | None = None
    difference: str = PLANNED

    @property
    def leader(self) -> Standing | None:
        """The ranked model with the best score."""
        return next((one for one in self.rows if one.rank and one.row.score), None)

    @property
    def reference(self) -> Standing | None:
        """The reference row with the best score; neither ceiling nor floor."""
        return next((one for one in self.rows if one.place == "reference" and one.row.final), None)

    @property
    def tied(self) -> int:
        """Number of models that can be the best, including the leader."""
        return sum(one.rank is not None and one.rank.tied_with_best for one in self.rows)


def standings(section: Section, regime: Regime) -> Standings:
    """Rank the models of `regime` under the section's main condition."""
    return _standings(section, regime, {e.label: regime.name for e in section.entries})


OWN = Regime(
    "each its own",
    "every model under the regime of its paper; rows without a paper under the first regime",
)
"""Stands for the regimes of the papers where they are gathered in one table."""


def own_standings(section: Section) -> Standings | None:
    """Rank each model under the regime of its paper; None where all have the same one."""
    own = {e.label: own_regime(section, e) for e in section.competitors()}
    if len(set(own.values()) - {""}) < 2:
        return None
    first = section.regimes[0].name
    places = {e.label: first for e in section.entries if not e.card.paper_regimes}
    return _standings(section, OWN, places | {label: name for label, name in own.items() if name})


def own_regime(section: Section, entry: ModelEntry) -> str:
    """Name of the regime that is closest to the training of a model's paper, of those run here.

    Empty if none was run, or if the card names none.
    """
    named = entry.card.paper_regimes
    return next((n for n in named if section.row(entry, n, section.headline) is not None), "")


def _standings(section: Section, regime: Regime, places: Mapping[str, str]) -> Standings:
    """Rank the models that have a regime in `places`, by label."""
    rows = {
        entry.label: row
        for entry in section.entries
        if entry.label in places
        and (row := section.row(entry, places[entry.label], section.headline)) is not None
    }
    return ranked(section, regime, section.headline, rows)


def ranked(
    section: Section, regime: Regime, condition: str, rows: Mapping[str, ScoreRow]
) -> Standings:
    """Rank some rows of a section, all tested together.

    Parameters
    ----------
    section
        Where the rows are from.
    regime, condition
        What the table is about.
    rows
        Label to row.
    """
    by_label = {entry.label: entry for entry in section.entries}
    # A skipped reference row (the oracle on real data) is no ceiling.
    rows = {
        label: row
        for label, row in rows.items()
        if not (by_label[label].is_reference and row.status == "skipped")
    }
    scores = {label: row.final for label, row in rows.items() if row.final}
    fixed = {e.label for e in section.entries if e.card.deterministic}
    family = Family(scores, fixed=fixed)
    competing = [e.label for e in section.competitors() if e.label in scores]
    placed = family_ranks(family, competing)
    single = _best_single(section, scores)
    references = {LATE_FUSION: (LATE_FUSION,)} | ({single: section.singles} if single else {})
    planned = family.contrasts([label for label in scores if label not in MARKS], references)
    found = []
    entries = (entry for entry in section.entries if entry.label in rows)
    for entry in sorted(entries, key=lambda entry: order(entry, rows[entry.label])):
        mine = None if entry.label in MARKS else scores.get(entry.label)
        above = difference(mine, scores.get(ORACLE), RANKING)
        found.append(
            Standing(
                entry=entry,
                row=rows[entry.label],
                rank=placed.get(entry.label),
                over_single=planned.get((entry.label, single)),
                over_fusion=planned.get((entry.label, LATE_FUSION)),
                beats_oracle=above is not None and above.low > 0,
                own_regime=own_regime(section, entry),
            )
        )
    is_ranked = len(competing) > 1
    others = [*(label for label in scores if label not in MARKS), LATE_FUSION]
    resolution = family.resolution(competing if is_ranked else others, is_ranked)
    word = PLANNED if section.plan is None else "difference"
    return Standings(regime, condition, tuple(found), single, resolution, word)


def headline_table(found: Standings) -> ScoreTable:
    """Print the standings: every measure of the main table, differences and costs."""
    shown = [m for m in measures.ranking_first() if m.headline]
    bars, scale = interval_bars(found)
    columns = (
        Column(
            "Rank", "Places that the model can hold, with 95% confidence for all models at once"
        ),
        _regime_column(found),
        _column(shown[0]),
        Column(scale, f"The interval, drawn from {scale.replace('–', 'to')}", "bar"),
        Column(
            "Without copies",
            f"{shown[0].title} over the test utterances without an exact copy in train",
        ),
        *(_column(m) for m in shown[1:]),
        Column(
            f"over best single ({found.best_single})",
            f"{shown[0].title} less that of the best single-modality reference row, whichever it "
            "truly is",
        ),
        Column(f"over {LATE_FUSION}", f"{shown[0].title} less that of {LATE_FUSION}"),
        Column("Params", "Trainable parameters"),
        Column("Train", "Mean time per training"),
        Column("ms per utterance", "Milliseconds per test utterance"),
    )
    rows = tuple(_row(found, one, shown, bars.get(one.entry.label)) for one in found.rows)
    ranked = sum(one.rank is not None for one in found.rows)
    planned = sum(
        gap is not None for one in found.rows for gap in (one.over_single, one.over_fusion)
    )
    notes = tuple(
        ("", text) for text in family_notes(ranked, planned, found.resolution, found.difference)
    )
    table = ScoreTable(shown[0].title, columns, rows, notes, style="headline")
    return table.without_blank_columns()


def _column(measure: Measure) -> Column:
    return Column(measure.title, measure.meaning, strong=measure.name == RANKING)


def _regime_column(found: Standings) -> Column:
    if found.regime is OWN:
        return Column("Regime", "The regime of the model's paper", "text")
    return Column("Paper's regime", "The regime that is closest to the paper's training", "text")


def _row(
    found: Standings, one: Standing, shown: list[Measure], bar: IntervalBar | None
) -> TableRow:
    row, score = one.row, one.row.score
    rest = row.without_copies
    drawn = TableCell(value=one.estimate.value if one.estimate else None, bar=bar)

    def traced(cell: TableCell, measure: str, part: str = "") -> TableCell:
        return with_id(cell, address_of(one.entry, row.regime, row.condition, measure, part))

    def compared(planned: PlannedContrast | None, other: str) -> TableCell:
        place = (found.regime.name, row.condition, RANKING)
        address = address_of(one.entry, *place, relation=OVER, other=other)
        return with_id(contrast_cell(planned), address)

    cells = (
        rank_cell(one.rank, one.place),
        TableCell(row.regime) if found.regime is OWN else _regime_cell(one),
        traced(_measure_cell(score, shown[0]), shown[0].name),
        drawn,
        traced(estimate_cell(rest.estimate(RANKING) if rest else None), RANKING, WITHOUT_COPIES),
        *(traced(_measure_cell(score, m), m.name) for m in shown[1:]),
        compared(one.over_single, BEST_SINGLE),
        compared(one.over_fusion, LATE_FUSION),
        traced(TableCell(numbers.count(row.params), value=row.params), "params"),
        traced(number_cell(row.train_seconds, numbers.duration), "train_seconds"),
        traced(number_cell(row.predict_ms, numbers.milliseconds), "predict_ms_per_utterance"),
    )
    badges = (
        *doubt_badges(one.entry),
        *status_badges(row),
        *((LEAK,) if one.beats_oracle else ()),
    )
    kind = f"{one.entry.card.kind} {one.place}"
    return TableRow(one.entry.label, kind, cells, badges=badges)


def _regime_cell(one: Standing) -> TableCell:
    """Mark a row under its paper's own regime; of any other row name that regime."""
    named = one.entry.card.paper_regimes
    if not named or one.entry.is_reference:
        return TableCell()
    if one.row.regime == one.own_regime:
        return TableCell(badge=PAPER)
    return TableCell(one.own_regime or named[0])


def _measure_cell(score: Score | None, measure: Measure) -> TableCell:
    if score is None:
        return blank_cell()
    if measure.interval:
        return estimate_cell(score.estimate(measure.name))
    return number_cell(score.values[measure.name])


def interval_bars(found: Standings) -> tuple[dict[str, IntervalBar], str]:
    """Draw each interval to one scale, and print the scale's ends.

    The scale is that of the ranked rows and of what reference rows lie among them: a ceiling or a
    floor would squeeze all others to dots, so those that are outside have no bar.
    """
    known = {one.entry.label: one.estimate for one in found.rows if one.estimate}
    ranked = [known[one.entry.label] for one in found.rows if one.rank and one.estimate]
    some = ranked or [e for label, e in known.items() if label not in (ORACLE, MAJORITY)]
    low, high = min((e.low for e in some), default=0.0), max((e.high for e in some), default=1.0)
    near = [e for label, e in known.items()
            if label not in (ORACLE, MAJORITY) and e.high >= low and e.low <= high]  # fmt: skip
    low, high = min((e.low for e in near), default=low), max((e.high for e in near), default=high)
    scale = f"{numbers.score(low)} – {numbers.score(high)}"
    if len(near) < 2 or high <= low:
        return {}, scale
    return {
        label: IntervalBar(*(100 * (x - low) / (high - low) for x in (e.low, e.value, e.high)))
        for label, e in known.items()
        if low <= e.low and e.high <= high
    }, scale


def _best_single(section: Section, scores: Mapping[str, Score]) -> str:
    """Name of the best single-modality row; empty unless all of these rows are complete."""
    names = section.singles
    if not all(name in scores for name in names):
        return ""
    return max(names, key=lambda name: scores[name].values[RANKING], default="")


def overview_row(found: Standings, first: TableRow) -> TableRow:
    """Return the cells `first` (setting, track, regime, size), the best model and its score."""
    leader, reference = found.leader, found.reference
    other = TableCell()
    if reference is not None:
        score = numbers.score(reference.estimate.value) if reference.estimate else ""
        other = TableCell(reference.entry.label, details=(score,))
    if leader is None:
        why = "no complete model beside the reference rows"
        if found.rows and all(one.entry.is_reference for one in found.rows):
            why = "only reference rows were run"
        none = TableCell(why)
        return replace(first, cells=(*first.cells, none, TableCell(), other, TableCell()))
    tied = (f"and {found.tied - 1} not told apart",) if found.tied > 1 else ()
    badge = next(iter(doubt_badges(leader.entry)), None)
    best = TableCell(leader.entry.label, details=tied, badge=badge)
    cells = (best, estimate_cell(leader.estimate), other, contrast_cell(leader.over_single))
    return replace(first, cells=(*first.cells, *cells))


def paper_text(section: Section) -> str:
    """Say which rows are under the regime of their own paper; "" where no card names one."""
    having = [e for e in section.competitors() if e.card.paper_regimes]
    if not having:
        return ""
    parts = []
    for regime in section.regimes:
        labels = [e.label for e in having if own_regime(section, e) == regime.name]
        if labels:
            parts.append(f"{_listed(labels)} in `{regime.name}`")
    text = ""
    if parts:
        text += f"Under the regime of their own papers: {'; '.join(parts)}. "
    others = [
        f"{e.label} (`{e.card.paper_regimes[0]}`)" for e in having if not own_regime(section, e)
    ]
    if others:
        text += f"Not run here under the regime of the paper: {_listed(others)}. "
    return text.strip()


def _listed(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def paper_notes(section: Section) -> list[str]:
    """Say how regimes correspond to the papers' trainings, for the models whose cards say it."""
    notes = {e.card.name: e.card.paper_regime_note for e in section.competitors()}
    return [f"**{name}**: {note}" for name, note in notes.items() if note]
