"""The options of ``emobench run``, with their help texts; nothing here imports torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emobench.cli.completion import values
from emobench.executor import executor_names

CHOICE_HELP = "Names, commas, 'all', wildcards, paths; NAME:key=value is an option."
CHECKED_HELP = (
    "Names or paths of models, representations, corpora and protocols; of models also commas, "
    "'all', wildcards; NAME:key=value is an option."
)


def _forbid(wanted: bool) -> None:
    if wanted:
        from emobench.internet.guard import go_offline

        go_offline()


Offline = Annotated[
    bool,
    typer.Option(
        "--offline",
        callback=_forbid,
        is_eager=True,
        help="Reach no other machine, and fail where that is needed.",
    ),
]
Results = Annotated[Path, typer.Option("--results", help="Folder of the results.")]
ResultsOrAddress = Annotated[
    str,
    typer.Option(
        "--results",
        help="Folder of the results; or an address of fsspec, such as s3://bucket/study, which is "
        "fetched at the start and gets what is finished.",
    ),
]
Track = Annotated[
    str, typer.Option(help="controlled or published.", autocompletion=values.fixed("tracks"))
]
Backbone = Annotated[
    list[str] | None,
    typer.Option(help="MODALITY=NAME_OR_FOLDER, for the published track; may be repeated."),
]
Choice = Annotated[str, typer.Option(help=CHOICE_HELP, autocompletion=values.models)]
Protocols = Annotated[str, typer.Option(help=CHOICE_HELP, autocompletion=values.protocols)]
Dataset = Annotated[
    str | None,
    typer.Option(
        help="Names with options, NAME:key=value; joint corpora, text=NAME+audio&vision=NAME. "
        "Default: simulated.",
        autocompletion=values.datasets,
    ),
]
Auxiliary = Annotated[
    str | None, typer.Option(help="Corpora added to train alone, text=NAME+vision=NAME.")
]
Seeds = Annotated[int, typer.Option(help="Number of seeds.")]
Folds = Annotated[
    int | None, typer.Option(help="Group-disjoint folds instead of the corpus's own split.")
]
DevFolds = Annotated[
    int | None, typer.Option(help="How many of --folds are dev. Default: about a sixth.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        help="Worker processes, or tasks in flight. Default: one per core, one on a GPU; on a "
        "cluster, what it has room for."
    ),
]
ExecutorName = Annotated[
    str,
    typer.Option(
        "--executor",
        help=f"What runs the jobs: {', '.join(executor_names())}, or a Python file with a class "
        "derived from emobench.executor.Executor. NAME:key=value,key=value sets its options.",
        autocompletion=values.executors,
    ),
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        "--ray-address",
        help="With --executor ray: HOST:PORT of a running cluster, or auto for the one on this "
        "machine. Default: $RAY_ADDRESS, else a cluster is started here.",
    ),
]
Shard = Annotated[
    str | None,
    typer.Option(
        help="I/N, such as 3/8: compute only this part of the grid, so that N machines without a "
        "cluster share it; their folders merge by copying."
    ),
]
Variant = Annotated[
    str,
    typer.Option(help="corrected, as_published, or both.", autocompletion=values.fixed("variants")),
]
Encoder = Annotated[
    list[str] | None,
    typer.Option(
        help="MODALITY=NAME: the features that every model gets on the controlled track: a "
        "representation, a file with one, or a frozen pretrained encoder (NAME_OR_FOLDER[:layer=N]"
        "[:pool=N]); may be repeated."
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option(help="A budget of so many epochs for every model; shown in the rows' names."),
]
BadClips = Annotated[
    str,
    typer.Option(
        help="Unusable clips: 'absent' (their modality is missing) or 'fail'.",
        autocompletion=values.fixed("clips"),
    ),
]
Device = Annotated[
    str, typer.Option(help="auto, cpu, cuda, cuda:1.", autocompletion=values.fixed("devices"))
]
Masks = Annotated[
    Path | None,
    typer.Option(help="A mask set from `emobench masks export`, shown in place of our draw."),
]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Run again what failed before.")]
Timeout = Annotated[
    str | None,
    typer.Option(
        help="2h, 90min or 45s: the wall time of one job (a training with its cells, or a trial). "
        "What takes longer is ended, and its cells fail."
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(
        help="8GB or 500MB: the main memory of one job. What takes more is ended, and its cells "
        "fail."
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Say how many trainings and about how long; run nothing."),
]
StoredModel = Annotated[
    str,
    typer.Argument(help="A model, as the leaderboard calls it.", autocompletion=values.stored_row),
]
Measure = Annotated[
    str,
    typer.Option(
        help="A measure, by its column in the CSV table.",
        autocompletion=values.fixed("measures"),
    ),
]
OnlyDataset = Annotated[
    str | None,
    typer.Option(help="Only this corpus.", autocompletion=values.stored_dataset),
]
OnlyProtocol = Annotated[
    str | None,
    typer.Option(help="Only this protocol.", autocompletion=values.stored_protocol),
]
TakeAway = Annotated[
    bool,
    typer.Option(
        "--take-away",
        help="Also write every table as CSV and LaTeX, every figure as SVG, the commands and the "
        "citations into take-away/ beside the page.",
    ),
]
OnlyModels = Annotated[
    str | None,
    typer.Option(
        "--models",
        help="Only these rows, as the leaderboard calls them, separated by commas; wildcards. What "
        "they are measured against stays.",
        autocompletion=values.stored_rows,
    ),
]
Serve = Annotated[
    bool,
    typer.Option(
        "--serve",
        help="Open the page in the browser and follow the results: it changes as they do.",
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        help="With --serve: the port on 127.0.0.1. Default: 8350, or a free one if that is taken."
    ),
]
Open = Annotated[
    bool | None,
    typer.Option(
        "--open/--no-open", help="Open the page in the browser. Default: with --serve alone."
    ),
]
OnlyRegime = Annotated[
    str | None, typer.Option(help="Only this regime.", autocompletion=values.stored_regime)
]
OneCondition = Annotated[
    str | None,
    typer.Option(
        help="A condition. Default: the main one, every modality there.",
        autocompletion=values.stored_condition,
    ),
]
Margin = Annotated[
    float | None,
    typer.Option(help="A difference that does not matter, such as .02: is it shown to be smaller?"),
]
Several = Annotated[
    str | None,
    typer.Option(
        "--models",
        help="Models as the leaderboard calls them, separated by commas. Default: all.",
        autocompletion=values.stored_rows,
    ),
]
Difference = Annotated[
    float | None,
    typer.Option(help="A true difference, such as .02: what finds it?"),
]
SaveEvery = Annotated[
    int,
    typer.Option(
        "--save-every",
        help="Looks at dev after which the state of a training is saved at the latest, so that a "
        "killed one goes on from there; 0: never.",
    ),
]
Processes = Annotated[
    int,
    typer.Option(
        help="Processes that share each training, each with its part of every batch and, if there "
        "is one, a GPU of its own: needs emobench\\[accelerate].",
    ),
]
Watch = Annotated[
    bool,
    typer.Option(
        "--watch",
        help="In a log, a line for each look at dev: loss, dev score, speed and memory. A terminal "
        "shows them anyway.",
    ),
]
VerifyData = Annotated[
    bool,
    typer.Option(
        "--verify-data",
        help="Read every source file again, even if its size and times are as before.",
    ),
]


Tune = Annotated[
    int | None,
    typer.Option(
        help="Search each model's hyper-parameters on dev with so many trials per training, and "
        "evaluate what was chosen beside the preset."
    ),
]
Halving = Annotated[
    bool,
    typer.Option("--halving", help="With --tune: stop the worse trials early."),
]
Inner = Annotated[
    int | None,
    typer.Option(
        help="With --tune: score each trial on so many inner folds of train and dev, where the "
        "dev part is small."
    ),
]

Callbacks = Annotated[
    list[str] | None,
    typer.Option(
        "--callbacks",
        "--callback",
        help="A Python file with a class derived from emobench.Callback, or the name of an "
        "installed one, which is told what the run does, for a tracker: NAME:key=value sets its "
        "options; may be repeated.",
    ),
]
Study = Annotated[
    Path | None,
    typer.Argument(
        metavar="STUDY.toml",
        help="A file with the options of one grid or several; what is typed beside it takes the "
        "place of what it says.",
    ),
]
PrintToml = Annotated[
    bool,
    typer.Option("--print-toml", help="Print the request as such a file; run nothing."),
]

OtherStoredModel = Annotated[
    str,
    typer.Argument(help="The model to compare it with.", autocompletion=values.stored_row),
]
ListedKind = Annotated[
    str,
    typer.Argument(
        help="models, datasets, protocols, all (of these), or representations.",
        autocompletion=values.kinds,
    ),
]
Shown = Annotated[
    str,
    typer.Argument(
        help="A model, corpus, protocol, representation, path, or stored cell.",
        autocompletion=values.anything,
    ),
]
CheckedNames = Annotated[list[str], typer.Argument(help=CHECKED_HELP, autocompletion=values.models)]
CheckedVariant = Annotated[
    str,
    typer.Option(
        help="corrected, as_published, or both that the card has.",
        autocompletion=values.fixed("variants"),
    ),
]
Checks = Annotated[
    str | None, typer.Option(help="Names of checks, separated by commas. Default: all.")
]
