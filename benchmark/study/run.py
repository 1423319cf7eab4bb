"""``emobench run``: the grids of a study, one after another, and their page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.callbacks.choice import open_audience
from emobench.callbacks.run_events import RunEvents
from emobench.corpus.corpus import distrust_files
from emobench.corpus.folders import folders
from emobench.errors import RequestError
from emobench.interface.dataset import Folders
from emobench.study.executor import chosen_executor
from emobench.study.grids.notes import contract_warnings, licences, only_corrected
from emobench.study.grids.request import grid_request, refuse_early
from emobench.study.options import RunOptions
from emobench.study.outcome.announcement import render, say_totals
from emobench.study.outcome.run_end import RunEnd, plain
from emobench.study.request import Study
from emobench.terminal.voice import ALOUD, Voice

if TYPE_CHECKING:
    from emobench.callbacks.audience import Audience
    from emobench.grid.plan.request import Request
    from emobench.grid.results.totals import Totals

STOPPED = (
    "stopped: finished trainings and cells are stored, and the same command goes on from there (a "
    "training in progress from its last saved look at dev; cells of the last 30 seconds are "
    "predicted again)"
)
"""What is said of a run that somebody stops."""


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
                refuse_early(typed)
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
    voice.result(plain(end))
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
    doubts = contract_warnings(request, where)
    notes = only_corrected(request) + licences(request)
    return _Grid(typed, request, where, notes, doubts)


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
        say_totals(totals, root, dry_run, voice)
        found.append(totals)
    if dry_run or all(totals.elsewhere for totals in found):
        return RunEnd(root.absolute(), tuple(found), None)
    doubts = list(dict.fromkeys(line for one in grids for line in one.doubts))
    page = render(root, doubts, began, voice)
    return RunEnd(root.absolute(), tuple(found), page.absolute())


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
