"""The trials of one training: which are still to be trained, and which of them is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from emobench.grid.execution.training import best_of_stage
from emobench.grid.plan.jobs import Job
from emobench.grid.plan.request import SearchRequest
from emobench.grid.search.rungs import Rung, rungs
from emobench.grid.search.trial import TrialJob, drawn_values, trial_job, whole, with_values
from emobench.interface.model import Model
from emobench.store.records import SearchResult, TrialScore
from emobench.store.store import Store
from emobench.training.continuation import looks_at_dev


@dataclass(frozen=True)
class Score:
    """What a trial has reached: its dev macro-F1 (None if it failed), looks, and reason.

    `ended` says that its training came to its own end, however few looks that took.
    """

    value: float | None
    looks: int = 0
    failed: str = ""
    ended: bool = False


@dataclass
class TrialGroup:
    """The trials of one training: of a model in one configuration on one fold, under one regime.

    Everything is derived from what the store holds, so that a search that was killed goes on, and
    one with more trials takes up those that were there.

    Parameters
    ----------
    key
        Identifies the training, whatever its seed.
    job
        The training with the preset and the search's seed.
    fixed
        Fields that the user or the protocol has set, which are not searched.
    request
        The search.
    """

    key: str
    job: Job
    fixed: frozenset[str]
    request: SearchRequest
    values: list[dict[str, Any]] = field(init=False)
    configs: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        kind: type[Model] = self.job.entry.load()
        preset = self.job.spec.config
        numbers = range(self.request.trials)
        self.values = [
            drawn_values(kind, self.job.model, preset, self.fixed, number) for number in numbers
        ]
        self.configs = [with_values(kind, preset, found) for found in self.values]

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """How far the trials are trained."""
        # What is solved in closed form makes no looks that it could be stopped at.
        solved = getattr(self.job.entry.card, "closed_form", False)
        return rungs(self.request.trials, self.request.halving and not solved)

    def missing(self, store: Store) -> list[TrialJob]:
        """The trials that are to be trained next; none once the search has come to its end."""
        for rung, entrants in self._climb(store):
            found = [
                job
                for number in entrants
                for job in self._jobs(number, rung)
                if score(store, job) is None
            ]
            if found:
                return found
        return []

    def left(self, store: Store) -> int:
        """Number of parts of trials that are still to be trained at most, over all rungs.

        A trial that has come to its end, or will with the part that is missing, has no later part.
        """
        for climbed, (rung, entrants) in enumerate(self._climb(store), start=1):
            missing, go_on = 0, 0
            for number in entrants:
                jobs = self._jobs(number, rung)
                scores = [score(store, job) for job in jobs]
                missing += scores.count(None)
                go_on += any(
                    job.spec.looks > 0 if known is None else _goes_on(known)
                    for job, known in zip(jobs, scores, strict=True)
                )
            if missing:
                later = sum(min(rung.trials, go_on) for rung in self.rungs[climbed:])
                return missing + later * max(1, self.request.inner)
        return 0

    def result(self, store: Store, regime: str) -> SearchResult:
        """All trials with their scores, and the one with the best among those that ended."""
        scores: dict[int, TrialScore] = {}
        last: list[int] = []
        ended: set[int] = set()
        for rung, entrants in self._climb(store):
            for number in entrants:
                found = self._mean(store, number, rung)
                ended |= {number} if found.ended else set()
                scores[number] = TrialScore(
                    trial=number,
                    values=self.values[number],
                    score=found.value,
                    looks=found.looks,
                    failed=found.failed,
                )
            last = entrants
        stopped = set(scores) - set(last) - ended
        trials = tuple(
            score.model_copy(update={"stopped": True}) if n in stopped else score
            for n, score in sorted(scores.items())
        )
        best = _best(last, {n: s.score for n, s in scores.items()})
        return SearchResult(regime=regime, fold=self.job.spec.fold, chosen=best[0], trials=trials)

    def states(self, store: Store) -> Iterator[tuple[int, TrialJob]]:
        """Every trial's number and job, to its end: what may have left a saved state."""
        for number in range(self.request.trials):
            for job in self._jobs(number, self.rungs[-1]):
                yield number, job

    def _climb(self, store: Store) -> Iterator[tuple[Rung, list[int]]]:
        """Each rung and the trials that get there, from the scores on the rung before."""
        entrants = list(range(self.request.trials))
        for number, rung in enumerate(self.rungs):
            if number:
                before = self.rungs[number - 1]
                scores = {n: self._mean(store, n, before).value for n in entrants}
                entrants = sorted(_best(entrants, scores)[: rung.trials])
            yield rung, entrants

    def _jobs(self, number: int, rung: Rung) -> list[TrialJob]:
        kind: type[Model] = self.job.entry.load()
        config = self.configs[number]
        looks = rung.looks(kind.Config(**config))
        count = self.request.inner
        places = [(k, count) for k in range(count)] if count else [None]
        return [trial_job(self.job, config, number, looks, place) for place in places]

    def _mean(self, store: Store, number: int, rung: Rung) -> Score:
        """Mean score of a trial over its inner folds; one that failed on any of them failed."""
        found = [score(store, job) for job in self._jobs(number, rung)]
        known = [score for score in found if score is not None]
        failed = next((score for score in known if score.value is None), None)
        if failed is not None:
            return failed
        values = [score.value for score in known if score.value is not None]
        ended = all(score.ended for score in known)
        return Score(fmean(values), max(score.looks for score in known), ended=ended)


def score(store: Store, job: TrialJob) -> Score | None:
    """What the store says of a trial at its rung, or None if it is still to be trained."""
    end = whole(job.spec).key()
    if (report := store.trial_report(end)) is not None:
        epochs = [epoch.model_dump() for epoch in report.epochs]
        looks, paused = looks_at_dev(epochs), job.spec.looks
        if paused and looks > paused:  # it went on from this rung, or was never stopped
            return Score(best_of_stage(epochs, paused), paused)
        return Score(report.dev_macro_f1, looks, ended=True)
    if (reason := store.trial_failure(end)) is not None:
        return Score(None, failed=reason)
    if job.spec.looks and (part := store.trial_report(job.spec.key())) is not None:
        return Score(part.dev_macro_f1, job.spec.looks)
    return None


def _goes_on(score: Score) -> bool:
    """Whether a trial can be trained further than to this score."""
    return not score.ended and not score.failed


def _best(numbers: list[int], scores: dict[int, float | None]) -> list[int]:
    """Trials from the best dev score to the worst; of equals the lower number, preset first."""
    reached = {n: -1.0 if scores[n] is None else float(scores[n] or 0.0) for n in numbers}
    return sorted(numbers, key=lambda n: (-reached[n], n))
