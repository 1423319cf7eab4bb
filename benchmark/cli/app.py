"""The ``emobench`` command. Nothing here imports torch before a command needs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from emobench import __version__
from emobench.cli import options
from emobench.cli.data import data
from emobench.cli.folders import CacheDir, DataDir
from emobench.cli.masks import masks as mask_commands
from emobench.cli.results.commands import results as result_commands
from emobench.disk.refusal import refusal, refusal_text
from emobench.errors import RequestError
from emobench.executor import DEFAULT

app = typer.Typer(
    name="emobench",
    help="What published multimodal emotion recognition architectures really score, and what is "
    "left of them when a modality is missing.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


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
    """Take the options that all commands share."""


app.add_typer(data, name="data")
app.add_typer(mask_commands, name="masks")
app.add_typer(result_commands, name="results")


@app.command()
def run(
    models: options.Choice = "all",
    protocol: options.Choice = "missing_modality",
    dataset: options.Dataset = None,
    auxiliary: options.Auxiliary = None,
    seeds: options.Seeds = 3,
    folds: options.Folds = None,
    dev_folds: options.DevFolds = None,
    jobs: options.Jobs = None,
    executor: options.ExecutorName = DEFAULT,
    ray_address: options.RayAddress = None,
    shard: options.Shard = None,
    track: options.Track = "controlled",
    variant: options.Variant = "corrected",
    backbone: options.Backbone = None,
    encoder: options.Encoder = None,
    epochs: options.Epochs = None,
    bad_clips: options.BadClips = "absent",
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    results: options.ResultsOrAddress = "results",
    device: options.Device = "auto",
    masks: options.Masks = None,
    retry_failed: options.RetryFailed = False,
    dry_run: options.DryRun = False,
    save_every: options.SaveEvery = 5,
    processes: options.Processes = 1,
    watch: options.Watch = False,
    verify_data: options.VerifyData = False,
    tune: options.Tune = None,
    halving: options.Halving = False,
    inner: options.Inner = None,
) -> None:
    """Train and evaluate what the results lack, and render the leaderboard."""
    from emobench.cli.run import run_command
    from emobench.remote.mirror import is_address

    backbones, encoders = tuple(backbone or ()), tuple(encoder or ())
    typed = options.RunOptions(
        models=models, protocol=protocol, dataset=dataset, auxiliary=auxiliary, seeds=seeds,
        folds=folds, dev_folds=dev_folds, jobs=jobs, executor=executor,
        ray_address=ray_address, shard=shard, track=track,
        variant=variant, backbones=backbones, encoders=encoders, epochs=epochs, bad_clips=bad_clips,
        data_dir=data_dir, cache_dir=cache_dir, results=Path(results),
        address=results if is_address(results) else None, device=device, masks=masks,
        retry_failed=retry_failed, dry_run=dry_run, save_every=save_every, processes=processes,
        watch=watch, verify_data=verify_data, tune=tune, halving=halving, inner=inner,
    )  # fmt: skip
    try:
        code = run_command(typed)
    except KeyboardInterrupt:
        typer.echo(
            "stopped: finished trainings and cells are stored, and the same command goes on from "
            "there (a training in progress from its last saved look at dev; cells of the last 30 "
            "seconds are predicted again)",
            err=True,
        )
        raise typer.Exit(130) from None
    raise typer.Exit(code)


@app.command()
def leaderboard(
    results: options.Results = Path("results"),
    dataset: options.OnlyDataset = None,
    protocol: options.OnlyProtocol = None,
    models: options.OnlyModels = None,
    take_away: options.TakeAway = False,
    serve: options.Serve = False,
    port: options.Port = None,
    open_: options.Open = None,
) -> None:
    """Render the page again from what is stored, or a part of it; or follow what is running."""
    from emobench.cli.findings.leaderboard import PageOptions, leaderboard_command

    leaderboard_command(
        PageOptions(results, dataset, protocol, models, take_away, serve, port, open_)
    )


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="A model, as the leaderboard calls it.")],
    second: Annotated[str, typer.Argument(help="The model to compare it with.")],
    results: options.Results = Path("results"),
    measure: Annotated[
        str, typer.Option(help="A measure, by its column in the CSV table.")
    ] = "macro_f1",
    dataset: options.OnlyDataset = None,
    protocol: options.OnlyProtocol = None,
    margin: options.Margin = None,
) -> None:
    """Test two models against each other on the same utterances."""
    from emobench.cli.findings.compare import compare_command

    compare_command(first, second, results, measure, dataset, protocol, margin)


@app.command()
def power(
    models: options.Several = None,
    difference: options.Difference = None,
    results: options.Results = Path("results"),
    measure: Annotated[
        str, typer.Option(help="A measure, by its column in the CSV table.")
    ] = "macro_f1",
    dataset: options.OnlyDataset = None,
    protocol: options.OnlyProtocol = None,
) -> None:
    """Say what difference between models the stored results find, and what would find more."""
    from emobench.cli.findings.power import power_command

    power_command(models, difference, results, measure, dataset, protocol)


@app.command()
def report(
    model: options.StoredModel,
    results: options.Results = Path("results"),
    dataset: options.OnlyDataset = None,
    protocol: options.OnlyProtocol = None,
    regime: options.OnlyRegime = None,
    condition: options.OneCondition = None,
    seed: Annotated[
        int | None, typer.Option(help="Only this seed. Default: the mean over seeds.")
    ] = None,
) -> None:
    """Print precision, recall and F1 of every class from stored predictions."""
    from emobench.cli.findings.report import report_command
    from emobench.leaderboard.results.stored_rows import RowChoice

    report_command(results, RowChoice(model, dataset, protocol, regime, condition), seed)


@app.command()
def samples(
    model: options.StoredModel,
    results: options.Results = Path("results"),
    count: Annotated[int, typer.Option(help="Number of utterances.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 0,
    dataset: options.OnlyDataset = None,
    protocol: options.OnlyProtocol = None,
    regime: options.OnlyRegime = None,
    condition: options.OneCondition = None,
    training_seed: Annotated[
        int | None, typer.Option(help="Seed of the training. Default: the first stored.")
    ] = None,
) -> None:
    """Show random test utterances: what is true, what was predicted, and how surely."""
    from emobench.cli.findings.samples import samples_command
    from emobench.leaderboard.results.stored_rows import RowChoice

    choice = RowChoice(model, dataset, protocol, regime, condition)
    samples_command(results, choice, count, seed, training_seed)


@app.command()
def why(
    number: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="A number's ID. Default: list what there is."),
    ] = None,
    results: options.Results = Path("results"),
    dataset: options.OnlyDataset = None,
    protocol: options.OnlyProtocol = None,
    every: Annotated[bool, typer.Option("--all", help="Every number, or every cell.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Recompute a number of the page from the stored predictions, and say what differs."""
    from emobench.cli.findings.why import why_command

    raise typer.Exit(why_command(number, results, dataset, protocol, every, json))


@app.command(name="list")
def list_(
    kind: Annotated[str, typer.Argument(help="models, datasets, protocols, or all.")] = "all",
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List all models, corpora and protocols."""
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
    models: Annotated[list[str], typer.Argument(help=options.CHOICE_HELP)],
    variant: Annotated[
        str, typer.Option(help="corrected, as_published, or both that the card has.")
    ] = "both",
    checks: Annotated[
        str | None, typer.Option(help="Names of checks, separated by commas. Default: all.")
    ] = None,
    track: options.Track = "controlled",
    backbone: options.Backbone = None,
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
    """Run the command line; a request that makes no sense ends in one sentence and status 2.

    A disk that takes nothing more ends in one with status 3.
    """
    # The workers compute, one thread each. NumPy reads this when it is first imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        app()
    except RequestError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        if refusal(error) is None:
            raise
        typer.echo(f"error: {refusal_text(error)}", err=True)
        sys.exit(3)
