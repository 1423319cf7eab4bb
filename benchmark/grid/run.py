"""A whole run: open, plan, prepare, record, execute."""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from emobench.callbacks.audience import Audience
from emobench.corpus.preparation.dataset_cache import dataset_and_table
from emobench.corruption.corrupted_dataset import donor_pool
from emobench.disk.claim import Claims
from emobench.executor import Executor
from emobench.grid.execution.broadcast import TrainingBroadcast
from emobench.grid.execution.expected_time import ExpectedTimes, Kind
from emobench.grid.execution.preparation import DataPreparation
from emobench.grid.execution.scheduler import Execution, remaining
from emobench.grid.execution.time_left import work_kind
from emobench.grid.execution.worker import HERE, run_job, write_job_failure
from emobench.grid.neighbour_runs import NeighbourRuns
from emobench.grid.open_corpora import OpenCorpora
from emobench.grid.plan.corpora import CorpusPlan, Scope, distinct_parts, open_scopes
from emobench.grid.plan.epoch_cap import cap_lines
from emobench.grid.plan.estimate import estimate, stored_times
from emobench.grid.plan.jobs import Job
from emobench.grid.plan.plan import Plan, joined, make_plan
from emobench.grid.plan.request import Request
from emobench.grid.plan.summary import account
from emobench.grid.results.record import write_grids, write_records
from emobench.grid.results.shards import waiting_rows, write_shard
from emobench.grid.results.splits import restore_splits
from emobench.grid.results.totals import Totals, WorkLeft, totals
from emobench.grid.screen import Screen, SilentScreen
from emobench.grid.search.search import Searches
from emobench.isolation.surroundings import environment_kept
from emobench.store.index import Index
from emobench.store.store import Store


def run(
    request: Request,
    root: Path,
    executor: Executor,
    device: str,
    screen: Screen,
    audience: Audience | None = None,
) -> Totals:
    """Compute everything of `request` that the results folder `root` lacks.

    `screen` shows the progress, and `audience` hears of trainings and cells, if there is one.

    Raises
    ------
    RequestError
        The request makes no sense, or the results folder cannot be written.
    """
    store = Store(root)
    store.check()
    forget_earlier_runs()
    corpora = OpenCorpora()
    # Workers import the models too; only where this process is the worker, what they set stays.
    with environment_kept() if executor.separates else contextlib.nullcontext():
        scopes = open_scopes(request, corpora, screen)
        parts, plan = distinct_parts(scopes), make_plan(scopes)
        searches = _planned_searches(scopes, request, store)
    index = Index(root)
    for line in index.notes:
        screen.say(line)
    _announce(plan, _remaining_jobs(plan, request, index), request, parts, index, screen)
    # Nothing is written before every corpus, split and option is known to make sense.
    store.open()
    index.kept = True
    write_shard(store, request.shard)
    mine = request.shard.of(plan.jobs)
    if plan.jobs and not mine and not (searches and searches.groups):
        return replace(totals(plan, index), elsewhere=True)
    data = DataPreparation(plan, parts, corpora, executor, device, screen, mine).run()
    plan = plan.without(data.unchanged)
    ended = searches is not None and searches.choose_from_store() and not request.retry_failed
    before = _tuned(scopes, searches, data.unchanged)[0] if ended and searches else None
    keys = write_records(plan, parts, data.corpora, request.bad_clips, store, index, screen, before)
    listener = TrainingBroadcast(audience, store) if audience is not None else None
    mine = request.shard.of(plan.jobs)
    _execute(plan, mine, request, index, executor, device, screen, listener)
    if searches is None:
        return totals(plan, index)
    _search(searches, request, corpora, executor, device, screen, audience)
    tuned, waiting = _tuned(scopes, searches, data.unchanged)
    # What a search has chosen is trained where its trials are; the rest are presets.
    chosen = {k: j for k, j in tuned.jobs.items() if k not in plan.jobs or request.shard.holds(k)}
    anew = not ended or bool(remaining(chosen.values(), index, request.retry_failed))
    write_grids(tuned, keys, store, plan, anew)
    if waiting:
        screen.say(waiting_rows(waiting))
    tuned = replace(tuned, jobs=chosen)
    _execute(tuned, chosen, request, index, executor, device, screen, listener)
    return totals(joined([plan, tuned]), index)


def _tuned(scopes: list[Scope], searches: Searches, unchanged: Collection[str]) -> tuple[Plan, int]:
    """The plan with what was chosen, and how many of its grids must wait for other shards."""
    tuned = make_plan(scopes, searches).without(unchanged)
    known = tuple(grid for grid in tuned.grids if grid.search is not None)
    return replace(tuned, grids=known), len(tuned.grids) - len(known)


def _planned_searches(scopes: list[Scope], request: Request, store: Store) -> Searches | None:
    """The searches of a request that asks for them, with all trainings that they are for."""
    if request.search is None:
        return None
    searches = Searches(request.search, store, request.shard)
    make_plan(scopes, searches)
    return searches


def _search(
    searches: Searches,
    request: Request,
    corpora: OpenCorpora,
    executor: Executor,
    device: str,
    screen: Screen,
    audience: Audience | None,
) -> None:
    """Run the searches, and say what each found."""
    for number, _ in enumerate(searches.prepare(corpora), start=1):
        if searches.request.inner:
            screen.prepare("inner folds: fitting on train", number, len(searches.groups))
    for line in (searches.account(), *searches.doubts()):
        screen.say(line)
    searches.run(
        executor, device, screen, request.save_every, request.retry_failed, audience,
        request.limits,
    )  # fmt: skip
    for line in searches.sentences():
        screen.say(line)


def forget_earlier_runs() -> None:
    """Close the corpora that an earlier run opened: their files may have changed since."""
    HERE.clear()
    dataset_and_table.cache_clear()
    donor_pool.cache_clear()


def dry_run(request: Request, root: Path, workers: int | None, screen: Screen) -> Totals:
    """Say what a run would do and how long it would take, without running or writing anything.

    `workers`: jobs that run at the same time; None if nobody knows.

    Raises
    ------
    RequestError
        The request makes no sense, or the results folder could not be written.
    """
    store = Store(root)
    store.check()
    scopes = open_scopes(request, OpenCorpora(), screen)
    parts, plan = distinct_parts(scopes), make_plan(scopes)
    index = Index(root)
    for line in index.notes:
        screen.say(line)
    left = _remaining_jobs(plan, request, index)
    _announce(plan, left, request, parts, index, screen)
    searches = _planned_searches(scopes, request, store)
    more: list[Job] = []
    if searches is not None:
        for line in (searches.account(), *searches.doubts()):
            screen.say(line)
        found = searches.like(request.seeds)
        more = [job for job in found if index.training(job.key) != "done"]
    trainings, expected = _trainings(left, index), None
    if trainings or more:
        expected = estimate([*left, *more], {p.label: p.corpus for p in parts}, index, workers)
        screen.say(str(expected))
    cells = sum(len(job.cells) for job in left)
    return replace(totals(plan, index), left=WorkLeft(trainings + len(more), cells, expected))


def check(request: Request) -> None:
    """Open the corpora of a request and plan it, so that what makes no sense is refused.

    Raises
    ------
    RequestError
        The request makes no sense.
    """
    make_plan(open_scopes(request, OpenCorpora(), SilentScreen()))


def _remaining_jobs(plan: Plan, request: Request, index: Index) -> list[Job]:
    """The jobs of this shard with something left to do."""
    mine = request.shard.of(plan.jobs)
    return remaining(mine.values(), index, request.retry_failed)


def _trainings(left: list[Job], index: Index) -> int:
    return sum(index.training(job.key) != "done" for job in left)


def _announce(
    plan: Plan,
    left: list[Job],
    request: Request,
    parts: list[CorpusPlan],
    index: Index,
    screen: Screen,
) -> None:
    for line in account(plan, left, _trainings(left, index), request.shard):
        screen.say(line)
    for line in cap_lines(request, left, {part.label: part.corpus for part in parts}):
        screen.say(line)


def _execute(
    plan: Plan,
    jobs: Mapping[str, Job],
    request: Request,
    index: Index,
    executor: Executor,
    device: str,
    screen: Screen,
    listener: TrainingBroadcast | None,
) -> None:
    """Run what `index` lacks of the `jobs` of a plan, and look again at what is there."""
    index.refresh()  # preparing may have taken long
    restore_splits(jobs, Store(index.root), index)
    left = remaining(jobs.values(), index, request.retry_failed)
    if listener is not None:
        listener.recall(jobs.values(), {job.key for job in left}, request.retry_failed)
    if request.search is not None and not left:
        return  # what the search is about to do is said elsewhere
    times = _expected_times(left, index)
    if plan.cells:
        kinds = Counter(_kind_text(times.kind(job), job) for job in left)
        known: dict[str, list[float]] = defaultdict(list)
        for kind, seconds in stored_times(index) if left else ():
            known[work_kind(*kind)].append(seconds)
        cells = sum(len(job.cells) for job in left)
        screen.start(cells, _trainings(left, index), kinds, known=known)
    else:
        screen.say("nothing to compute: every cell of this request is skipped")

    def still_left(job: Job) -> Job | None:
        index.look(job.key)
        return next(iter(remaining([job], index, request.retry_failed)), None)

    def failed(job: Job) -> int:
        if index.training(job.key) == "failed":
            return job.size
        states = index.states(job.key, job.cells)
        return list(states.values()).count(False)

    store = Store(index.root)
    with Claims(store.claims) as claims:
        over = {key for key in jobs.keys() - {j.key for j in left} if index.training(key) == "done"}
        store.forget_unfinished(over, claims)  # what has failed may go on with --retry-failed
        execution = Execution[Job](
            executor, index.root, device, screen.outcome, screen.tick, run_job, write_job_failure,
            times, listener, NeighbourRuns(claims, still_left, failed, screen.say),
            request.limits,
        )  # fmt: skip
        every, processes = request.save_every, request.processes
        execution.run([replace(job, save_every=every, processes=processes) for job in left])
    if left:
        index.refresh()


def _kind_text(kind: Kind | None, job: Job) -> str:
    return work_kind(*kind) if kind is not None else work_kind(job.model, None)


def _expected_times(left: list[Job], index: Index) -> ExpectedTimes[Job]:
    """What is known of the times of the jobs that are left."""

    def kind(job: Job) -> Kind | None:
        trained = index.training(job.key) == "done"
        return None if trained else (job.model, job.spec.dataset)

    return ExpectedTimes(kind, stored_times(index) if left else ())
