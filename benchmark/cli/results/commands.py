"""The commands of ``emobench results``; nothing here imports torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emobench.cli import options
from emobench.cli.folders import CacheDir, DataDir
from emobench.results import check_folder
from emobench.terminal.voice import Json, Quiet, Voice

results = typer.Typer(
    help="What a results folder holds; several folders in one; results as a public record.",
    no_args_is_help=True,
)
Place = Annotated[Path, typer.Argument(help="The results folder.")]


@results.command(name="list")
def list_(
    folder: Place = Path("results"),
    json: Json = False,
    failed: Annotated[
        bool, typer.Option("--failed", help="Print why each training and cell failed.")
    ] = False,
) -> None:
    """Count trainings and cells by corpus, protocol and model."""
    from emobench.cli.results.inventory_table import print_failures, print_inventory

    check_folder(folder)
    if failed:
        print_failures(folder, json)
    else:
        print_inventory(folder, json)


@results.command()
def verify(folder: Place = Path("results"), json: Json = False) -> None:
    """Compare every file with its checksum; exit status 1 if one is damaged."""
    from emobench.cli.results.health import print_verification
    from emobench.results import verify as look

    found = look(folder)
    print_verification(folder, found, json)
    raise typer.Exit(1 if found.faults else 0)


@results.command()
def repair(folder: Place = Path("results"), quiet: Quiet = False) -> None:
    """Put damaged files aside, so that the commands that made them compute them again."""
    from emobench.cli.results.health import print_repair
    from emobench.results import verify as look
    from emobench.store.verification import repair as put_aside

    found = look(folder)
    print_repair(folder, found, put_aside(folder, found) if found.faults else None, Voice(quiet))


@results.command()
def migrate(folder: Place = Path("results"), quiet: Quiet = False) -> None:
    """Rewrite what an older version stored in many files; nothing is lost if it is stopped."""
    from emobench.results import migrate as rewrite
    from emobench.wording import counted

    voice = Voice(quiet)
    done = rewrite(folder)
    for line in done.left:
        voice.fault(line)
    if not (done.trainings or done.cells or done.trials):
        said = f"{folder} holds nothing of the older layout that can be rewritten"
        voice.made(folder, said)
        return
    voice.made(
        folder,
        f"rewrote {counted(done.trainings, 'training')}, {counted(done.cells, 'cell')} and "
        f"{counted(done.trials, 'trial')} of {folder}",
    )


@results.command()
def merge(
    folders: Annotated[list[Path], typer.Argument(help="Results folders; the first one wins.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to copy them into.")],
    quiet: Quiet = False,
) -> None:
    """Copy results folders into one; exit status 1 if they contradict each other."""
    from emobench.results import merge as copy_all
    from emobench.wording import counted

    voice, done = Voice(quiet), copy_all(folders, out)
    for line in done.broken:
        voice.fault(f"not copied: {line}")
    for line in done.conflicts:
        voice.fault(f"conflict: {line}; the first one is kept")
    copied = [counted(done.copied[kind], kind[:-1]) for kind in ("trainings", "cells", "trials")]
    voice.made(out, f"copied {', '.join(copied)} into {out}")
    if done.conflicts:
        voice.say(f"{counted(len(done.conflicts), 'conflict')}: see above")
        raise typer.Exit(1)


@results.command()
def export(
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write.")],
    folder: Place = Path("results"),
    dataset: options.OnlyDataset = None,
    protocol: options.OnlyProtocol = None,
    models: Annotated[
        str | None,
        typer.Option(help="Only these models: names as on the page, commas and wildcards."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write results and predictions as Parquet and CSV, readable without emobench."""
    from emobench.results import export as write
    from emobench.wording import counted

    voice, done = Voice(quiet), write(out, folder, dataset, protocol, models)
    for line in done.notes:
        voice.say(line)
    voice.made(
        out,
        f"wrote {counted(done.results, 'row')} of results and {counted(done.predictions, 'row')} "
        f"of predictions into {out} ({done.bytes / 2**20:.1f} MiB); check it with: emobench "
        f"results validate {out}",
    )


@results.command()
def validate(
    submissions: Annotated[
        list[Path], typer.Argument(help="Folders of submissions, or files in them.")
    ],
    json: Json = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="What differs or is not at hand here is a fault too."),
    ] = False,
    corpora: Annotated[
        bool,
        typer.Option("--corpora", help="Open corpora that were not opened here before."),
    ] = False,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
) -> None:
    """Check submissions; exit status 1 if something is wrong, 2 if one cannot be read."""
    from emobench.cli.results.verdict_text import print_verdicts
    from emobench.results import validate as check

    verdicts = check(submissions, corpora, data_dir, cache_dir)
    print_verdicts(verdicts, strict, json)
    raise typer.Exit(max(verdict.status(strict) for verdict in verdicts))
