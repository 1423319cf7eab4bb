"""The ``emobench`` command. Nothing here imports torch before a command needs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emobench import __version__
from emobench.cli import options
from emobench.cli.completion import bash_words
from emobench.cli.data import data
from emobench.cli.folders import CacheDir, DataDir
from emobench.cli.inference.commands import add_inference
from emobench.cli.masks import masks as mask_commands
from emobench.cli.provenance.commands import CellFold, CellSeed, certify, rerun
from emobench.cli.results.commands import results as result_commands
from emobench.cli.scaffolds.commands import add_scaffolds
from emobench.cli.terminal import streams
from emobench.cli.terminal.voice import Json, Quiet, Voice
from emobench.cli.upkeep.commands import cache as cache_commands
from emobench.cli.upkeep.commands import doctor
from emobench.disk.refusal import refusal, refusal_text
from emobench.errors import RequestError
from emobench.study.options import DEFAULTS

if TYPE_CHECKING:
    from emobench.study.request import Study

app = typer.Typer(
    name="emobench",
    help="What published multimodal emotion recognition architectures really score, and what is "
    "left of them when a modality is missing.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
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
app.add_typer(cache_commands, name="cache")
app.command()(doctor)
app.command()(certify)
app.command()(rerun)


@app.command()
def run(
    context: typer.Context,
    study: options.Study = None,
    models: options.Choice = DEFAULTS.models,
    protocol: options.Protocols = DEFAULTS.protocol,
    dataset: options.Dataset = DEFAULTS.dataset,
    auxiliary: options.Auxiliary = DEFAULTS.auxiliary,
    seeds: options.Seeds = DEFAULTS.seeds,
    folds: options.Folds = DEFAULTS.folds,
    dev_folds: options.DevFolds = DEFAULTS.dev_folds,
    jobs: options.Jobs = DEFAULTS.jobs,
    executor: options.ExecutorName = DEFAULTS.executor,
    ray_address: options.RayAddress = DEFAULTS.ray_address,
    shard: options.Shard = DEFAULTS.shard,
    track: options.Track = DEFAULTS.track,
    variant: options.Variant = DEFAULTS.variant,
    backbone: options.Backbone = None,
    encoder: options.Encoder = None,
    epochs: options.Epochs = DEFAULTS.epochs,
    bad_clips: options.BadClips = DEFAULTS.bad_clips,
    data_dir: DataDir = DEFAULTS.data_dir,
    cache_dir: CacheDir = DEFAULTS.cache_dir,
    results: options.ResultsOrAddress = DEFAULTS.results,
    device: options.Device = DEFAULTS.device,
    masks: options.Masks = DEFAULTS.masks,
    retry_failed: options.RetryFailed = DEFAULTS.retry_failed,
    save_every: options.SaveEvery = DEFAULTS.save_every,
    processes: options.Processes = DEFAULTS.processes,
    watch: options.Watch = DEFAULTS.watch,
    verify_data: options.VerifyData = DEFAULTS.verify_data,
    tune: options.Tune = DEFAULTS.tune,
    halving: options.Halving = DEFAULTS.halving,
    inner: options.Inner = DEFAULTS.inner,
    callbacks: options.Callbacks = None,
    dry_run: options.DryRun = False,
    print_toml: options.PrintToml = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Train and evaluate what the results lack, and render the leaderboard."""
    asked = _study(study, context)
    if print_toml:
        typer.echo(asked.toml, nl=False)
        return
    from emobench.cli.run import STOPPED, run_study

    try:
        code = run_study(asked, dry_run, Voice(quiet, json)).status
    except KeyboardInterrupt:
        typer.echo(STOPPED, err=True)
        raise typer.Exit(130) from None
    raise typer.Exit(code)


def _study(path: Path | None, context: typer.Context) -> Study:
    """What is asked for: by the options, or by the file at `path` with those that were typed."""
    from emobench.study.file import read_study
    from emobench.study.request import Study
    from emobench.study.validation import NAMES, run_options

    values = {name: value for name, value in context.params.items() if name in NAMES}
    if path is None:
        return Study((run_options(values),), Path.cwd())
    sources = {name: context.get_parameter_source(name) for name in values}
    typed = [n for n, source in sources.items() if source is not None and source.name != "DEFAULT"]
    return read_study(path, {name: values[name] for name in typed})


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
    quiet: Quiet = False,
) -> None:
    """Render the page again from what is stored, or a part of it; or follow what is running."""
    from emobench.cli.findings.leaderboard import PageOptions, leaderboard_command

    leaderboard_command(
        PageOptions(results, dataset, protocol, models, take_away, serve, port, open_),
        Voice(quiet),
    )


@app.command()
def compare(
    first: options.StoredModel,
    second: options.OtherStoredModel,
    results: options.Results = Path("results"),
    measure: options.Measure = "macro_f1",
    dataset: options.OnlyDataset = None,
    protocol: options.OnlyProtocol = None,
    margin: options.Margin = None,
    json: Json = False,
) -> None:
    """Test two models against each other on the same utterances."""
    from emobench.cli.findings.compare import compare_command

    compare_command(first, second, results, measure, dataset, protocol, margin, json)


@app.command()
def power(
    models: options.Several = None,
    difference: options.Difference = None,
    results: options.Results = Path("results"),
    measure: options.Measure = "macro_f1",
    dataset: options.OnlyDataset = None,
    protocol: options.OnlyProtocol = None,
    json: Json = False,
) -> None:
    """Say what difference between models the stored results find, and what would find more."""
    from emobench.cli.findings.power import power_command

    power_command(models, difference, results, measure, dataset, protocol, json)


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
    json: Json = False,
) -> None:
    """Print precision, recall and F1 of every class from stored predictions."""
    from emobench.cli.findings.report import report_command
    from emobench.leaderboard.results.stored_rows import RowChoice

    report_command(results, RowChoice(model, dataset, protocol, regime, condition), seed, json)


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
    json: Json = False,
) -> None:
    """Show random test utterances: what is true, what was predicted, and how surely."""
    from emobench.cli.findings.samples import samples_command
    from emobench.leaderboard.results.stored_rows import RowChoice

    choice = RowChoice(model, dataset, protocol, regime, condition)
    samples_command(results, choice, count, seed, training_seed, json)


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
    json: Json = False,
) -> None:
    """Recompute a number of the page from the stored predictions, and say what differs."""
    from emobench.cli.findings.why import why_command

    raise typer.Exit(why_command(number, results, dataset, protocol, every, json))


add_inference(app)


@app.command(name="list")
def list_(
    kind: options.ListedKind = "all",
    json: Json = False,
) -> None:
    """List all models, corpora and protocols."""
    from emobench.cli.catalogue import list_command

    list_command(kind, json)


@app.command()
def show(
    name: options.Shown,
    results: options.Results = Path("results"),
    seed: CellSeed = None,
    fold: CellFold = None,
    json: Json = False,
) -> None:
    """Show the card of a model, a corpus or a protocol, a representation, or a stored cell."""
    from emobench.cli.catalogue import show_command
    from emobench.cli.provenance.cell_choice import means_cell, show_cell

    if means_cell(name):
        show_cell(results, name, seed, fold, Voice(as_json=json))
    else:
        show_command(name, json)


@app.command()
def check(
    names: options.CheckedNames,
    variant: options.CheckedVariant = "both",
    checks: options.Checks = None,
    track: options.Track = "controlled",
    backbone: options.Backbone = None,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    json: Json = False,
) -> None:
    """Check that a model, a representation, a corpus or a protocol keeps its contract."""
    from emobench.cli.check import check_command

    words = tuple(backbone or ())
    raise typer.Exit(check_command(names, variant, checks, track, words, cache_dir, data_dir, json))


add_scaffolds(app)


def main() -> None:
    """Run the command line; a request that makes no sense ends in one sentence and status 2.

    A disk that takes nothing more ends in one with status 3.
    """
    # The workers compute, one thread each. NumPy reads this when it is first imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    streams.speak_plainly()
    if bash_words.is_asked():
        bash_words.answer(app)
        return
    try:
        with streams.whole_output():
            app()
    except RequestError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        if refusal(error) is None:
            raise
        streams.abandon()
        typer.echo(f"error: {refusal_text(error)}", err=True)
        sys.exit(3)
