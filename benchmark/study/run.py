"""``emobench run``: from options to requests, and from totals to an exit status."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.callbacks.choice import open_audience
from emobench.callbacks.run_events import RunEvents
from emobench.corpus.corpus import distrust_files
from emobench.corpus.folders import folders
from emobench.corpus.joint.request import corpus_requests
from emobench.discovery.registry import Entry, resolve
from emobench.errors import RequestError
from emobench.interface.card import VARIANTS, Card
from emobench.interface.dataset import Folders
from emobench.study.backbone import with_backbones
from emobench.study.corpus import default_dataset
from emobench.study.executor import chosen_executor, executor_choice, kept_limits
from emobench.study.options import RunOptions
from emobench.study.request import Study
from emobench.terminal.voice import ALOUD, Voice
from emobench.wording import counted

if TYPE_CHECKING:
    from emobench.callbacks.audience import Audience
    from emobench.grid.plan.request import Request, SearchRequest
    from emobench.grid.results.totals import Totals

STOPPED = (
    "stopped: finished trainings and cells are stored, and the same command goes on from there (a "
    "training in progress from its last saved look at dev; cells of the last 30 seconds are "
    "predicted again)"
)
"""What is said of a run that somebody stops."""


@dataclass(frozen=True)
class RunEnd:
    """What a run came to.

    Parameters
    ----------
    results
        The results folder.
    totals
        The cells of each grid.
    page
        The page; None if none was made.
    """

    results: Path
    totals: tuple[Totals, ...]
    page: Path | None

    @property
    def status(self) -> int:
        """The exit status: 1 if cells failed."""
        return 1 if any(one.failed for one in self.totals) else 0

    @property
    def counts(self) -> tuple[int, int, int]:
        """Numbers of cells over all grids: those that are there, failed, and skipped."""
        every = self.totals
        skipped = sum(one.skipped.total() for one in every)
        return sum(one.done for one in every), sum(one.failed for one in every), skipped


@dataclass(frozen=True)
class _Grid:
    """A grid of a study: its options, what they ask for, and what is said of it first and last."""

    typed: RunOptions
    request: Request
    where: Folders
    notes: list[str]
    doubts: list[str]


def run_study(study: Study, dry_run: bool = False, voice: Voice = ALOUD) -> RunEnd:
    """Run the grids of a study one after another, and render the leaderboard.

    Parameters
    ----------
    study
        What to run.
    dry_run
        Only say what each grid would take.
    voice
        Whether words are printed, and whether the end is printed as JSON.

    Raises
    ------
    RequestError
        A request makes no sense; where there are several, none of them has been begun.
    """
    first = study.grids[0]
    here = study.folder == Path.cwd()
    with study.entered(), ExitStack() as stack:
        for number, typed in enumerate(study.grids):
            with _placed(study, number):
                _refuse_early(typed)
        grids = [_grid(study, number) for number in range(len(study.grids))]
        audience = open_audience(first.callbacks, study.objects)
        root = first.folder if here else study.results
        if first.address is not None:
            from emobench.remote.mirror import Mirror, working_folder

            root = working_folder(first.address, grids[0].where.cache)
            stack.enter_context(Mirror(first.address, root))
        _say_plan(study, root, dry_run, voice)
        with RunEvents(None if dry_run else audience, root, study.toml, voice.fault) as events:
            end = _run_all(study, grids, root, dry_run, voice, audience)
            done, failed, skipped = end.counts
            events.finish(end.page, done, failed, skipped)
    voice.result(_plain(end))
    return end


def _say_plan(study: Study, root: Path, dry_run: bool, voice: Voice) -> None:
    """Say what was frozen before, and where this run departs from it."""
    from emobench.store.records.plans import PLANS

    if study.plan is None and not (root / PLANS).is_dir():
        return
    from emobench.study.plans.notice import plan_notice

    for line in plan_notice(study, root, not dry_run):
        voice.say(line)


@contextmanager
def _placed(study: Study, number: int) -> Iterator[None]:
    """Say of what makes no sense where it is written."""
    try:
        yield
    except RequestError as error:
        if not study.places:
            raise
        raise type(error)(f"{study.places[number]}{error}") from error


def _grid(study: Study, number: int) -> _Grid:
    typed = study.grids[number]
    with _placed(study, number):
        where = folders(typed.data_dir, typed.cache_dir)
        request = grid_request(typed, where)
    if typed.verify_data:
        for corpus in request.corpora:
            distrust_files(corpus)
    doubts = _contract_warnings(request, where)
    notes = _only_corrected(request) + _licences(request)
    return _Grid(typed, request, where, notes, doubts)


def _plain(end: RunEnd) -> dict[str, Any]:
    """What a run came to as a program gets it; the keys are documented, and stay."""
    grids: list[dict[str, Any]] = []
    for one in end.totals:
        skips = [
            {"row": who, "reason": reason, "cells": count}
            for (who, reason), count in one.skipped.items()
        ]
        found: dict[str, Any] = {
            "done": one.done,
            "failed": one.failed,
            "skipped": one.skipped.total(),
        }
        grids.append(found | {"elsewhere": one.elsewhere, "skips": skips, "left": _left(one)})
    return {"results": end.results, "page": end.page, "grids": grids}


def _left(one: Totals) -> dict[str, Any] | None:
    """What a dry run found to do."""
    if one.left is None:
        return None
    expected = one.left.estimate
    seconds = None
    if expected is not None:
        seconds = {"low": expected.low, "high": expected.high, "workers": expected.workers}
    return {"trainings": one.left.trainings, "cells": one.left.cells, "seconds": seconds}


def _run_all(
    study: Study,
    grids: list[_Grid],
    root: Path,
    dry_run: bool,
    voice: Voice,
    audience: Audience | None,
) -> RunEnd:
    # The workers compute with one thread each; this process only plans and waits.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if len(grids) > 1:
        from emobench.grid.run import check

        for number, one in enumerate(grids):
            with _placed(study, number):
                _check_machine(one)
                check(one.request)
    began = datetime.now(UTC).isoformat()
    found = []
    for number, one in enumerate(grids, start=1):
        if len(grids) > 1:
            voice.say(f"grid {number} of {len(grids)}")
        with _placed(study, number - 1):
            totals = _run(one, root, dry_run, voice, audience)
        _say_totals(totals, root, dry_run, voice)
        found.append(totals)
    if dry_run or all(totals.elsewhere for totals in found):
        return RunEnd(root.absolute(), tuple(found), None)
    doubts = list(dict.fromkeys(line for one in grids for line in one.doubts))
    page = _render(root, doubts, began, voice)
    return RunEnd(root.absolute(), tuple(found), page.absolute())


def _refuse_early(typed: RunOptions) -> None:
    """Refuse what can be refused before a corpus is opened and torch is imported."""
    from emobench.grid.plan.shard import parse_shard
    from emobench.store.store import Store

    if typed.jobs is not None and typed.jobs < 1:
        raise RequestError(f"--jobs must be at least 1, got {typed.jobs}.")
    parse_shard(typed.shard)
    executor_choice(typed)
    kept_limits(typed)
    if typed.address is None:
        Store(typed.folder).check()


def grid_request(typed: RunOptions, where: Folders) -> Request:
    """Return what the options of a grid ask for.

    Raises
    ------
    RequestError
        A name is unknown, or options contradict one another.
    """
    chosen = [(e, _with_epoch_cap(e, o, typed.epochs)) for e, o in resolve("model", typed.models)]
    if typed.backbone:
        chosen = with_backbones(chosen, typed.backbone)
    protocols = resolve("protocol", typed.protocol)
    words = typed.dataset or default_dataset()
    corpora = corpus_requests(words, typed.auxiliary, typed.folds, where)

    from emobench.conditions.mask_set import read_masks
    from emobench.discovery.chosen_features import parse
    from emobench.grid.plan.request import Request
    from emobench.grid.plan.shard import parse_shard

    asked = tuple(v.strip() for v in typed.variant.split(","))
    return Request(
        models=chosen,
        protocols=protocols,
        corpora=corpora,
        seeds=typed.seeds,
        folds=typed.folds,
        dev_folds=typed.dev_folds,
        track=typed.track,
        variants=VARIANTS if typed.variant == "both" else asked,
        save_every=typed.save_every,
        processes=typed.processes,
        bad_clips=typed.bad_clips,
        retry_failed=typed.retry_failed,
        encoders=tuple(parse(word) for word in typed.encoder),
        masks=read_masks(typed.masks) if typed.masks is not None else None,
        search=_search(typed),
        shard=parse_shard(typed.shard),
        limits=kept_limits(typed),
    )


def _search(typed: RunOptions) -> SearchRequest | None:
    from emobench.grid.plan.request import SearchRequest

    if typed.tune is not None:
        return SearchRequest(typed.tune, typed.halving, typed.inner or 0)
    if typed.halving or typed.inner is not None:
        option = "--halving" if typed.halving else f"--inner {typed.inner}"
        raise RequestError(f"{option} is about a search; say how many trials with --tune N.")
    return None


def _with_epoch_cap(entry: Entry, options: dict[str, str], epochs: int | None) -> dict[str, str]:
    """Add the cap on epochs to the options, so that the row's name shows the shorter training.

    Rows that are solved in closed form have no epochs.
    """
    solved = getattr(entry.card, "closed_form", False)
    return options if epochs is None or solved else options | {"epochs": str(epochs)}


def _only_corrected(request: Request) -> list[str]:
    """Say that reference rows have no other variant, if another variant was requested."""
    rows = [
        entry.name
        for entry, _ in request.models
        if isinstance(entry.card, Card) and entry.card.kind == "reference"
    ]
    if not rows or "corrected" in request.variants:
        return []
    have, are = ("have", "are") if rows[1:] else ("has", "is")
    return [f"{', '.join(rows)} {have} no variant but corrected and {are} run in that"]


def _licences(request: Request) -> list[str]:
    """Say whose licence binds the features that every model gets."""
    from emobench.discovery.representations import representation

    kinds = [(e.label, representation(e.name)) for e in request.encoders]
    return [f"{label}: {kind.licence}" for label, kind in kinds if kind.licence]


def _contract_warnings(request: Request, where: Folders) -> list[str]:
    """Warn of each model that is not built in and has not passed the check in its present form."""
    from emobench.contract.verdicts import FAILED, UNCHECKED, read_verdict
    from emobench.grid.plan.candidates import variants_of

    found = []
    for entry, options in request.models:
        assert isinstance(entry.card, Card)
        for variant in variants_of(entry.card, request.variants):
            verdict = read_verdict(where.cache, entry, options, variant, request.track)
            if verdict is None or variant not in entry.card.variants:
                continue
            typed = _typed_name(entry)
            name = typed if variant == "corrected" else f"{typed} ({variant})"
            if verdict.state == FAILED:
                checks = f"{counted(len(verdict.failed), 'check')}: {', '.join(verdict.failed)}"
                found.append(f"warning: {name} has failed `emobench check` ({checks})")
            elif verdict.state == UNCHECKED:
                track = "" if request.track == "controlled" else f" --track {request.track}"
                warning = f"warning: {name} was not checked as it stands"
                found.append(f"{warning}: emobench check {typed}{track}")
    return found


def _typed_name(entry: Entry) -> str:
    """How a user types a model: its name, or the relative path of its file."""
    if entry.module is not None:
        return entry.name
    here = Path.cwd().resolve()
    return str(entry.path.relative_to(here) if entry.path.is_relative_to(here) else entry.path)


def _check_machine(grid: _Grid) -> None:
    """Refuse a device or a team of processes that this machine has not."""
    from emobench.grid.execution.team_processes import check_team
    from emobench.study.executor import checked_device, executor_choice

    kind, _ = executor_choice(grid.typed)
    checked_device(grid.typed.device, kind.here)
    if grid.request.processes > 1:
        from emobench.training.device import choose_device

        check_team(grid.request.processes, choose_device(grid.typed.device).type == "cpu")


def _run(grid: _Grid, root: Path, dry_run: bool, voice: Voice, audience: Audience | None) -> Totals:
    from emobench.grid.execution.team_processes import check_team
    from emobench.grid.run import dry_run as try_out
    from emobench.grid.run import run
    from emobench.terminal.progress import screen

    typed, request = grid.typed, grid.request
    if request.processes > 1:
        from emobench.training.device import choose_device

        check_team(request.processes, choose_device(typed.device).type == "cpu")
    with (
        chosen_executor(typed, root) as executor,
        screen(lambda: executor.parallel, typed.watch, voice) as display,
    ):
        executor.say = display.say
        for line in grid.notes + grid.doubts:
            display.say(line)
        if dry_run:
            return try_out(request, root, executor.parallel, display)
        device = executor.place(typed.device)
        if audience is not None:
            audience.say = display.say
        return run(request, root, executor, device, display, audience)


def _say_totals(totals: Totals, results: Path, dry_run: bool, voice: Voice) -> None:
    """Print how many cells are done, skipped and failed."""
    if totals.elsewhere:
        voice.say(
            "all trainings of this request are in other shards: nothing was computed, and no page "
            "is made"
        )
        return
    _say_skipped(totals, voice)
    if dry_run:
        return
    skipped, failed = totals.skipped.total(), totals.failed
    are = "is" if totals.done == 1 else "are"
    tell = voice.fault if failed else voice.say
    tell(f"{counted(totals.done, 'cell')} {are} there, {skipped} skipped, {failed} failed")
    if totals.failed:
        voice.fault(
            f"the page lists what failed, `emobench results list {results} --failed` has the "
            "tracebacks; --retry-failed runs it again"
        )


def _render(results: Path, doubts: Sequence[str], began: str, voice: Voice) -> Path:
    """Render the page and say where it is.

    `began` is when the run began: the searches since then are summed up.
    """
    from emobench.leaderboard import render_run

    page, searches, outdated = render_run(results, began)
    for line in searches:
        voice.say(line)
    # Repeated: the first warning can be hours and many lines above.
    for line in [*doubts, *outdated]:
        voice.say(line)
    voice.made(page.resolve(), f"The leaderboard is at {page.resolve()}")
    return page


SHOWN = 12
"""Number of skip reasons that the terminal lists; the page lists all."""


def _say_skipped(totals: Totals, voice: Voice) -> None:
    """Print the reasons for skipped cells, the most frequent first."""
    cells, whose = Counter[str](), defaultdict[str, list[str]](list)
    for (who, reason), count in totals.skipped.items():
        cells[reason] += count
        whose[reason].append(who)
    for reason, count in cells.most_common(SHOWN):
        names = whose[reason]
        who = names[0] if len(names) == 1 else f"{len(names)} models"
        voice.say(f"skipped: {who}: {reason} ({counted(count, 'cell')})")
    if len(cells) > SHOWN:
        rest = sum(count for _, count in cells.most_common()[SHOWN:])
        more = counted(len(cells) - SHOWN, "other reason")
        voice.say(f"skipped for {more}: {counted(rest, 'cell')}; the page of a run lists each")
