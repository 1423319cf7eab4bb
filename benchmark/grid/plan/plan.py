"""Turns a request into its distinct trainings and the rows of its tables."""

from __future__ import annotations

import contextlib
import gc
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from typing import Protocol as Interface

from emobench.conditions.mask_set import MaskSet
from emobench.corpus.corpus import Corpus
from emobench.corpus.leakage.flawed_splits import draws_by_seed, flaw_folds
from emobench.corpus.split import SplitPolicy
from emobench.digest import canonical_digest
from emobench.errors import RequestError
from emobench.grid.plan.candidates import Candidate
from emobench.grid.plan.compatibility import UNCHANGED, skip_reason
from emobench.grid.plan.corpora import CorpusPlan, Scope
from emobench.grid.plan.jobs import Job, PlanContext, PlannedCell, make_cell, make_job, with_cells
from emobench.grid.plan.protocol_validation import open_protocol, validated_trials
from emobench.grid.plan.request import Request
from emobench.grid.plan.setting import setting
from emobench.grid.plan.skip_reason import SkipReason
from emobench.interface.protocol import Condition, Protocol, Regime, Setting, Trial
from emobench.store.records import Search
from emobench.store.spec import CellKeys, cell_keys

NOT_SEARCHED = SkipReason(
    "", "a flawed split is not searched: its dev part may repeat utterances of its test part"
)
"""Why a tuned row has no cell on a flawed split."""


class PlannedRow(NamedTuple):
    """One (regime, condition, fold, seed) of a table: its cell, or the reason for its skip.

    `variant` is set if it differs from the requested variant; `split` is the flaw of the row's
    split, or "", and `report` the flaw in how its predictions are summed up, or "".
    """

    regime: str
    condition: str
    fold: int
    seed: int
    training: str | None
    cell: str | None
    skipped: SkipReason | None = None
    variant: str = ""
    split: str = ""
    report: str = ""


@dataclass(frozen=True)
class ModelGrid:
    """One model, in one variant, under one protocol on one corpus."""

    candidate: Candidate
    protocol: Protocol
    corpus: Corpus
    policy: SplitPolicy
    track: str
    setting: Setting
    trials: list[Trial]
    rows: list[PlannedRow]
    masks: MaskSet | None = None
    search: Search | None = None

    @property
    def regimes(self) -> list[Regime]:
        """The regimes of the trials, each name once."""
        return list({t.regime.name: t.regime for t in reversed(self.trials)}.values())[::-1]

    @property
    def conditions(self) -> list[Condition]:
        """The conditions of the trials, each name once."""
        return list({t.condition.name: t.condition for t in reversed(self.trials)}.values())[::-1]

    @property
    def trainings(self) -> set[str]:
        """Keys of the trainings that the grid needs."""
        return {r.training for r in self.rows if r.training and r.cell}


@dataclass(frozen=True)
class Plan:
    """All grids of a request, and their distinct trainings."""

    grids: tuple[ModelGrid, ...]
    jobs: Mapping[str, Job]

    @property
    def cells(self) -> int:
        """Number of distinct cells."""
        return sum(len(j.cells) for j in self.jobs.values())

    def without(self, unchanged: Collection[str]) -> Plan:
        """Return the plan with the cells on the corrupted copies labelled `unchanged` skipped."""
        gone = {
            key
            for job in self.jobs.values()
            for key, cell in job.cells.items()
            if cell.target is not None and cell.target.request.label in unchanged
        }
        if not gone:
            return self
        jobs = {
            name: with_cells(job, {k: c for k, c in job.cells.items() if k not in gone})
            for name, job in self.jobs.items()
        }
        return Plan(tuple(_with_skips(grid, gone) for grid in self.grids), jobs)


class Tuning(Interface):
    """Chooses the hyper-parameters of each training of a plan."""

    label: str
    """How rows name it."""

    def candidate(
        self, context: PlanContext, candidate: Candidate, trial: Trial, fold: int
    ) -> Candidate:
        """The candidate as it is to be trained for `trial` on `fold`."""

    def record(
        self, context: PlanContext, asked: Candidate, trained: Iterable[tuple[Trial, int]]
    ) -> Search | None:
        """What was tried and chosen for the trainings of a grid; None if some is not known yet."""


def _with_skips(grid: ModelGrid, gone: set[str]) -> ModelGrid:
    rows = [
        row._replace(cell=None, skipped=UNCHANGED) if row.cell in gone else row for row in grid.rows
    ]
    return replace(grid, rows=rows)


Trainings = dict[tuple[object, ...], dict[tuple[int, int], Job]]
"""What a training is of beside its model, and fold and seed, to the training."""


@dataclass
class _Draft:
    """Builds a plan, in which equal trainings and cells are shared."""

    jobs: dict[str, Job] = field(default_factory=dict)
    cells: dict[str, dict[str, PlannedCell]] = field(default_factory=dict)
    _shared: dict[tuple[object, ...], tuple[PlannedCell, CellKeys]] = field(default_factory=dict)
    _made: dict[tuple[object, ...], tuple[Candidate, Trainings]] = field(default_factory=dict)

    def trainings(self, context: PlanContext, asked: Candidate) -> Trainings:
        """The trainings of a model that were planned already, under any protocol."""
        place = (context.label, context.policy.name, context.track, id(asked))
        if place not in self._made:  # it is kept, so that its number stays its own
            self._made[place] = (asked, defaultdict(dict))
        return self._made[place][1]

    def shared(self, context: PlanContext, condition: Condition) -> tuple[PlannedCell, CellKeys]:
        """What the cells under `condition` share, and what gives their keys."""
        place = (context.label, context.policy.name, context.track, condition)
        if place not in self._shared:
            cell = make_cell(context, condition)
            self._shared[place] = (cell, cell_keys(cell.shown))
        return self._shared[place]

    def add(self, job: Job, cell: PlannedCell, keys: CellKeys) -> str:
        """Plan a training and one of its cells; return the cell's key."""
        training = job.key
        if training not in self.jobs:
            self.jobs[training], self.cells[training] = job, {}
        key = keys(training)
        self.cells[training].setdefault(key, cell)
        return key

    def plan(self, grids: Iterable[ModelGrid]) -> Plan:
        """Return the plan of everything that was added."""
        jobs = {key: with_cells(job, self.cells[key]) for key, job in self.jobs.items()}
        return Plan(tuple(grids), jobs)


def joined(plans: Iterable[Plan]) -> Plan:
    """One plan of several, in which equal trainings and cells are shared."""
    grids: list[ModelGrid] = []
    jobs: dict[str, Job] = {}
    for plan in plans:
        grids += plan.grids
        for key, job in plan.jobs.items():
            known = jobs.get(key, job)
            jobs[key] = with_cells(known, {**known.cells, **job.cells})
    return Plan(tuple(grids), jobs)


def make_plan(scopes: Iterable[Scope], tuning: Tuning | None = None) -> Plan:
    """Plan all trainings and cells of the scopes, with presets or with what `tuning` chooses.

    Raises
    ------
    RequestError
        A protocol makes no sense, or imported masks are for another corpus.
    """
    draft = _Draft()
    # A million rows make no circles: looking for some again and again would take a third of it.
    with no_collection():
        grids = _all_grids(draft, scopes, tuning)
    return draft.plan(grids)


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """Pause the search for circular garbage."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _all_grids(draft: _Draft, scopes: Iterable[Scope], tuning: Tuning | None) -> list[ModelGrid]:
    return [
        grid
        for scope in scopes
        for part in scope.parts
        for grid in _grids(draft, scope.request, part, [p.corpus for p in scope.parts], tuning)
    ]


def _grids(
    draft: _Draft,
    request: Request,
    part: CorpusPlan,
    opened: Sequence[Corpus],
    tuning: Tuning | None,
) -> Iterator[ModelGrid]:
    """The grids of the corpus of `part`, which is among those in `opened`."""
    corpus, masks = part.corpus, request.masks
    if masks is not None and masks.dataset != part.label:
        raise RequestError(f"The masks are for {masks.dataset}, not for {part.label}.")
    context = PlanContext(corpus, part.policy, request.track_label, tuple(opened), masks)
    for entry, options in request.protocols:
        protocol = open_protocol(entry, options)
        for candidate in part.candidates:
            about = setting(corpus, opened, candidate.card, request.track)
            trials = validated_trials(entry, protocol, about)
            rows = list(_rows(draft, request, context, candidate, trials, tuning))
            yield ModelGrid(
                candidate=replace(candidate, tuned=tuning.label) if tuning else candidate,
                protocol=protocol,
                corpus=corpus,
                policy=part.policy,
                track=context.track,
                setting=about,
                trials=trials,
                rows=rows,
                masks=masks,
                search=tuning.record(context, candidate, _trained(context, trials))
                if tuning
                else None,
            )


def _trained(context: PlanContext, trials: Sequence[Trial]) -> list[tuple[Trial, int]]:
    """Trials that are searched, and their folds."""
    return [(t, fold) for t in trials if not t.split for fold in _folds(context, t)]


def _rows(
    draft: _Draft,
    request: Request,
    context: PlanContext,
    asked: Candidate,
    trials: Sequence[Trial],
    tuning: Tuning | None,
) -> Iterator[PlannedRow]:
    made = draft.trainings(context, asked)
    for trial in trials:
        candidate = asked.changed(trial.options, trial.variant)
        reason = skip_reason(candidate, trial, context)
        if tuning and trial.split:
            reason = reason or NOT_SEARCHED
        # A skipped condition still names its training, except where its split cannot be drawn.
        trains = not (candidate.unsuited or (reason and trial.split))
        draws = trial.regime.draws or draws_by_seed(trial.split)
        seeds = 1 if candidate.card.deterministic and not draws else request.seeds
        cell = draft.shared(context, trial.condition) if trains and not reason else None
        # Trials that differ in their condition alone share their trainings.
        jobs = made[trial.regime, trial.split, trial.variant, tuple(trial.options.items())]
        regime, condition = trial.regime.name, trial.condition.name
        variant, flaw, report = trial.variant, trial.split, trial.report
        for fold in _folds(context, trial):
            chosen = candidate
            if tuning and trains and not reason:
                chosen = tuning.candidate(context, candidate, trial, fold)
            for seed in range(seeds):
                job = jobs.get((fold, seed)) if trains and chosen is candidate else None
                if job is None and trains:
                    job = make_job(context, chosen, trial, fold, seed)
                    if chosen is candidate:
                        jobs[fold, seed] = job
                training = job.key if job else None
                planned = draft.add(job, *cell) if job and cell else None
                yield PlannedRow(
                    regime, condition, fold, seed, training, planned, reason, variant, flaw, report
                )


def _folds(context: PlanContext, trial: Trial) -> range:
    """The folds of a trial. Another corpus is tested with the training of the first fold only."""
    if trial.split:
        return range(flaw_folds(context.policy, trial.split))
    return range(1 if trial.condition.elsewhere(context.label) else context.policy.folds)


def identity(grid: ModelGrid) -> str:
    """Digest of model source, settings and corpus, which must not be mixed in a row."""
    parts: dict[str, Any] = {
        "source": grid.candidate.entry.digest,
        "config": grid.candidate.config,
        "corpus": grid.corpus.digest,
        "inputs": grid.candidate.stated_inputs,
        "backbones": grid.candidate.backbones,
    }
    if grid.search is not None:
        parts["search"] = [grid.candidate.tuned, grid.search.space]
    return canonical_digest(parts)
