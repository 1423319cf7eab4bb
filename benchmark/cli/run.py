"""``emobench run``: from words to a request, and from totals to an exit status."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from emobench.cli.backbone import with_backbones
from emobench.cli.folders import folders
from emobench.cli.options import RunOptions
from emobench.corpus.joint.request import corpus_requests
from emobench.discovery.registry import Entry, registry, resolve
from emobench.errors import RequestError
from emobench.executor import open_executor
from emobench.interface.card import VARIANTS, Card, DatasetCard
from emobench.interface.dataset import Folders
from emobench.wording import counted

if TYPE_CHECKING:
    from emobench.grid.plan.request import Request
    from emobench.grid.results.totals import Totals


def default_dataset() -> str:
    """Name of the corpus whose card says that it is the default."""
    for name, entry in registry("dataset").items():
        if isinstance(entry.card, DatasetCard) and entry.card.default:
            return name
    raise RequestError("No corpus is the default; name one with --dataset.")


def run_command(typed: RunOptions) -> int:
    """Run a grid and render the leaderboard; returns the exit status."""
    if typed.jobs is not None and typed.jobs < 1:
        raise RequestError(f"--jobs must be at least 1, got {typed.jobs}.")
    where = folders(typed.data_dir, typed.cache_dir)
    request = _request(typed, where)
    notes, doubts = _only_corrected(request), _doubts(request, where)
    return _run(request, typed, notes, doubts)


def _request(typed: RunOptions, where: Folders) -> Request:
    chosen = [(e, _capped(e, o, typed.epochs)) for e, o in resolve("model", typed.models)]
    if typed.backbones:
        chosen = with_backbones(chosen, typed.backbones)
    protocols = resolve("protocol", typed.protocol)
    words = typed.dataset or default_dataset()
    corpora = corpus_requests(words, typed.auxiliary, typed.folds, where)

    from emobench.backbones.frozen_encoder import parse
    from emobench.conditions.mask_set import read_masks
    from emobench.grid.plan.request import Request

    asked = tuple(v.strip() for v in typed.variant.split(","))
    return Request(
        models=chosen,
        protocols=protocols,
        corpora=corpora,
        seeds=typed.seeds,
        folds=typed.folds,
        track=typed.track,
        variants=VARIANTS if typed.variant == "both" else asked,
        bad_clips=typed.bad_clips,
        retry_failed=typed.retry_failed,
        encoders=tuple(parse(word) for word in typed.encoders),
        masks=read_masks(typed.masks) if typed.masks is not None else None,
    )


def _capped(entry: Entry, options: dict[str, str], epochs: int | None) -> dict[str, str]:
    """Options with the cap on epochs, so that a row's name says that it was trained for less.

    The reference rows are solved in closed form and know no epochs.
    """
    reference = getattr(entry.card, "kind", "") == "reference"
    return options if epochs is None or reference else options | {"epochs": str(epochs)}


def _only_corrected(request: Request) -> list[str]:
    """Say that reference rows know no other variant, where another one was asked for."""
    rows = [
        entry.name
        for entry, _ in request.models
        if isinstance(entry.card, Card) and entry.card.kind == "reference"
    ]
    if not rows or "corrected" in request.variants:
        return []
    have, are = ("have", "are") if rows[1:] else ("has", "is")
    return [f"{', '.join(rows)} {have} no variant but corrected and {are} run in that"]


def _doubts(request: Request, where: Folders) -> list[str]:
    """A warning for each model that is not built in and has not passed the check as it stands."""
    from emobench.contract.verdicts import FAILED, UNCHECKED, read_verdict
    from emobench.grid.plan.candidates import variants_of

    found = []
    for entry, options in request.models:
        assert isinstance(entry.card, Card)
        for variant in variants_of(entry.card, request.variants):
            verdict = read_verdict(where.cache, entry, options, variant, request.track)
            if verdict is None or variant not in entry.card.variants:
                continue
            name = _typed(entry) if variant == "corrected" else f"{_typed(entry)} ({variant})"
            if verdict.state == FAILED:
                checks = f"{counted(len(verdict.failed), 'check')}: {', '.join(verdict.failed)}"
                found.append(f"warning: {name} has failed `emobench check` ({checks})")
            elif verdict.state == UNCHECKED:
                track = "" if request.track == "controlled" else f" --track {request.track}"
                told = f"warning: {name} was not checked as it stands"
                found.append(f"{told}: emobench check {_typed(entry)}{track}")
    return found


def _typed(entry: Entry) -> str:
    """What to type for a model: its name, or the path of its file from here."""
    if entry.module is not None:
        return entry.name
    here = Path.cwd().resolve()
    return str(entry.path.relative_to(here) if entry.path.is_relative_to(here) else entry.path)


def _run(request: Request, typed: RunOptions, notes: list[str], doubts: list[str]) -> int:
    # The workers compute, one thread each; this process only plans and waits.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from emobench.cli.progress import screen
    from emobench.grid.run import dry_run, run

    place = _checked_device(typed.device)
    count = typed.jobs or (1 if place == "cuda" else os.cpu_count() or 1)
    with open_executor(typed.executor, count) as executor, screen(executor.count) as display:
        for line in notes + doubts:
            display.say(line)
        if typed.dry_run:
            _say_skipped(dry_run(request, typed.results, executor.count, display))
            return 0
        totals = run(request, typed.results, executor, typed.device, display)
    return _conclude(totals, typed.results, doubts)


def _conclude(totals: Totals, results: Path, doubts: list[str]) -> int:
    """Render the page and say what became of the cells; returns the exit status."""
    from emobench.leaderboard import render

    page = render(results)
    _say_skipped(totals)
    skipped, failed = totals.skipped.total(), totals.failed
    are = "is" if totals.done == 1 else "are"
    typer.echo(f"{counted(totals.done, 'cell')} {are} there, {skipped} skipped, {failed} failed")
    if totals.failed:
        typer.echo(
            f"the page lists what failed, {results}/*/*/failure.json has the tracebacks; "
            "--retry-failed runs it again"
        )
    # Again, because hours and many lines can lie between.
    for line in doubts:
        typer.echo(line)
    typer.echo(f"The leaderboard is at {page.resolve()}")
    return 1 if totals.failed else 0


SHOWN = 12
"""Reasons for skipping that the terminal lists; the page has all."""


def _say_skipped(totals: Totals) -> None:
    """Say what is skipped, reason by reason, the most frequent first."""
    cells, whose = Counter[str](), defaultdict[str, list[str]](list)
    for (who, reason), count in totals.skipped.items():
        cells[reason] += count
        whose[reason].append(who)
    for reason, count in cells.most_common(SHOWN):
        names = whose[reason]
        who = names[0] if len(names) == 1 else f"{len(names)} models"
        typer.echo(f"skipped: {who}: {reason} ({counted(count, 'cell')})")
    if len(cells) > SHOWN:
        rest = sum(count for _, count in cells.most_common()[SHOWN:])
        more = counted(len(cells) - SHOWN, "other reason")
        typer.echo(f"skipped for {more}: {counted(rest, 'cell')}; the page of a run lists each")


def _checked_device(name: str) -> str:
    """Kind of the device that `name` means here; an unknown or absent one is an error."""
    import torch

    from emobench.training.device import choose_device

    try:
        device = choose_device(name)
    except RuntimeError:
        raise RequestError(f"Unknown device {name!r}. Known: auto, cpu, cuda, cuda:N.") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise RequestError(f"--device {name}: torch sees no CUDA device here. Use auto or cpu.")
    if device.type not in ("cpu", "cuda"):
        raise RequestError(f"Unknown device {name!r}. Known: auto, cpu, cuda, cuda:N.")
    return device.type
