"""The board: entries gathered into sections that are shown, and compared, together."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from emobench.errors import RequestError
from emobench.leaderboard.plans.comparison import PlannedComparison, PlanOutcome
from emobench.leaderboard.results.corpus_state import by_section, outdated
from emobench.leaderboard.results.entries import ModelEntry, merge, union
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.reports.flawed_score import with_best_looks, with_flawed_reports
from emobench.leaderboard.results.scoring import ScoreRow, score_rows
from emobench.leaderboard.results.searches.outcome import Outcome, search_outcomes
from emobench.leaderboard.results.selections.selection import WHOLE, Selection, chosen_labels
from emobench.leaderboard.statistics.bootstrap import unit_weights
from emobench.store.records import (
    Audit,
    Condition,
    Contrast,
    CorpusRecord,
    ProtocolCard,
    Regime,
    Summary,
)

MAJORITY: Final = "majority"
ORACLE: Final = "oracle"
SINGLE: Final = {"text": "text_only", "audio": "audio_only", "vision": "vision_only"}
LATE_FUSION: Final = "late_fusion"
MARKS: Final = {MAJORITY, ORACLE, LATE_FUSION, *SINGLE.values()}
"""The rows that others are measured against; they are not measured against each other."""


@dataclass(frozen=True)
class Section:
    """All models on one dataset (and split), track and protocol.

    Parameters
    ----------
    entries
        The models, by name; those with searched settings are in `searched`.
    rows
        ModelEntry label to (regime, condition) to row.
    corpus
        Facts about the corpus of the newest entry.
    audits
        Flaw to the train-test duplicates of its split, where splits were audited; the honest split
        is `HONEST_SPLIT`.
    outdated
        Labels of models whose results are on another state of the corpus, and not shown.
    searched
        The models whose settings were chosen by a search. They are compared among themselves.
    outcomes
        Label of a searched model to regime to what its search found.
    left_out
        Labels of models that are stored here and were not chosen.
    plan
        What was planned for this folder before its results, and what came of it; None without a
        plan.
    """

    dataset: str
    track: str
    protocol: ProtocolCard
    split: str
    entries: tuple[ModelEntry, ...]
    rows: Mapping[str, Mapping[tuple[str, str], ScoreRow]]
    corpus: CorpusRecord | None
    regimes: tuple[Regime, ...]
    conditions: tuple[Condition, ...]
    summaries: tuple[Summary, ...]
    contrasts: tuple[Contrast, ...] = ()
    audits: Mapping[str, Audit] = field(default_factory=dict)
    outdated: tuple[str, ...] = ()
    searched: tuple[ModelEntry, ...] = ()
    outcomes: Mapping[str, Mapping[str, Outcome]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    plan: PlanOutcome | None = None

    @property
    def planned(self) -> tuple[PlannedComparison, ...]:
        """The planned comparisons of this section."""
        key = (self.dataset, self.track, self.protocol.name)
        return self.plan.within(key) if self.plan is not None else ()

    @property
    def anchor(self) -> str:
        """Unique name of this section within a page."""
        text = f"{self.dataset}-{self.track}-{self.protocol.name}"
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", text)
        # Corpus options and split names hold other characters: keep two such names apart.
        return plain if plain == text else f"{plain}-{zlib.crc32(text.encode()):08x}"

    @property
    def members(self) -> tuple[str, ...]:
        """The members of a joint corpus that are scored apart; empty for any other corpus."""
        return self.corpus.members if self.corpus else ()

    def elsewhere(self, condition: str) -> bool:
        """Whether a condition tests on another corpus than this section's."""
        own = (None, self.corpus_label)
        return any(c.name == condition and c.corpus not in own for c in self.conditions)

    @property
    def corpus_label(self) -> str:
        """The corpus as conditions name it, without the split policy."""
        return self.corpus.dataset if self.corpus else self.dataset

    @property
    def singles(self) -> tuple[str, ...]:
        """The single-modality reference rows that this corpus can have."""
        here = self.corpus.modalities if self.corpus and self.corpus.modalities else SINGLE
        return tuple(name for modality, name in SINGLE.items() if modality in here)

    @property
    def has_copies(self) -> bool:
        """Whether some of its test utterances have copies in train."""
        return self.corpus is not None and bool(self.corpus.copied)

    def having(self, role: str) -> tuple[Condition, ...]:
        """Return the conditions of one role (see `emobench.Condition.role`)."""
        return tuple(c for c in self.conditions if c.role == role)

    @property
    def headline(self) -> str:
        """The condition of the main table: the real inputs, or else the first condition."""
        return next((c.name for c in (*self.having("real"), *self.conditions)), "full")

    @property
    def subsets(self) -> tuple[Condition, ...]:
        """The conditions that show some modalities only."""
        return self.having("subset")

    @property
    def rates(self) -> tuple[Condition, ...]:
        """The points of the robustness curve, by rate; empty when there are fewer than two."""
        points = {c.rate: c for c in (*self.having("rate")[::-1], *self.having("real"))}
        return tuple(points[rate] for rate in sorted(points)) if len(points) > 1 else ()

    @property
    def all_entries(self) -> tuple[ModelEntry, ...]:
        """The models with their presets, then the searched ones."""
        return (*self.entries, *self.searched)

    def entry(self, model: str) -> ModelEntry | None:
        """Return the entry with a label: of a model in its default variant, its name."""
        return next((e for e in self.all_entries if e.label == model), None)

    def row(self, entry: ModelEntry, regime: str, condition: str) -> ScoreRow | None:
        """Return one row, or None where this model was not asked for it.

        `majority` and `oracle` are not trained on any modality, so a regime that lacks them
        shows them from another one.
        """
        rows = self.rows[entry.label]
        if (regime, condition) in rows:
            return rows[regime, condition]
        if entry.model in (MAJORITY, ORACLE):
            return self.any_regime(entry, condition)
        return None

    def any_regime(self, entry: ModelEntry, condition: str) -> ScoreRow | None:
        """Return the row of a condition under the first regime that has it."""
        rows = self.rows[entry.label].items()
        return next((row for (_, c), row in rows if c == condition), None)

    def competitors(self) -> list[ModelEntry]:
        """Return the models that are ranked: all but the reference rows."""
        return [entry for entry in self.entries if not entry.is_reference]


@dataclass(frozen=True)
class Board:
    """Everything that is shown, and which part of what is stored it is."""

    sections: tuple[Section, ...]
    newest: str
    selection: Selection = WHOLE
    plan: PlanOutcome | None = None


def read_board(
    results: Results,
    only: Collection[str] = (),
    dataset: str | None = None,
    protocol: str | None = None,
    models: Sequence[str] = (),
) -> Board:
    """Read, merge and score what a results folder holds.

    Parameters
    ----------
    results
        The folder.
    only
        Labels of the entries to score; empty for all of them.
    dataset, protocol
        The only corpus, and the only protocol, to read.
    models
        Words for the rows that were chosen, as `chosen_labels` takes them; empty for all. The rows
        that others are measured against stay. Sections without a chosen row are left out.

    Raises
    ------
    RequestError
        Nothing is stored there, a name is unknown, or no chosen row can be shown.
    """
    grids = results.grids(dataset, protocol)
    groups = by_section(merge(grids))
    chosen = chosen_labels(models, [e for group in groups.values() for e in group])
    sections = []
    for key in sorted(groups):
        stale = {e.label for e in outdated(results, groups[key])}
        shown = [e for e in groups[key] if e.label not in stale and (not only or e.label in only)]
        if models:
            kept = _with_marks(shown, chosen)
            rest = tuple(sorted({e.label for e in shown} - {e.label for e in kept}))
            shown, stale = kept, stale & chosen
        if shown:
            section = section_of(results, shown, tuple(sorted(stale)))
            sections.append(replace(section, left_out=rest) if models else section)
    unit_weights.cache_clear()
    if models and not sections:
        raise RequestError(
            f"{', '.join(sorted(chosen))} cannot be shown: the corpora have changed since. Run "
            "them again."
        )
    selection = Selection(dataset, protocol, tuple(models))
    return Board(tuple(sections), newest=grids[-1].created, selection=selection)


def _with_marks(entries: Sequence[ModelEntry], chosen: Collection[str]) -> list[ModelEntry]:
    """The chosen entries of a section, with what they are measured against; none without any.

    A searched row is measured against its preset, and against rows that were searched alike.
    """
    wanted = [e for e in entries if e.label in chosen]
    labels = {label for e in wanted for label in (e.label, e.default_label)}
    budgets = {"", *(e.budget for e in wanted)}
    return [
        e
        for e in entries
        if wanted and (e.label in labels or (e.default_model in MARKS and e.budget in budgets))
    ]


def section_of(results: Results, entries: list[ModelEntry], stale: tuple[str, ...]) -> Section:
    """Score the entries of one section; `stale` are the labels that are left out of it."""
    default = [entry for entry in entries if entry.search is None]
    searched = [entry for entry in entries if entry.search is not None]
    # What a section is follows from its default rows: a search adds no condition to them.
    newest_first = sorted(default or searched, key=lambda e: e.newest.created, reverse=True)
    newest = newest_first[0].newest
    corpus = results.corpus(newest.corpus)
    rows, outcomes = {}, {}
    for entry in entries:
        facts = results.corpus(entry.newest.corpus)
        copied = facts.copied if facts else frozenset()
        duplicated = {one.flaw: frozenset(one.twins) for one in entry.newest.audits}
        classes = len(facts.classes) if facts else 0
        scored = score_rows(results, entry, classes, copied, duplicated)
        scored = with_flawed_reports(results, entry, scored, classes)
        rows[entry.label] = with_best_looks(results, entry, scored, classes)
        if entry.search is not None:
            outcomes[entry.label] = search_outcomes(results, entry, classes)
    return Section(
        dataset=newest_first[0].dataset,
        track=newest.track,
        protocol=newest.protocol_card,
        split=newest.split,
        entries=tuple(default),
        rows=rows,
        corpus=corpus,
        regimes=union(e.regimes for e in newest_first),
        conditions=union(e.conditions for e in newest_first),
        summaries=union(e.summaries for e in newest_first),
        contrasts=union(e.contrasts for e in newest_first),
        audits={one.flaw: one for e in reversed(newest_first) for one in e.newest.audits},
        outdated=stale,
        searched=tuple(searched),
        outcomes=outcomes,
    )
