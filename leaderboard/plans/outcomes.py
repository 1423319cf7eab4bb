"""Computes what came of a plan: every comparison, with Holm's correction over all of them.

The family is the whole plan, over all corpora, protocols, regimes and conditions in it. Whoever
tests a claim on four corpora and reports the one where it held has had four chances.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from emobench.errors import RequestError
from emobench.leaderboard.pedigree.sections import StoredSections
from emobench.leaderboard.plans.chain import read_chain
from emobench.leaderboard.plans.changes import missing_seeds, plan_changes, row_changes
from emobench.leaderboard.plans.comparison import DONE, Margin, PlannedComparison, PlanOutcome
from emobench.leaderboard.results.board import Section, section_of
from emobench.leaderboard.results.comparisons.pooled_rows import pooled_mean
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import Score
from emobench.leaderboard.statistics.equivalence import equivalence
from emobench.leaderboard.statistics.holm import adjusted
from emobench.leaderboard.statistics.variance import difference_of
from emobench.store.records import PlanKey, PlanPair, PlanPlace, PlanRecord, PlanRow, Slot

WORST = ("failed", "skipped", "incomplete")
"""Statuses of a row that is not done, the one that is told first first."""


def plan_outcome(root: Path) -> PlanOutcome | None:
    """Compute what came of the plan in a results folder; None where there is no plan.

    Planned comparisons are over the planned seeds alone, whatever else is stored.
    """
    chain = read_chain(root)
    if chain is None:
        return None
    if chain.problem:
        return PlanOutcome(chain)
    base, head = chain.base.record, chain.head.record
    try:
        stored: StoredSections | None = StoredSections(root)
    except RequestError:  # nothing is stored yet
        stored = None
    late_of = _Settings(head, stored)
    settings = _Settings(base, stored)
    compared = [settings.compared(pair) for pair in base.pairs]
    changes = [text for one in compared for text in one.changes]
    return PlanOutcome(
        chain,
        tuple(with_holm(compared)),
        tuple(late_of.compared(pair) for pair in chain.late),
        tuple(dict.fromkeys([*plan_changes(chain), *changes])),
    )


def with_holm(found: Sequence[PlannedComparison]) -> list[PlannedComparison]:
    """Correct the p-values of a whole plan after Holm.

    A comparison without a result counts with p 1: it takes its share, and cannot leave the family.
    What is planned against a margin is corrected likewise, for itself.
    """
    if not found:
        return []
    holm = adjusted(np.array([one.p_value for one in found]))
    margins = [one.margin for one in found]
    near = [1.0 if m is None or np.isnan(m.p_value) else m.p_value for m in margins]
    both = adjusted(np.array(near))
    return [
        replace(
            one,
            holm=float(p),
            margin=None if one.margin is None else replace(one.margin, holm=float(q)),
        )
        for one, p, q in zip(found, holm, both, strict=True)
    ]


@dataclass
class _Settings:
    """The planned rows of a version, scored over the planned seeds, setting by setting."""

    record: PlanRecord
    stored: StoredSections | None

    def __post_init__(self) -> None:
        self._sections: dict[PlanKey, Section | None] = {}
        self._changes: dict[tuple[PlanKey, str], list[str]] = {}

    def compared(self, pair: PlanPair) -> PlannedComparison:
        """Compare the two rows of a pair."""
        record, alpha = self.record, self.record.alpha
        sides = [self._side(pair, model) for model in (pair.first, pair.second)]
        changes = [text for model in (pair.first, pair.second) for text in self._told(pair, model)]
        told = tuple(dict.fromkeys(changes))
        broken = [side for side in sides if isinstance(side, _Gone)]
        if broken:
            one = min(broken, key=lambda b: WORST.index(b.status) if b.status in WORST else -1)
            reason = "; ".join(dict.fromkeys(b.reason for b in broken if b.reason))
            return PlannedComparison(pair, alpha, one.status, reason, changes=told,
                                     margin=_unknown(record.margin))  # fmt: skip
        left, right = ([*side] for side in sides if not isinstance(side, _Gone))
        if left[0].test != right[0].test:
            reason = "the two were tested on other utterances"
            return PlannedComparison(pair, alpha, "not comparable", reason, changes=told,
                                     margin=_unknown(record.margin))  # fmt: skip
        return _compared(pair, record, left, right, told)

    def _side(self, pair: PlanPair, model: str) -> list[Score] | _Gone:
        """The scores of one row of a pair, or why there are none."""
        row = self.record.row(pair.setting, model)
        place = _place(row, pair)
        section = self._section(pair.setting)
        entry = section.entry(model) if section is not None else None
        if self.stored is not None and model in self._stale(pair.setting):
            return _Gone("outdated", f"{model} is not shown, for the corpus has changed since")
        if section is None or entry is None or place is None:
            return _Gone("not there", f"{model} has not been run yet")
        if missing := missing_seeds(entry, place):
            return _Gone("incomplete", f"{model}: {missing}")
        scores = []
        for condition in place.conditions:
            found = section.row(entry, place.regime, condition)
            if found is None or found.final is None:
                status = found.status if found is not None else "not there"
                return _Gone(status, f"{model}: {found.reason if found else 'not asked for'}")
            scores.append(found.final)
        if len({score.test for score in scores}) != 1:
            return _Gone("not comparable", f"{model}: conditions with other test utterances")
        return scores

    def _told(self, pair: PlanPair, model: str) -> list[str]:
        key = (pair.setting, model)
        if key not in self._changes:
            row, entry = self.record.row(*key), self._entry(*key)
            self._changes[key] = []
            if row is not None and entry is not None and self.stored is not None:
                self._changes[key] = row_changes(
                    self.stored.results, entry, row, self.record.created, self.record.emobench
                )
        return self._changes[key]

    def _entry(self, setting: PlanKey, model: str) -> ModelEntry | None:
        if self.stored is None or setting not in self.stored.keys:
            return None
        return next((e for e in self.stored.entries(setting) if e.label == model), None)

    def _stale(self, setting: PlanKey) -> tuple[str, ...]:
        if self.stored is None or setting not in self.stored.keys:
            return ()
        return self.stored.outdated(setting)

    def _section(self, setting: PlanKey) -> Section | None:
        """The planned rows of a setting under the planned conditions, over the planned seeds."""
        if setting not in self._sections:
            kept = []
            for row in (r for r in self.record.rows if r.setting == setting):
                entry = self._entry(setting, row.model)
                if entry is not None and (slots := _planned_slots(entry, row)):
                    kept.append(replace(entry, slots=slots))
            made = section_of(self.stored.results, kept, ()) if kept and self.stored else None
            self._sections[setting] = made
        return self._sections[setting]


@dataclass(frozen=True)
class _Gone:
    """Why one side of a comparison has no score."""

    status: str
    reason: str


def _unknown(margin: float | None) -> Margin | None:
    return None if margin is None else Margin(float("nan"), 1.0)


def _place(row: PlanRow | None, pair: PlanPair) -> PlanPlace | None:
    found: Iterable[PlanPlace] = row.places if row is not None else ()
    at = (pair.regime, pair.condition)
    return next((place for place in found if (place.regime, place.condition) == at), None)


def _planned_slots(entry: ModelEntry, row: PlanRow) -> tuple[Slot, ...]:
    wanted: Mapping[tuple[str, str], frozenset[int]] = {
        (place.regime, condition): frozenset(place.seeds)
        for place in row.places
        for condition in place.conditions
    }
    return tuple(
        slot
        for slot in entry.slots
        if slot.seed in wanted.get((slot.regime, slot.condition), frozenset())
    )


def _compared(
    pair: PlanPair,
    record: PlanRecord,
    left: Sequence[Score],
    right: Sequence[Score],
    changes: tuple[str, ...],
) -> PlannedComparison:
    means = pooled_mean(left, record.measure), pooled_mean(right, record.measure)
    told = difference_of(*means)
    margin = None
    if record.margin is not None:
        near = equivalence(told.value, told.error, told.freedom, record.margin, is_different=False)
        margin = Margin(near.p_value, 1.0)
    return PlannedComparison(
        pair,
        record.alpha,
        DONE,
        first=means[0].interval(0.0, 1.0),
        second=means[1].interval(0.0, 1.0),
        gap=told.interval(-1.0, 1.0),
        p_value=told.p_value,
        holm=told.p_value,
        margin=margin,
        n_seeds=max(left[0].n_seeds, right[0].n_seeds),
        n_test=left[0].n_test,
        changes=changes,
    )
