"""The models of a section that were searched at one budget, compared among themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from emobench.leaderboard.results.board import LATE_FUSION, MAJORITY, MARKS, ORACLE, Section
from emobench.leaderboard.results.comparison import Rank, family_ranks, final, gap
from emobench.leaderboard.results.comparisons.families import Family, PlannedContrast
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import ScoreRow
from emobench.leaderboard.results.searches.outcome import Outcome
from emobench.leaderboard.statistics.holm import adjusted
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

OTHER_SEEDS = (
    "The default row has other seeds than the searched one, so no gain is told: run both with the "
    "same --seeds"
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
        Tuned less default, paired; its p is adjusted for all searched models of the contest. None
        also where `doubt` says that the two cannot be compared.
    over_fusion
        Less the late fusion that was searched at the same budget: the planned contrasts.
    doubt
        Why the default row is not this model before its search; else "".
    """

    entry: ModelEntry
    search: Search
    outcome: Outcome
    row: ScoreRow
    default: ScoreRow | None
    rank: Rank | None = None
    gain: PlannedContrast | None = None
    over_fusion: PlannedContrast | None = None
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
        As in the names of the rows: ``tuned:8+halving``.
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
    family = Family(
        {e.label: score for e in here if (score := rows[e.label].final)},
        fixed={e.label for e in here if e.card.deterministic},
    )
    placed = family_ranks(family, [e.label for e in here if not e.is_reference])
    fusions = [e.label for e in here if e.default_label == LATE_FUSION and rows[e.label].final]
    fusion = next(iter(fusions), "")
    others = [e.label for e in here if e.default_label not in MARKS]
    planned = family.contrasts(others, {LATE_FUSION: (fusion,)} if fusion else {})
    found = [_contender(results, section, entry, rows[entry.label], regime) for entry in here]
    found = [
        replace(
            one,
            rank=placed.get(one.entry.label),
            over_fusion=planned.get((one.entry.label, LATE_FUSION)),
        )
        for one in _with_gains(found)
    ]
    search = here[0].search
    assert search is not None
    return Contest(
        regime, section.headline, budget, search, tuple(sorted(found, key=_order)), fusion
    )


def _contender(
    results: Results, section: Section, entry: ModelEntry, row: ScoreRow, regime: Regime
) -> Contender:
    assert entry.search is not None
    default = section.entry(entry.default_label)
    before = section.row(default, regime.name, section.headline) if default else None
    return Contender(
        entry=entry,
        search=entry.search,
        outcome=section.outcomes.get(entry.label, {}).get(regime.name, Outcome(())),
        row=row,
        default=before,
        doubt=(_doubt(results, entry, default) or _other_seeds(row, before)) if default else "",
    )


def _with_gains(found: Sequence[Contender]) -> list[Contender]:
    """Add what tuning gained, all gains of searched models under Holm's correction."""
    gaps = {
        one.entry.label: difference
        for one in found
        if not one.doubt and (difference := gap(one.row.final, final(one.default), RANKING))
    }
    searched = [one.entry.label for one in found if one.search.space and one.entry.label in gaps]
    holm = adjusted(np.array([gaps[label].p_value for label in searched]))
    known = dict(zip(searched, map(float, holm), strict=True))
    gains = {
        label: PlannedContrast(one.interval(-1.0, 1.0), known.get(label, float("nan")))
        for label, one in gaps.items()
    }
    return [replace(one, gain=gains.get(one.entry.label)) for one in found]


def _doubt(results: Results, entry: ModelEntry, default: ModelEntry) -> str:
    """Say why a default row is not the searched model before its search; "" if it is."""
    mine, other = entry.newest.config, default.newest.config
    # Of a row that is solved, only the searched one has its settings stored.
    if any(mine[name] != other[name] for name in mine.keys() & other.keys()):
        return OTHER_PRESET
    sources = {results.model_source(_training(one)) for one in (entry, default)} - {""}
    return OTHER_SOURCE if len(sources) > 1 else ""


def _other_seeds(row: ScoreRow, before: ScoreRow | None) -> str:
    """Say that two finished rows have other seeds; "" if they have the same."""
    both = (row.final, final(before))
    owners = {score.owner for score in both if score is not None}
    return OTHER_SEEDS if len(owners) > 1 else ""


def _training(entry: ModelEntry) -> str:
    return next((slot.training for slot in entry.slots if slot.training), "")


def _order(one: Contender) -> tuple[int, float, str]:
    """The ceiling first, then by score, rows without a score, and last the floor."""
    value = one.row.score.values[RANKING] if one.row.score else None
    end = {"ceiling": 0, "floor": 3}.get(one.place, 1)
    return (2 if value is None and end == 1 else end, -(value or 0.0), one.entry.label)
