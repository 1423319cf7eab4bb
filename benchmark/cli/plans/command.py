"""``emobench plan``: freezes what a study will compare, before its results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emobench.cli.folders import CacheDir, DataDir
from emobench.terminal.voice import Json, Quiet, Voice

StudyFile = Annotated[
    Path, typer.Argument(metavar="STUDY", help="A run file (TOML) with a table \\[plan].")
]
Why = Annotated[
    str | None,
    typer.Option("--amend", metavar="WHY", help="Change the frozen plan, and say why."),
]
OnlyTry = Annotated[bool, typer.Option("--dry-run", help="Print the plan; write nothing.")]
Results = Annotated[
    Path | None, typer.Option("--results", help="Folder of the results. Default: the file's.")
]


def plan(
    study: StudyFile,
    amend: Why = None,
    dry_run: OnlyTry = False,
    results: Results = None,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Freeze what a study will compare before its results; the page parts it from the rest."""
    from emobench.study.file import read_study
    from emobench.study.plans.account import account
    from emobench.study.plans.call import plan_study

    named = {"results": results, "data_dir": data_dir, "cache_dir": cache_dir}
    typed = {name: value for name, value in named.items() if value is not None}
    voice = Voice(quiet, json)
    done = plan_study(read_study(study, typed), study, amend, dry_run, voice.say)
    for line in account(done.record, done.action, done.path):
        voice.say(line)
    if done.path is not None and quiet:
        voice.made(done.path.resolve(), "")
    voice.result(done.plain())


def add_plan(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(plan)
