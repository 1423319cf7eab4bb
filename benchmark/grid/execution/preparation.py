"""Prepares all data before any job starts, so that no two workers compute the same data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from emobench.corpus.corpus import Corpus
from emobench.corpus.preparation.clip_policy import check_modalities
from emobench.corpus.preparation.extract import Prepared, prepare, prepared
from emobench.corruption.corrupted_dataset import CorruptedRequest
from emobench.corruption.registry import KINDS
from emobench.discovery.representations import extracted, representation, source_of
from emobench.disk.sums import told
from emobench.executor import Executor
from emobench.grid.execution.evaluation_views import is_elsewhere, tested_view, trained_view
from emobench.grid.open_corpora import OpenCorpora
from emobench.grid.plan.corpora import CorpusPlan
from emobench.grid.plan.jobs import Job, PlannedCell
from emobench.grid.plan.plan import Plan
from emobench.grid.screen import Screen

CORRUPTING = "damaging recordings and words"


class PreparedData(NamedTuple):
    """The prepared corpora, and the corruptions that changed no recording.

    Parameters
    ----------
    corpora
        Label of each corpus of the request to its prepared data.
    unchanged
        Labels of corrupted copies in which no recording differs from the corpus's own.
    """

    corpora: dict[str, Prepared]
    unchanged: frozenset[str]


class DataPreparation:
    """Extracted and fitted representations of every corpus that a plan needs.

    Parameters
    ----------
    plan
        The trainings and cells to prepare for.
    parts
        The corpora of the request.
    corpora
        Keeps the corpora open.
    executor
        Runs the extraction.
    device
        Device of the frozen encoders.
    screen
        Shows the progress.
    fitted
        The jobs to fit for; None: all of the plan.
    """

    def __init__(
        self,
        plan: Plan,
        parts: list[CorpusPlan],
        corpora: OpenCorpora,
        executor: Executor,
        device: str,
        screen: Screen,
        fitted: Mapping[str, Job] | None = None,
    ) -> None:
        self.plan = plan
        self.fitted = plan.jobs if fitted is None else fitted
        self.parts = parts
        self.corpora = corpora
        self.executor = executor
        self.device = device
        self.screen = screen

    def run(self) -> PreparedData:
        """Extract what the models read, and fit the representations that are learned from train."""
        done = {part.label: self._extract_part(part) for part in self.parts}
        for target in done.values():
            check_modalities(target)  # before anything is fitted on clips that are not there
        unchanged = frozenset(self._corrupt())
        steps = list(self._fits())
        for number, (label, fit) in enumerate(steps):
            self.screen.prepare(f"{label}: fitting on train", number, len(steps))
            fit()
        if steps:
            self.screen.prepare(f"{steps[-1][0]}: fitting on train", len(steps), len(steps))
        for line in told():
            self.screen.say(line)
        return PreparedData(done, unchanged)

    def _extract_part(self, part: CorpusPlan) -> Prepared:
        """Extract what models read of `part`, whether they are trained or only tested on it."""
        names = {n for c in part.candidates for reps in c.inputs.values() for n in reps}
        for job, cell in self._cells_on_other_data():
            if cell.target is not None and cell.target.request.label == part.label:
                names |= {n for n in _names(job) if _can_give(part.corpus, n)}
        return self._extract(part.corpus, names, self.screen.prepare)

    def _extract(
        self,
        corpus: Corpus,
        names: Iterable[str],
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Prepared:
        return prepare(corpus, extracted(names), self.executor, progress, self.device)

    def _cells_on_other_data(self) -> Iterator[tuple[Job, PlannedCell]]:
        """Cells that are tested on another corpus or a corrupted copy, with their jobs."""
        for job in self.plan.jobs.values():
            for cell in job.cells.values():
                if is_elsewhere(job, cell.target):
                    yield job, cell

    def _corrupt(self) -> Iterator[str]:
        """Extract what models read of corrupted copies; yield the labels of unchanged copies."""
        wanted: dict[str, set[str]] = {}
        requests: dict[str, CorruptedRequest] = {}
        for job, cell in self._cells_on_other_data():
            damage = cell.condition.corruption
            if damage is None or cell.target is None:
                continue
            request = cell.target.request
            assert isinstance(request, CorruptedRequest)
            requests[request.label] = request
            read = job.inputs.get(KINDS[damage.kind].modality, ())
            wanted.setdefault(request.label, set()).update(read)
        for number, (label, names) in enumerate(wanted.items()):
            self.screen.prepare(CORRUPTING, number, len(wanted))
            corrupted = self.corpora.get(requests[label])
            here = {name for name in names if _can_give(corrupted, name)}
            copy = self._extract(corrupted, here)
            original = prepared(self.corpora.get(requests[label].base))
            if not _differs(copy, requests[label], original):
                yield label
        if wanted:
            self.screen.prepare(CORRUPTING, len(wanted), len(wanted))

    def _fits(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """One fitting step per distinct view that a model is trained or tested on."""
        seen: set[tuple[str, ...]] = set()
        for job in self.fitted.values():
            label = job.corpus.label
            how = (job.flaw, job.regime.standardise)
            key = (label, job.policy.name, *how, str(job.spec.fold), str(job.inputs))
            if key not in seen:
                seen.add(key)
                yield label, partial(trained_view, self.corpora, job)
            for cell in job.cells.values():
                if cell.target is None or not is_elsewhere(job, cell.target):
                    continue
                there = (*key, cell.target.request.label, cell.condition.standardise)
                if there not in seen:
                    seen.add(there)
                    yield label, partial(tested_view, self.corpora, job, cell)


def _differs(copy: Prepared, request: CorruptedRequest, original: Prepared) -> bool:
    """Whether any test recording of a corrupted copy differs from the original."""
    rows = np.asarray(request.rows, dtype=np.int64)
    modality = KINDS[request.corruption.kind].modality
    return bool((copy.content(modality)[rows] != original.content(modality)[rows]).any())


def _names(job: Job) -> set[str]:
    return {n for reps in job.inputs.values() for n in reps}


def _can_give(corpus: Corpus, name: str) -> bool:
    """Whether `corpus` has the source of the representation `name`."""
    return source_of(name) in corpus.sources.get(representation(name).modality, ())
