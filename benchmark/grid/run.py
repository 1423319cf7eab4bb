"""A whole run: open, prepare, plan, execute, record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol as Interface

from emobench.corpus.corpus import Corpus, CorpusRequest, open_corpus
from emobench.corpus.joint.join import join_corpora
from emobench.corpus.leakage.duplicates import Duplicates, find_duplicates, refuse_duplicates
from emobench.corpus.prepared.extract import Prepared, check_clips
from emobench.corpus.split import policy, split
from emobench.errors import RequestError
from emobench.grid.execution.local_pool import worker_pool
from emobench.grid.execution.preparation import CorpusPlan, DataPreparation
from emobench.grid.execution.scheduler import Execution, remaining
from emobench.grid.execution.worker import Outcome
from emobench.grid.plan.candidates import candidates
from emobench.grid.plan.estimate import estimate
from emobench.grid.plan.jobs import Job
from emobench.grid.plan.plan import Grid, Plan, add_to_plan
from emobench.grid.plan.protocol_validation import open_protocol
from emobench.grid.plan.request import Request
from emobench.grid.plan.summary import account
from emobench.grid.results.grid_table import write_corpus, write_grid
from emobench.grid.results.transfers import write_transfers
from emobench.store.spec import TrainingSpec
from emobench.store.store import Store


class Screen(Interface):
    """Where a run says what it does."""

    def say(self, text: str) -> None:
        """Print one line."""

    def prepare(self, what: str, done: int, total: int) -> None:
        """Show how far a preparation is."""

    def start(self, cells: int, trainings: int, jobs: Counter[str]) -> None:
        """Show what is to be done: cells, trainings, and jobs by model."""

    def outcome(self, outcome: Outcome) -> None:
        """Show that a job ended."""

    def tick(self, running: list[str]) -> None:
        """Refresh, with the labels of what is running."""


@dataclass(frozen=True)
class Totals:
    """How many cells of a request there are, by what became of them.

    `skipped` counts by who is skipped (a model on a corpus) and why.
    """

    done: int
    skipped: Counter[tuple[str, str]]
    failed: int


def run(
    request: Request, root: Path, jobs: int, device: str, screen: Screen, dry: bool = False
) -> Totals:
    """Do all of `request` that is not yet in the results folder `root`.

    `dry`: say what would be done and how long it would take, and do nothing.

    Raises
    ------
    RequestError
        The request makes no sense, or the results folder cannot be written.
    """
    store = Store(root)
    store.check()
    plan = Plan()
    with worker_pool(jobs) as workers:
        opened = [_open(request, wanted, screen) for wanted in request.corpora]
        by_label = {part.corpus.request.label: part for part in opened}
        for alone, added in _joins(request, opened, screen):
            corpora = [part.corpus for part in (*opened, *added)]
            for part in (*opened, *added):
                add_to_plan(plan, alone, part.corpus, part.rule, part.chosen, corpora)
            by_label |= {part.corpus.request.label: part for part in added}
        opened = list(by_label.values())
        corpora = [part.corpus for part in opened]
        left = remaining(list(plan.jobs.values()), store, request.retry_failed)
        trainings = sum(not store.done(store.training(j.spec.key())) for j in left)
        for line in account(plan, left, trainings):
            screen.say(line)
        if dry:
            if trainings:
                here = {corpus.request.label: corpus for corpus in corpora}
                screen.say(estimate(left, here, store, jobs))
            return totals(plan, store)
        # Nothing is written before every corpus, split and option is known to make sense.
        store.open()
        ground = DataPreparation(plan, opened, workers, device, screen)
        targets = [ground.prepare(part) for part in opened]
        ground.lay()
        plan.skip_idle(ground.idle)
        left = remaining(list(plan.jobs.values()), store, request.retry_failed)
        for part, target in zip(opened, targets, strict=True):
            _record(plan, request, part, target, store, screen)
        write_transfers(store, plan)
        _explain(plan, store, screen)
        jobs_by_model = Counter(j.spec.model for j in left)
        if plan.cells:
            screen.start(sum(len(j.cells) for j in left), trainings, jobs_by_model)
        else:
            screen.say("nothing to compute: every cell of this request is skipped")
        Execution(workers, root, device, screen.outcome, screen.tick).run(_largest_first(left))
    return totals(plan, store)


def _open(request: Request, wanted: CorpusRequest, screen: Screen) -> CorpusPlan:
    corpus = open_corpus(wanted, screen.prepare)
    rule = policy(corpus, request.folds)
    folds = [split(corpus, rule, fold) for fold in range(rule.folds)]
    return CorpusPlan(corpus, rule, folds, candidates(request, corpus))


def _joins(
    request: Request, opened: list[CorpusPlan], screen: Screen
) -> Iterator[tuple[Request, list[CorpusPlan]]]:
    """Every protocol as a request of its own, with the corpora that it joins of the others.

    Raises
    ------
    RequestError
        ``--folds``: a joint corpus keeps its members' standard splits.
    """
    here = {part.corpus.request.label: part.corpus for part in opened}
    single = tuple(label for label, corpus in here.items() if not corpus.member_names)
    known: dict[str, CorpusPlan] = {}
    for entry, options in request.protocols:
        alone, found = replace(request, protocols=[(entry, options)]), []
        for group in open_protocol(entry, options).joins(single):
            if request.folds is not None:
                raise RequestError(
                    f"--folds {request.folds}: {entry.name} joins corpora, which keep their "
                    "standard splits then."
                )
            try:
                wanted = join_corpora([here[name] for name in group])
                part = known.get(wanted.label) or _open(alone, wanted, screen)
            except RequestError as error:
                screen.say(f"warning: {' and '.join(group)} cannot be joined: {error}")
                continue
            known[wanted.label] = part
            if wanted.label not in here:
                found.append(part)
        yield alone, found


def _record(
    plan: Plan, request: Request, part: CorpusPlan, target: Prepared, store: Store, screen: Screen
) -> None:
    """Say what is wrong with one corpus, and write what its tables rest on."""
    corpus = part.corpus
    check_clips(target, request.bad_clips)
    found = [find_duplicates(target, rows) for rows in part.folds]
    if part.rule.grouped or corpus.dataset.card.drawn:
        for fold, (rows, one) in enumerate(zip(part.folds, found, strict=True)):
            refuse_duplicates(target, rows, one, f"{corpus.request.label}, fold {fold}")
    _report_problems(target, screen)
    _report_copies(corpus, found, screen)
    key = write_corpus(store, target, part.rule, found)
    for grid in plan.grids:
        if grid.corpus is corpus:
            write_grid(store, grid, key)


def _report_copies(corpus: Corpus, found: list[Duplicates], screen: Screen) -> None:
    whole, tested = sum(len(f.whole) for f in found), sum(f.tested for f in found)
    if whole:
        screen.say(
            f"warning: {whole} of {tested} test utterances of {corpus.request.label} stand in "
            "train too, exactly; the leaderboard page has a score without them"
        )


def _report_problems(target: Prepared, screen: Screen) -> None:
    corpus, problems = target.corpus, target.problems
    if absent := [m for m in corpus.dataset.card.modalities if m not in corpus.modalities]:
        complete = "the complete corpus has them" if absent[1:] else "the complete corpus has it"
        label = corpus.request.label
        screen.say(f"warning: there is no {' and no '.join(absent)} of {label} here; {complete}")
    for modality, count in zip(corpus.modalities, target.available.sum(axis=0), strict=True):
        if count < len(corpus.table):
            screen.say(
                f"warning: {modality} is absent for {len(corpus.table) - count} of "
                f"{len(corpus.table)} utterances of {corpus.request.label}"
            )
    for problem in problems[:10]:
        screen.say(f"warning: {problem.clip}: {problem.problem}; {problem.policy}")
    if problems:
        label = target.corpus.request.label
        more = f" ({len(problems) - 10} not shown here)" if len(problems) > 10 else ""
        count = f"1 clip of {label} could not be used as it is"
        if problems[1:]:
            count = f"{len(problems)} clips of {label} could not be used as they are"
        screen.say(
            f"warning: {count}{more}; the "
            "leaderboard page lists all. --bad-clips fail refuses to run with such clips."
        )


def _explain(plan: Plan, store: Store, screen: Screen) -> None:
    """Say why trainings that look like stored ones have to be done again."""
    stored = [TrainingSpec(**s) for s in store.specs() if _readable(s)]
    seen: set[tuple[str, str]] = set()
    for job in plan.jobs.values():
        if store.training(job.spec.key()).is_dir():
            continue
        for other in stored:
            changed = job.spec.changed(other)
            if set(changed) <= {"model_digest", "dataset_digest", "version", "inputs", "backbones"}:
                what = " and ".join(c.replace("_digest", "") for c in changed)
                seen.add((job.spec.model, what))
                break
    for model, what in sorted(seen):
        screen.say(f"{model} is trained again: its {what} changed since the stored results")


def _readable(spec: dict[str, object]) -> bool:
    return set(spec) == set(TrainingSpec.model_fields)


def _largest_first(jobs: list[Job]) -> list[Job]:
    """Published architectures before reference rows, so that no long job is left for the end."""
    return sorted(jobs, key=lambda job: getattr(job.entry.card, "kind", "") == "reference")


def totals(plan: Plan, store: Store) -> Totals:
    """Count the rows of `plan` by what the store has of them."""
    done, failed = 0, 0
    for job in plan.jobs.values():
        broken = store.failure(store.training(job.spec.key())) is not None
        for key in job.cells:
            finished = store.done(store.cell(key))
            done += finished
            failed += not finished and (broken or store.failure(store.cell(key)) is not None)
    skipped = Counter(_skip(g, row.skipped) for g in plan.grids for row in g.rows if row.skipped)
    return Totals(done, skipped, failed)


def _skip(grid: Grid, reason: str) -> tuple[str, str]:
    """Which model is skipped where, and why."""
    one = grid.candidate
    variant = "" if one.variant == "corrected" else f" ({one.variant})"
    for start in (f"{one.label}: ", f"{one.label} ", f"{one.card.name} ", "it "):
        reason = reason.removeprefix(start)
    return f"{one.label}{variant} on {grid.corpus.request.label}", reason
