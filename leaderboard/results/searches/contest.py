"""The models of a section that were searched at one budget, compared among themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emobench.leaderboard.results.board import LATE_FUSION, MAJORITY, MARKS, ORACLE, Section
from emobench.leaderboard.results.comparison import Rank, difference, final, ranks
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import ScoreRow
from emobench.leaderboard.results.searches.outcome import Outcome
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.measures import RANKING
from emobench.store.records import Regime, Search

OTHER_PRESET = (
    "The default row has other settings than the preset that this search started from: run both "
    "again in one command"
)
OTHER_SOURCE = (
    "The default row was trained with another state of the model's file than the searched one: run "
    "both again in one command"
)


@dataclass(frozen=True)
class Contender:
    """A searched model beside itself with its preset.

    Parameters
    ----------
    row, default
        Under the main condition: with the chosen settings, and with the preset; the second None
        where it is not stored.
    rank
        Among the models of the contest; None for reference rows and unfinished ones.
    gain
        Tuned less default, paired; None also where `doubt` says that the two cannot be compared.
    over_fusion
        Less the late fusion that was searched at the same budget.
    doubt
        Why the default row is not this model before its search; else "".
    """

    entry: ModelEntry
    search: Search
    outcome: Outcome
    row: ScoreRow
    default: ScoreRow | None
    rank: Rank | None = None
    gain: Estimate | None = None
    over_fusion: Estimate | None = None
    doubt: str = ""

    @property
    def place(self) -> str:
        """Style of the row: ``ceiling``, ``floor``, ``reference`` or ``ranked``."""
        if not self.entry.is_reference:
            return "ranked"
        return {ORACLE: "ceiling", MAJORITY: "floor"}.get(self.entry.default_model, "reference")


@dataclass(frozen=True)
class Contest:
    """The searched models of one budget and regime, in the order of their table.

    Parameters
    ----------
    budget
        As in the names of the rows: ``tuned:8,halving``.
    fusion
        Label of the searched late fusion; "" where it is not there or not done.
    """

    regime: Regime
    condition: str
    budget: str
    search: Search
    rows: tuple[Contender, ...]
    fusion: str = ""

    @property
    def title(self) -> str:
        """The budget in words."""
        parts = [f"{self.search.trials} trials"]
        if self.search.halving:
            parts.append("successive halving")
        if self.search.inner:
            parts.append(f"{self.search.inner} inner folds")
        return ", ".join(parts)

    @property
    def competitors(self) -> tuple[Contender, ...]:
        """The models that are ranked, reference rows apart."""
        return tuple(one for one in self.rows if not one.entry.is_reference)

    @property
    def without_space(self) -> tuple[Contender, ...]:
        """The models that have nothing to search."""
        return tuple(one for one in self.rows if not one.search.space)


def contests(results: Results, section: Section) -> list[Contest]:
    """Return the contests of a section: the largest budget first, then by regime."""
    budgets: dict[str, list[ModelEntry]] = {}
    for entry in section.searched:
        budgets.setdefault(entry.budget, []).append(entry)
    found = []
    for budget in sorted(budgets, key=lambda word: _size(budgets[word][0]), reverse=True):
        entries = budgets[budget]
        regimes = {r.name: r for e in entries for r in e.regimes}
        for regime in regimes.values():
            one = _contest(results, section, budget, entries, regime)
            if one is not None:
                found.append(one)
    return found


def _size(entry: ModelEntry) -> tuple[int, bool, int]:
    search = entry.search
    # A full search of as many trials costs more than one that stops trials early.
    return (search.trials, not search.halving, search.inner) if search else (0, False, 0)


def _contest(
    results: Results, section: Section, budget: str, entries: list[ModelEntry], regime: Regime
) -> Contest | None:
    rows = {}
    for entry in entries:
        row = section.row(entry, regime.name, section.headline)
        if row is not None and not (entry.is_reference and row.status == "skipped"):
            rows[entry.label] = row
    here = [entry for entry in entries if entry.label in rows]
    if not here:
        return None
    ranked = {e.label: s for e in here if not e.is_reference and (s := rows[e.label].final)}
    placed = ranks(ranked, RANKING)
    fusions = [e.label for e in here if e.default_label == LATE_FUSION and rows[e.label].final]
    fusion = next(iter(fusions), "")
    found = [
        _contender(results, section, entry, rows, regime, placed.get(entry.label), fusion)
        for entry in here
    ]
    search = here[0].search
    assert search is not None
    return Contest(
        regime, section.headline, budget, search, tuple(sorted(found, key=_order)), fusion
    )


def _contender(
    results: Results,
    section: Section,
    entry: ModelEntry,
    rows: Mapping[str, ScoreRow],
    regime: Regime,
    rank: Rank | None,
    fusion: str,
) -> Contender:
    assert entry.search is not None
    row = rows[entry.label]
    default = section.entry(entry.default_label)
    before = section.row(default, regime.name, section.headline) if default else None
    doubt = _doubt(results, entry, default) if default else ""
    mark = entry.default_label in MARKS
    return Contender(
        entry=entry,
        search=entry.search,
        outcome=section.outcomes.get(entry.label, {}).get(regime.name, Outcome(())),
        row=row,
        default=before,
        rank=rank,
        gain=None if doubt else difference(row.final, final(before), RANKING),
        over_fusion=(
            difference(row.final, rows[fusion].final, RANKING) if fusion and not mark else None
        ),
        doubt=doubt,
    )


def _doubt(results: Results, entry: ModelEntry, default: ModelEntry) -> str:
    """Say why a default row is not the searched model before its search; "" if it is."""
    if entry.newest.config != default.newest.config:
        return OTHER_PRESET
    sources = {results.model_source(_training(one)) for one in (entry, default)} - {""}
    return OTHER_SOURCE if len(sources) > 1 else ""


def _training(entry: ModelEntry) -> str:
    return next((slot.training for slot in entry.slots if slot.training), "")


def _order(one: Contender) -> tuple[int, float, str]:
    """The ceiling first, then by score, rows without a score, and last the floor."""
    value = one.row.score.values[RANKING] if one.row.score else None
    end = {"ceiling": 0, "floor": 3}.get(one.place, 1)
    return (2 if value is None and end == 1 else end, -(value or 0.0), one.entry.label)
