"""Options that choose a stored training, with their help texts; nothing here imports torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emobench.cli.completion import values

Source = Annotated[
    Path,
    typer.Argument(
        metavar="RESULT", help="A results folder, or a folder that emobench export wrote."
    ),
]
Row = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="The row, as the leaderboard calls it; of a file of your own its path. Default: the "
        "only one.",
        autocompletion=values.stored_row,
    ),
]
OfVariant = Annotated[
    str | None,
    typer.Option(
        "--variant",
        help="corrected or as_published.",
        autocompletion=values.fixed("variant"),
    ),
]
OfTrack = Annotated[str | None, typer.Option("--track", help="The track, as the tables name it.")]
OfDataset = Annotated[
    str | None,
    typer.Option(
        "--dataset", help="The corpus of the training.", autocompletion=values.stored_dataset
    ),
]
OfProtocol = Annotated[
    str | None,
    typer.Option(
        "--protocol", help="The protocol of the row.", autocompletion=values.stored_protocol
    ),
]
OfRegime = Annotated[
    str | None,
    typer.Option(
        "--regime", help="The regime of the training.", autocompletion=values.stored_regime
    ),
]
OfFold = Annotated[
    int | None, typer.Option("--fold", help="The fold. Default: the first that is stored.")
]
OfSeed = Annotated[
    int | None, typer.Option("--seed", help="The seed. Default: the first that is stored.")
]
OfTraining = Annotated[
    str | None,
    typer.Option(
        "--training", help="The name of a training's folder, or its first letters; chooses alone."
    ),
]
ModelFile = Annotated[
    Path | None, typer.Option("--model-file", help="The file of a model of somebody's own.")
]
OwnFeatures = Annotated[
    list[str] | None,
    typer.Option(
        "--encoder",
        help="MODALITY=FILE: the file of a representation of somebody's own that the training "
        "read; may be repeated.",
    ),
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust",
        help="Run the model's file that lies in an exported folder. It can do anything you can.",
    ),
]
