"""The ``emobench`` command. Nothing here imports torch before a command needs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from emobench import __version__
from emobench.cli.data import data
from emobench.cli.folders import CacheDir, DataDir
from emobench.cli.masks import masks as mask_commands
from emobench.errors import RequestError

app = typer.Typer(
    name="emobench",
    help="What published multimodal emotion recognition architectures really score, and what is "
    "left of them when a modality is missing.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    pretty_exceptions_show_locals=False,
)

Results = Annotated[Path, typer.Option("--results", help="Folder of the results.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"emobench {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Say what is common to all commands."""


app.add_typer(data, name="data")
app.add_typer(mask_commands, name="masks")


@app.command()
def run(
    models: Annotated[
        str,
        typer.Option(help="Names, commas, 'all', wildcards, paths; NAME:key=value is an option."),
    ] = "all",
    protocol: Annotated[
        str,
        typer.Option(help="Names, commas, 'all', wildcards, paths; NAME:key=value is an option."),
    ] = ("missing_modality"),
    dataset: Annotated[
        str | None,
        typer.Option(
            help="Names with options, NAME:key=value; joint corpora, text=NAME+audio&vision=NAME. "
            "Default: simulated."
        ),
    ] = None,
    auxiliary: Annotated[
        str | None, typer.Option(help="Corpora added to train alone, text=NAME+vision=NAME.")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Number of seeds.")] = 3,
    folds: Annotated[
        int | None, typer.Option(help="Group-disjoint folds instead of the corpus's own split.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(help="Worker processes. Default: one per core, one on a GPU.")
    ] = None,
    track: Annotated[str, typer.Option(help="controlled or published.")] = "controlled",
    variant: Annotated[str, typer.Option(help="corrected, as_published, or both.")] = "corrected",
    backbone: Annotated[
        list[str] | None,
        typer.Option(help="MODALITY=NAME_OR_FOLDER, for the published track; may be repeated."),
    ] = None,
    encoder: Annotated[
        list[str] | None,
        typer.Option(
            help="MODALITY=NAME_OR_FOLDER[:layer=N][:pool=N]: a frozen pretrained encoder whose "
            "features every model gets on the controlled track; may be repeated."
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="At most so many epochs; shown in the rows' names.")
    ] = None,
    bad_clips: Annotated[
        str, typer.Option(help="Unusable clips: 'absent' (their modality is missing) or 'fail'.")
    ] = "absent",
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    results: Results = Path("results"),
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1.")] = "auto",
    masks: Annotated[
        Path | None,
        typer.Option(help="A mask set from `emobench masks export`, shown in place of our draw."),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Run again what failed before.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say how many trainings and about how long; run nothing."),
    ] = False,
) -> None:
    """Train and evaluate what is not there yet, and render the leaderboard."""
    from emobench.cli.run import run_command

    try:
        code = run_command(
            models, protocol, dataset, variant, results, device, jobs, epochs, data_dir, cache_dir,
            seeds=seeds, folds=folds, track=track, bad_clips=bad_clips, retry_failed=retry_failed,
            backbones=tuple(backbone or ()), auxiliary=auxiliary, encoders=tuple(encoder or ()),
            masks=masks, dry_run=dry_run,
        )  # fmt: skip
    except KeyboardInterrupt:
        typer.echo(
            "stopped: finished trainings and cells are stored, and the same command goes on from "
            "there (a training in progress starts again)",
            err=True,
        )
        raise typer.Exit(130) from None
    raise typer.Exit(code)


@app.command()
def leaderboard(results: Results = Path("results")) -> None:
    """Render the page again from what is stored."""
    from emobench.leaderboard import render

    typer.echo(f"The leaderboard is at {render(results).resolve()}")


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="A model, as the leaderboard calls it.")],
    second: Annotated[str, typer.Argument(help="Another one.")],
    results: Results = Path("results"),
    measure: Annotated[
        str, typer.Option(help="A measure, by its column in the CSV table.")
    ] = "macro_f1",
    dataset: Annotated[str | None, typer.Option(help="Only this corpus.")] = None,
    protocol: Annotated[str | None, typer.Option(help="Only this protocol.")] = None,
) -> None:
    """Test two models against each other on the same utterances."""
    from emobench.cli.compare import compare_command

    compare_command(first, second, results, measure, dataset, protocol)


@app.command(name="list")
def list_(
    kind: Annotated[str, typer.Argument(help="models, datasets, protocols, or all.")] = "all",
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the models, corpora and protocols there are."""
    from emobench.cli.catalogue import list_command

    list_command(kind, json)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A model, corpus or protocol, or a path.")],
) -> None:
    """Show the card of a model, a corpus or a protocol."""
    from emobench.cli.catalogue import show_command

    show_command(name)


@app.command()
def check(
    models: Annotated[
        list[str],
        typer.Argument(help="Names, commas, 'all', wildcards, paths; NAME:key=value is an option."),
    ],
    variant: Annotated[
        str, typer.Option(help="corrected, as_published, or both that the card has.")
    ] = "both",
    checks: Annotated[
        str | None, typer.Option(help="Names of checks, separated by commas. Default: all.")
    ] = None,
    track: Annotated[str, typer.Option(help="controlled or published.")] = "controlled",
    backbone: Annotated[
        list[str] | None,
        typer.Option(help="MODALITY=NAME_OR_FOLDER, for the published track; may be repeated."),
    ] = None,
    cache_dir: CacheDir = None,
) -> None:
    """Check that a model keeps the contract: masks, batch independence, gradients, and more."""
    from emobench.cli.check import check_command

    words = tuple(backbone or ())
    raise typer.Exit(check_command(models, variant, checks, track, words, cache_dir))


@app.command()
def new_model(
    name: Annotated[str, typer.Argument(help="Name of the model, and of its file.")],
) -> None:
    """Write NAME.py here: a small model that passes the check and runs, to start from."""
    from emobench.cli.new_model import new_model_command

    new_model_command(name, Path.cwd())


def main() -> None:
    """Run the command line; a request that makes no sense ends in one sentence and status 2."""
    # The workers compute, one thread each. NumPy reads this when it is first imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        app()
    except RequestError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)
