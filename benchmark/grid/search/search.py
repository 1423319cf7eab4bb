"""A whole search: its groups of trials, their execution, and what they choose."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from statistics import fmean
from typing import Any

from emobench.callbacks.audience import Audience
from emobench.corpus.inner_folds import check_inner_folds
from emobench.corpus.split import split
from emobench.digest import canonical_digest
from emobench.disk.claim import Claims
from emobench.errors import RequestError
from emobench.executor import Executor
from emobench.grid.execution.evaluation_views import trained_view
from emobench.grid.execution.expected_time import ExpectedTimes, Kind
from emobench.grid.execution.outcome import Outcome
from emobench.grid.execution.scheduler import Execution
from emobench.grid.execution.time_left import work_kind
from emobench.grid.neighbour_runs import NeighbourRuns
from emobench.grid.open_corpora import OpenCorpora
from emobench.grid.plan.candidates import Candidate
from emobench.grid.plan.jobs import Job, PlanContext, make_job, regime_label
from emobench.grid.plan.request import SearchRequest
from emobench.grid.plan.shard import WHOLE, Shard
from emobench.grid.screen import Screen
from emobench.grid.search.group import TrialGroup, score
from emobench.grid.search.trial import TrialJob
from emobench.grid.search.trial_broadcast import TrialBroadcast
from emobench.grid.search.trial_work import UNIT, run_trial, write_trial_failure
from emobench.interface.model import Model
from emobench.interface.protocol import Trial
from emobench.interface.search_space import space_defect
from emobench.isolation.limits import NO_LIMITS, Limits
from emobench.randomness import TUNING_SEED
from emobench.store.records import Search, SearchResult, TrialScore
from emobench.store.store import Store
from emobench.wording import counted, score_text


class Searches:
    """The searches of a request: a group of trials for each training, whatever its seed.

    While a plan is made with it for the first time, it learns which trainings there are and leaves
    their presets. After `run` it gives what was chosen.

    Parameters
    ----------
    request
        How many trials, and how they are run.
    store
        Holds the trials.
    shard
        The part of the searches that is run here. All trials of a search, and the trainings with
        what it chooses, are in one part.
    """

    def __init__(self, request: SearchRequest, store: Store, shard: Shard = WHOLE) -> None:
        self.request, self.store, self.shard = request, store, shard
        self.label = request.label
        self.groups: dict[str, TrialGroup] = {}
        self._elsewhere: dict[str, TrialGroup] = {}
        self._chosen: dict[str, dict[str, Any]] = {}

    def candidate(
        self, context: PlanContext, candidate: Candidate, trial: Trial, fold: int
    ) -> Candidate:
        """The candidate with the chosen hyper-parameters; with its preset before `run`.

        Raises
        ------
        RequestError
            The model's search space has a defect, or the inner folds cannot be drawn.
        """
        group = self._group(context, candidate, trial, fold)
        if group is None:
            return candidate
        if not self.shard.holds(group.key):
            self._elsewhere.setdefault(group.key, group)
            return candidate
        known = self.groups.setdefault(group.key, group)
        return replace(candidate, config=self._chosen.get(known.key, candidate.config))

    def record(
        self, context: PlanContext, asked: Candidate, trained: Iterable[tuple[Trial, int]]
    ) -> Search | None:
        """What was tried and chosen for the trainings of a grid; None if some is not known yet."""
        results = {}
        for trial, fold in trained:
            candidate = asked.changed(trial.options, trial.variant)
            if candidate.unsuited:
                continue
            group = self._group(context, candidate, trial, fold)
            if group is not None:
                if group.key not in self._chosen:
                    return None  # another shard searches it, or nothing has run yet
                name = _regime_name(trial)
                results[name, fold] = self.groups[group.key].result(self.store, name)
        kind: type[Model] = asked.entry.load()
        return Search(
            trials=self.request.trials,
            halving=self.request.halving,
            inner=self.request.inner,
            space={f: str(p) for f, p in kind.search_space.items() if f not in asked.options},
            default=asked.label,
            results=tuple(results.values()),
        )

    def _group(
        self, context: PlanContext, candidate: Candidate, trial: Trial, fold: int
    ) -> TrialGroup | None:
        """The trials of a training; None if its model has nothing to search."""
        fixed = frozenset({*candidate.options, *trial.options})
        kind: type[Model] = candidate.entry.load()
        job = make_job(context, candidate, trial, fold, TUNING_SEED)
        key = canonical_digest([job.spec.model_dump(mode="json"), sorted(fixed)])
        if known := self.groups.get(key) or self._elsewhere.get(key):
            return known
        if defect := space_defect(kind.search_space, kind.Config(**job.spec.config)):
            raise RequestError(f"The search space of {job.model} has a defect: {defect}")
        if not set(kind.search_space) - fixed:
            return None
        if count := self.request.inner:
            check_inner_folds(context.corpus, split(context.corpus, context.policy, fold), count)
        return TrialGroup(key, job, fixed, self.request)

    def account(self) -> str:
        """Say how many trials there are, and for how many trainings."""
        inner = f" on {self.request.inner} inner folds" if self.request.inner else ""
        stopped = ", most of them stopped early" if self.request.halving else ""
        left = self._left().total()
        to_do = f"{counted(left, UNIT)} to do" if left else "all of them stored"
        return (
            f"search: {self.request.trials} trials{inner} for each of "
            f"{counted(len(self.groups), 'training')}, chosen by dev macro-F1{stopped}; {to_do}"
        )

    def doubts(self) -> Iterator[str]:
        """Say where a preset's value lies outside of the range that its model declares."""
        seen: set[str] = set()
        for group in self.groups.values():
            kind: type[Model] = group.job.entry.load()
            for field, value in group.values[0].items():
                # A zero stands for "off", or for a choice that the model makes itself.
                if value != 0 and not kind.search_space[field].holds(value):
                    seen.add(
                        f"warning: {group.job.model}'s preset has {field}={value}, which its "
                        f"search space ({kind.search_space[field]}) does not hold: no other trial "
                        "is near it"
                    )
        yield from sorted(seen)

    def like(self, seeds: int) -> list[Job]:
        """Trainings that cost about what is left of the searches and of training their choice."""
        found: list[Job] = []
        for group in self.groups.values():
            missing = len(group.missing(self.store))
            if missing:
                whole_trials = sum(rung.share * rung.trials for rung in group.rungs)
                found += [group.job] * math.ceil(whole_trials * missing / group.rungs[0].trials)
                config = group.job.spec.config
            else:
                config = group.configs[group.result(self.store, "").chosen]
            found += [_evaluated(group.job, config, seed) for seed in range(_seeds(group, seeds))]
        return found

    def prepare(self, corpora: OpenCorpora) -> Iterator[TrialGroup]:
        """Fit the representations on each inner fold; yields every group done."""
        for group in self.groups.values():
            for number in range(self.request.inner):
                trained_view(corpora, group.job, (number, self.request.inner))
            yield group

    def run(
        self,
        executor: Executor,
        device: str,
        screen: Screen,
        save_every: int,
        retry: bool,
        audience: Audience | None = None,
        limits: Limits = NO_LIMITS,
    ) -> None:
        """Train every trial that the store lacks, and choose; `audience` hears of the trials."""
        if retry:
            self._forget_failures()
        waiting = _Issue(self, save_every)
        first = [job for group in self.groups.values() for job in waiting.next_of(group)]
        if first:
            left = self._left()
            screen.start(left.total(), 0, left, UNIT)

        def report(outcome: Outcome) -> None:
            screen.expect(self._left() + Counter([outcome.kind]))
            screen.outcome(outcome)

        def still_left(job: TrialJob) -> TrialJob | None:
            return job if score(self.store, job) is None else None

        def failed(job: TrialJob) -> int:
            found = score(self.store, job)
            return job.size if found is not None and found.failed else 0

        with Claims(self.store.claims) as claims:
            execution = Execution[TrialJob](
                executor,
                self.store.root,
                device,
                report,
                screen.tick,
                run_trial,
                write_trial_failure,
                ExpectedTimes(_kind),
                TrialBroadcast(audience, self.store) if audience is not None else None,
                NeighbourRuns(claims, still_left, failed, screen.say),
                limits,
            )
            execution.run(first, waiting.after)
            self._choose()
            for group in self.groups.values():
                self._forget_states(group, claims)

    def _choose(self) -> None:
        for group in self.groups.values():
            result = group.result(self.store, "")
            self._chosen[group.key] = group.configs[result.chosen]

    def choose_from_store(self) -> bool:
        """Choose if every trial is stored already, as after a run before; whether that is so."""
        ended = not self._left()
        if ended:
            self._choose()
        return ended

    def _left(self) -> Counter[str]:
        """Number of parts of trials that are to be trained at most, by their kind."""
        left: Counter[str] = Counter()
        for group in self.groups.values():
            kind = work_kind(group.job.model, group.job.spec.dataset)
            left[kind] += group.left(self.store)
        return +left

    def _forget_failures(self) -> None:
        """Delete what failed before, so that it is run again."""
        for group in self.groups.values():
            for _, job in group.states(self.store):
                self.store.forget_trial_failure(job.key)

    def _forget_states(self, group: TrialGroup, claims: Claims) -> None:
        """Delete the saved states of trials that were stopped: nothing goes on from them here.

        What another run, whose search is larger, has claimed stays.
        """
        for _, job in group.states(self.store):
            if claims.holder(job.key) is None:
                self.store.unfinished(job.key).unlink(missing_ok=True)

    def sentences(self) -> Iterator[str]:
        """Say for each model, corpus and regime what its search has found on dev."""
        found: dict[tuple[str, str, str], list[SearchResult]] = {}
        for group in self.groups.values():
            key = (_owner(group.job), group.job.corpus.label, regime_label(group.job.regime))
            found.setdefault(key, []).append(group.result(self.store, ""))
        for (model, corpus, regime), results in found.items():
            yield f"{model} on {corpus}, {regime}: {_outcome(results)}"


class _Issue:
    """Hands out trials, each part of each once."""

    def __init__(self, searches: Searches, save_every: int) -> None:
        self.searches, self.save_every = searches, save_every
        self._issued: set[str] = set()
        self._waiting: dict[str, list[TrialGroup]] = {}

    def next_of(self, group: TrialGroup) -> list[TrialJob]:
        """The trials of `group` to start now."""
        found = []
        for job in group.missing(self.searches.store):
            key = job.spec.key()
            # Searches of a model with and without options share trials, their presets for instance.
            waiting = self._waiting.setdefault(key, [])
            if group not in waiting:
                waiting.append(group)
            if key not in self._issued:
                self._issued.add(key)
                found.append(replace(job, job=replace(job.job, save_every=self.save_every)))
        return found

    def after(self, ended: TrialJob) -> list[TrialJob]:
        """The trials to start after `ended`."""
        groups = self._waiting.pop(ended.spec.key())
        return [job for group in groups for job in self.next_of(group)]


def _kind(trial: TrialJob) -> Kind:
    """Trials of a model on a corpus take about equally long."""
    return trial.model, trial.spec.training.dataset


def _regime_name(trial: Trial) -> str:
    """Name of a searched training in the tables: its regime, and what else the trial sets."""
    changes = [f"{key}={value}" for key, value in trial.options.items()]
    if trial.variant:
        changes.append(trial.variant)
    more = f" ({', '.join(changes)})" if changes else ""
    return regime_label(trial.regime) + more


def _owner(job: Job) -> str:
    """Name of the model of a trial's job, as the start of its label says it."""
    return job.label.partition(" on ")[0]


def _evaluated(job: Job, config: dict[str, Any], seed: int) -> Job:
    """The training of a choice with an evaluation seed."""
    return replace(job, spec=job.spec.model_copy(update={"config": config, "seed": seed}))


def _seeds(group: TrialGroup, seeds: int) -> int:
    """Number of evaluation seeds: one, where nothing is drawn."""
    solved = getattr(group.job.entry.card, "deterministic", False)
    return 1 if solved and not group.job.regime.draws else seeds


def _incomplete(presets: list[TrialScore]) -> str:
    """Say of how many searches the preset has no score of its end, and why."""
    failed = sum(bool(one.failed) for one in presets)
    stopped = sum(one.stopped and not one.failed for one in presets)
    parts = [(stopped, "was stopped early"), (failed, "failed")]
    why = " and ".join(
        f"{how} in {n} of {counted(len(presets), 'search', 'searches')}" for n, how in parts if n
    )
    return f"the preset {why}, so that its score at the end is not known"


def _outcome(results: list[SearchResult]) -> str:
    """What searches have found on dev: the mean over trainings of the best trial and the preset."""
    trials = [trial for result in results for trial in result.trials]
    failed = sum(bool(trial.failed) for trial in trials)
    lost = f"; {counted(failed, 'trial')} failed" if failed else ""
    best = [result.trials[result.chosen].score for result in results]
    presets = [result.trials[0] for result in results]
    if None in best:
        return f"no trial has a score{lost}"
    where = f" (means of {counted(len(results), 'training')})" if len(results) > 1 else ""
    after = score_text(fmean(score for score in best if score is not None))
    kept = sum(result.chosen == 0 for result in results)
    preset = f", which is the preset in {kept} of them" if kept and len(results) > 1 else ""
    if kept == len(results):
        return f"dev macro-F1 {after} with the preset, and no trial is better{where}{lost}"
    known = [p.score for p in presets if p.score is not None and not p.stopped]
    if len(known) == len(results):
        before = f", {score_text(fmean(known))} with the preset"
    else:
        before = f"; {_incomplete(presets)}"
    return f"dev macro-F1 {after} with the best trial{preset}{before}{where}{lost}"
