"""``emobench predict`` and ``emobench export``; nothing here imports torch before it is needed."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emobench.cli import options
from emobench.cli.folders import CacheDir, DataDir
from emobench.cli.inference import options as chosen
from emobench.cli.terminal.voice import Quiet, Voice

if TYPE_CHECKING:
    from emobench.cli.inference.source import ModelSource


def add_inference(app: typer.Typer) -> None:
    """Add ``predict`` and ``export`` to the command line."""
    app.command()(predict)
    app.command()(export)


def predict(
    result: chosen.Source,
    clips: Annotated[
        str,
        typer.Argument(
            help="A table (CSV, Excel, JSON, Parquet) or a folder of clips; NAME:key=value as in "
            "--dataset."
        ),
    ],
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", help=".csv, .parquet or .json; - or nothing: the output."),
    ] = None,
    model: chosen.Row = None,
    regime: chosen.OfRegime = None,
    variant: chosen.OfVariant = None,
    dataset: chosen.OfDataset = None,
    track: chosen.OfTrack = None,
    protocol: chosen.OfProtocol = None,
    fold: chosen.OfFold = None,
    seed: chosen.OfSeed = None,
    training: chosen.OfTraining = None,
    model_file: chosen.ModelFile = None,
    encoder: chosen.OwnFeatures = None,
    trust: chosen.Trust = False,
    bad_clips: options.BadClips = "absent",
    replace: Annotated[
        bool, typer.Option("--replace", help="Write -o over a file that is no prediction.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(help="Worker processes. Default: one for few clips, else one per core."),
    ] = None,
    device: options.Device = "auto",
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    quiet: Quiet = False,
) -> None:
    """Let a trained model predict new clips, prepared as its training prepared its own."""
    from emobench.cli.inference.predict import predict_command

    source = _source(locals())
    raise typer.Exit(predict_command(source, clips, out, bad_clips, replace, quiet))


def export(
    result: chosen.Source,
    out: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write.")],
    model: chosen.Row = None,
    regime: chosen.OfRegime = None,
    variant: chosen.OfVariant = None,
    dataset: chosen.OfDataset = None,
    track: chosen.OfTrack = None,
    protocol: chosen.OfProtocol = None,
    fold: chosen.OfFold = None,
    seed: chosen.OfSeed = None,
    training: chosen.OfTraining = None,
    model_file: chosen.ModelFile = None,
    encoder: chosen.OwnFeatures = None,
    trust: chosen.Trust = False,
    push_to_hub: Annotated[
        str | None,
        typer.Option("--push-to-hub", help="USER/NAME: upload it to the Hugging Face Hub too."),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Make a new repository for everybody to see.")
    ] = False,
    jobs: Annotated[int | None, typer.Option(help="Worker processes. Default: 1.")] = None,
    device: options.Device = "auto",
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    quiet: Quiet = False,
) -> None:
    """Write a trained model with its preparation as a folder that needs no corpus."""
    from emobench.cli.inference.export import export_command

    export_command(_source(locals()), out, push_to_hub, public, Voice(quiet))


def _source(typed: dict[str, Any]) -> ModelSource:
    """The trained model that a command's arguments name, all of them by their names."""
    from emobench.cli.inference.source import ModelSource
    from emobench.inference.choice import TrainingChoice

    choice = TrainingChoice(**{f.name: typed[f.name] for f in fields(TrainingChoice)})
    return ModelSource(
        typed["result"],
        choice,
        typed["model_file"],
        tuple(typed["encoder"] or ()),
        typed["trust"],
        typed["device"],
        typed["jobs"],
        typed["data_dir"],
        typed["cache_dir"],
    )
