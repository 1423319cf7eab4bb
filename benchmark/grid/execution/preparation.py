"""What is prepared before any worker starts, so that no two of them make the same thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from emobench.corpus.corpus import Corpus, open_corpus
from emobench.corpus.prepared.extract import Prepared, prepare, prepared
from emobench.corpus.split import Split, SplitPolicy
from emobench.corpus.view import FoldView
from emobench.corruption.corrupted_dataset import CorruptedRequest
from emobench.corruption.registry import KINDS
from emobench.discovery.representations import extracted, representation, source_of
from emobench.grid.execution.evaluation_views import is_elsewhere, open_view, tested_view
from emobench.grid.execution.local_pool import Workers
from emobench.grid.plan.candidates import Candidate
from emobench.grid.plan.jobs import Cell, Job
from emobench.grid.plan.plan import Plan


@dataclass(frozen=True)
class CorpusPlan:
    """A corpus with its split and the models that are to run on it."""

    corpus: Corpus
    rule: SplitPolicy
    folds: list[Split]
    chosen: list[Candidate]


class Progress(Protocol):
    """Shows how far a preparation is."""

    def prepare(self, what: str, done: int, total: int) -> None:
        """Show it."""


class DataPreparation:
    """Extracted and fitted representations of every corpus that a plan needs.

    Parameters
    ----------
    plan
        What is to be computed.
    opened
        The corpora of the request.
    workers
        Where to extract.
    device
        Where frozen encoders run.
    screen
        Where progress is shown.
    """

    def __init__(
        self, plan: Plan, opened: list[CorpusPlan], workers: Workers, device: str, screen: Progress
    ) -> None:
        self.plan = plan
        self.workers = workers
        self.device = device
        self.screen = screen
        self.idle: set[str] = set()
        """Damaged copies in which nothing could be damaged."""
        self._corpora = {part.corpus.request.label: part.corpus for part in opened}
        self._views: dict[tuple[str, ...], FoldView] = {}

    def prepare(self, part: CorpusPlan) -> Prepared:
        """Extract what the models of `part`, and those that are tested on it, read of it."""
        names = {n for c in part.chosen for reps in c.inputs.values() for n in reps}
        label = part.corpus.request.label
        for job, cell in self._elsewhere():
            if cell.ground is not None and cell.ground.request.label == label:
                names |= {n for n in _names(job) if _can_give(part.corpus, n)}
        return self._extract(part.corpus, names)

    def lay(self) -> None:
        """Extract what damaged corpora need, and fit everything that is learned from train."""
        self._damage()
        steps = list(self._fits())
        for number, (what, fit) in enumerate(steps):
            self.screen.prepare(f"{what}: fitting on train", number, len(steps))
            fit()
        if steps:
            self.screen.prepare(f"{steps[-1][0]}: fitting on train", len(steps), len(steps))

    def _extract(self, corpus: Corpus, names: Iterable[str]) -> Prepared:
        return prepare(corpus, extracted(names), self.workers, self.screen.prepare, self.device)

    def _elsewhere(self) -> Iterator[tuple[Job, Cell]]:
        """Cells that are tested on another corpus, with their jobs."""
        for job in self.plan.jobs.values():
            for cell in job.cells.values():
                if is_elsewhere(cell.ground, self._corpora[job.corpus.label]):
                    yield job, cell

    def _damage(self) -> None:
        """Extract what models read of the damaged copies."""
        wanted: dict[str, set[str]] = {}
        requests = {}
        for job, cell in self._elsewhere():
            damage = cell.condition.corruption
            if damage is None or cell.ground is None:
                continue
            label = cell.ground.request.label
            requests[label] = cell.ground.request
            wanted.setdefault(label, set()).update(job.inputs.get(KINDS[damage.kind].modality, ()))
        for number, (label, names) in enumerate(wanted.items()):
            self.screen.prepare("damaging recordings and words", number, len(wanted))
            damaged = open_corpus(requests[label])
            self._corpora[label] = damaged
            here = {name for name in names if _can_give(damaged, name)}
            target = prepare(damaged, extracted(here), self.workers, None, self.device)
            request = requests[label]
            assert isinstance(request, CorruptedRequest)
            if not _damages(target, request, prepared(self._corpora[request.base.label])):
                self.idle.add(label)
        if wanted:
            self.screen.prepare("damaging recordings and words", len(wanted), len(wanted))

    def _view(self, job: Job, key: tuple[str, ...]) -> FoldView:
        if key not in self._views:
            corpus = self._corpora[job.corpus.label]
            self._views[key] = open_view(corpus, job.policy, job.spec.fold, job.inputs, job.flaw)
        return self._views[key]

    def _fits(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """One step per distinct view of a training, and per distinct view that it is tested on."""
        seen: set[tuple[str, ...]] = set()
        for job in self.plan.jobs.values():
            label, corpus = job.corpus.label, self._corpora[job.corpus.label]
            key = (label, job.policy.name, job.flaw, str(job.spec.fold), str(job.inputs))
            if key not in seen:
                seen.add(key)
                yield label, partial(self._view, job, key)
            for cell in job.cells.values():
                if cell.ground is None or not is_elsewhere(cell.ground, corpus):
                    continue
                there = (*key, cell.ground.request.label)
                if there not in seen:
                    seen.add(there)
                    yield label, partial(self._tested, job, key, cell)

    def _tested(self, job: Job, key: tuple[str, ...], cell: Cell) -> FoldView:
        assert cell.ground is not None
        corpus = self._corpora[job.corpus.label]
        elsewhere = self._corpora[cell.ground.request.label]
        trained = self._view(job, key)
        return tested_view(trained, corpus, job.policy, job.spec.fold, cell, elsewhere)


def _damages(twin: Prepared, request: CorruptedRequest, original: Prepared) -> bool:
    """Whether a damaged copy differs at all from what it is a copy of, where it is tested."""
    rows = np.asarray(request.rows, dtype=np.int64)
    modality = KINDS[request.corruption.kind].modality
    return bool((twin.content(modality)[rows] != original.content(modality)[rows]).any())


def _names(job: Job) -> set[str]:
    return {n for reps in job.inputs.values() for n in reps}


def _can_give(corpus: Corpus, name: str) -> bool:
    """Whether `corpus` has what the representation `name` is made from."""
    return source_of(name) in corpus.sources.get(representation(name).modality, ())
