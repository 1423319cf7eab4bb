"""``emobench masks``: exports the masks of the missing rates, for others to evaluate on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emobench.cli.completion import values
from emobench.cli.folders import CacheDir, DataDir
from emobench.corpus.folders import folders
from emobench.terminal.voice import Quiet, Voice

masks = typer.Typer(
    help="Which modalities every test utterance shows under the missing rates, as a file.",
    no_args_is_help=True,
)


@masks.callback()
def root() -> None:
    """Make `export` a subcommand, although it is the only command."""


@masks.command()
def export(
    out: Annotated[Path, typer.Argument(help="The file to write (JSON).")],
    dataset: Annotated[
        str | None,
        typer.Option(
            help="The corpus, with options; by default that of emobench run.",
            autocompletion=values.corpus,
        ),
    ] = None,
    folds: Annotated[
        int | None, typer.Option(help="Group-disjoint folds instead of the corpus's own split.")
    ] = None,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    quiet: Quiet = False,
) -> None:
    """Write the masks that `emobench run` draws, stamped with a digest."""
    from emobench.masks import write
    from emobench.terminal.progress import screen

    voice = Voice(quiet)
    with screen(1, voice=voice) as display:
        made = write(out, dataset, folds, folders(data_dir, cache_dir), display.prepare)
    voice.say(
        f"{made.conditions} conditions, {made.utterances} test utterances, digest {made.digest}"
    )
    told = f"The masks are in {out}; evaluate on them with: emobench run --masks {out} …"
    voice.made(out, told)
