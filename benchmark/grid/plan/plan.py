"""From a request to the distinct trainings behind it, and the rows of the tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from emobench.conditions.mask_set import MaskSet
from emobench.corpus.corpus import Corpus
from emobench.corpus.split import SplitPolicy
from emobench.errors import RequestError
from emobench.grid.plan.candidates import Candidate
from emobench.grid.plan.compatibility import skip_reason
from emobench.grid.plan.jobs import Job, PlanContext, add_cell, make_job
from emobench.grid.plan.protocol_validation import open_protocol, validated_trials
from emobench.grid.plan.request import Request
from emobench.grid.plan.setting import setting
from emobench.interface.protocol import Condition, Protocol, Regime, Setting, Trial

IDLE = "nothing of this corpus can be damaged so: every recording stays as it is"


@dataclass(frozen=True)
class Row:
    """One (regime, condition, fold, seed) of a table; points at a cell or says why not."""

    regime: str
    condition: str
    fold: int
    seed: int
    training: str | None
    cell: str | None
    skipped: str | None = None
    variant: str = ""
    """Where it is not the one that was asked for."""
    split: str = ""
    """The flaw of its split, or ""."""


@dataclass
class Grid:
    """The record of one (model, variant, corpus, protocol) of a request."""

    candidate: Candidate
    protocol: Protocol
    corpus: Corpus
    policy: SplitPolicy
    track: str
    setting: Setting
    trials: list[Trial]
    rows: list[Row]
    masks: MaskSet | None = None

    @property
    def regimes(self) -> list[Regime]:
        """The regimes of the trials, each name once."""
        return list({t.regime.name: t.regime for t in reversed(self.trials)}.values())[::-1]

    @property
    def conditions(self) -> list[Condition]:
        """The conditions of the trials, each name once."""
        return list({t.condition.name: t.condition for t in reversed(self.trials)}.values())[::-1]


@dataclass
class Plan:
    """All grids of a request, and the distinct trainings behind them."""

    grids: list[Grid] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """Number of distinct cells."""
        return sum(len(j.cells) for j in self.jobs.values())

    def skip_idle(self, labels: set[str]) -> None:
        """Skip the cells whose damaged copies, called `labels`, are what they are copies of."""
        idle = {
            key
            for job in self.jobs.values()
            for key, cell in job.cells.items()
            if cell.ground is not None and cell.ground.request.label in labels
        }
        for job in self.jobs.values():
            job.cells = {key: cell for key, cell in job.cells.items() if key not in idle}
        for grid in self.grids:
            grid.rows = [
                replace(row, cell=None, skipped=IDLE) if row.cell in idle else row
                for row in grid.rows
            ]

    def trainings_of(self, grid: Grid) -> set[str]:
        """Keys of the trainings that one grid needs."""
        return {r.training for r in grid.rows if r.training and r.cell}


def add_to_plan(
    plan: Plan,
    request: Request,
    corpus: Corpus,
    policy: SplitPolicy,
    chosen: list[Candidate],
    opened: Sequence[Corpus] = (),
) -> None:
    """Add the grids of one corpus; trainings that are already planned are shared.

    `opened`: all corpora of the request.
    """
    if request.masks is not None and request.masks.dataset != corpus.request.label:
        raise RequestError(
            f"The masks are for {request.masks.dataset}, not for {corpus.request.label}."
        )
    place = PlanContext(corpus, policy, request.track_label, tuple(opened), request.masks)
    for entry, options in request.protocols:
        protocol = open_protocol(entry, options)
        for candidate in chosen:
            about = setting(corpus, opened, candidate.card, request.track)
            trials = validated_trials(entry, protocol, about)
            rows = list(_rows(plan, request, place, candidate, trials))
            plan.grids.append(
                Grid(
                    candidate,
                    protocol,
                    corpus,
                    policy,
                    place.track,
                    about,
                    trials,
                    rows,
                    place.masks,
                )
            )


def _rows(
    plan: Plan, request: Request, place: PlanContext, candidate: Candidate, trials: Sequence[Trial]
) -> Iterator[Row]:
    for trial in trials:
        one = candidate.changed(trial.options, trial.variant)
        reason = skip_reason(one, trial, place)
        regime, condition = trial.regime.name, trial.condition.name
        how = {"variant": trial.variant, "split": trial.split}
        seeds = 1 if one.card.deterministic and not trial.regime.draws else request.seeds
        for fold in _folds(place, trial):
            for seed in range(seeds):
                if one.skipped or (reason and trial.split):
                    yield Row(regime, condition, fold, seed, None, None, reason, **how)
                    continue
                made = make_job(place, one, trial, fold, seed)
                if reason:
                    yield Row(regime, condition, fold, seed, made.spec.key(), None, reason, **how)
                    continue
                job = plan.jobs.setdefault(made.spec.key(), made)
                cell = add_cell(job, place, trial.condition)
                yield Row(regime, condition, fold, seed, job.spec.key(), cell, **how)


def _folds(place: PlanContext, trial: Trial) -> range:
    """The folds of a trial. Another corpus is tested from one training, the first fold's."""
    if trial.split:
        from emobench.corpus.leakage.flawed_splits import flaw_folds  # PENDING

        return range(flaw_folds(place.policy, trial.split))
    foreign = trial.condition.corpus not in (None, place.corpus.request.label)
    return range(1 if foreign else place.policy.folds)


def identity(grid: Grid) -> str:
    """Digest of what must not be mixed in one row: model source, settings, corpus."""
    parts = {
        "source": grid.candidate.entry.digest,
        "config": grid.candidate.config,
        "corpus": grid.corpus.digest,
        "inputs": grid.candidate.inputs,
        "backbones": grid.candidate.backbones,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]
