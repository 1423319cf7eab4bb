"""``emobench doctor`` and ``emobench cache``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emobench.cli.completion import values
from emobench.cli.folders import CacheDir, DataDir, cache_folder
from emobench.cli.terminal.json_text import print_json
from emobench.cli.terminal.voice import Json, Quiet, Voice
from emobench.errors import RequestError
from emobench.wording import counted

if TYPE_CHECKING:
    from emobench.cli.upkeep.cache_removal import Wish

cache = typer.Typer(
    help="Prepared data: what is there, what needs it, and room on the disk.", no_args_is_help=True
)


@cache.command(name="dir")
def dir_(cache_dir: CacheDir = None) -> None:
    """Print where the cache is."""
    typer.echo(cache_folder(cache_dir))


@cache.command(name="list")
def list_(
    cache_dir: CacheDir = None,
    every: Annotated[bool, typer.Option("--all", help="Each representation, too.")] = False,
    json: Json = False,
) -> None:
    """List what lies in the cache: sizes, when it was used last, and whether a corpus needs it."""
    from emobench.cli.upkeep.cache_content import items
    from emobench.cli.upkeep.cache_table import lines, plain

    where = cache_folder(cache_dir)
    found = items(where)
    if json:
        print_json({"cache_dir": where, "items": [plain(item, where) for item in found]})
        return
    for line in lines(found, where, every, time.time()):
        typer.echo(line)


@cache.command()
def prune(
    older_than: Annotated[
        str | None,
        typer.Option(help="What was not used for so long: 30d, 12h, 2w."),
    ] = None,
    corpus: Annotated[
        str | None,
        typer.Option(help="What is of this corpus.", autocompletion=values.corpus),
    ] = None,
    stale: Annotated[
        bool,
        typer.Option("--stale", help="What is of a state that no corpus has any more."),
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="All that a run makes again by itself.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be removed; remove nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    cache_dir: CacheDir = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Remove prepared data; imported features, results and foreign files always stay."""
    from emobench.cli.upkeep.cache_removal import Wish, seconds_of

    if not (older_than or corpus or stale or every):
        raise RequestError("Say what to remove: --older-than 30d, --corpus NAME, --stale or --all.")
    wish = Wish(seconds_of(older_than) if older_than else None, corpus, stale)
    failed = _prune(cache_folder(cache_dir), wish, dry_run, yes, Voice(quiet, json))
    raise typer.Exit(1 if failed else 0)


def _prune(where: Path, wish: Wish, dry_run: bool, yes: bool, voice: Voice) -> tuple[str, ...]:
    """Remove what meets the wish, and say so; return what could not be removed."""
    from emobench.cli.upkeep.cache_removal import Choice, pruned
    from emobench.cli.upkeep.cache_table import megabytes

    def told(choice: Choice) -> str:
        total = sum(item.size.bytes for item in choice.removed)
        return f"{counted(len(choice.removed), 'item')}, {megabytes(total).strip()}"

    def agree(choice: Choice) -> None:
        for item in choice.removed:
            voice.say(f"{megabytes(item.size.bytes):>12}  {item.path.relative_to(where)}")
        for item, reason in choice.kept:
            voice.fault(f"stays: {item.path.relative_to(where)}: {reason}")
        if choice.removed and not dry_run:
            _ask(f"Remove {told(choice)} from {where}?", yes)

    found = pruned(where, wish, dry_run, agree)
    for line in found.failed:
        voice.fault(f"not removed: {line}")
    done = "would be removed" if dry_run else "removed"
    choice = Choice(found.removed, found.kept)
    voice.say(f"{told(choice)} {done}" if found.removed else "there is nothing to remove")
    voice.result(found.content())
    return found.failed


def _ask(question: str, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin or not sys.stdin.isatty():
        raise RequestError(f"{question} Nobody is here to ask; say --yes, or --dry-run to look.")
    if not typer.confirm(question, err=True):
        raise typer.Exit(0)


def doctor(
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    results: Annotated[Path, typer.Option("--results", help="Folder of the results.")] = Path(
        "results"
    ),
    json: Json = False,
) -> None:
    """Say whether everything is well here, and what to type where it is not."""
    from emobench.cli.upkeep.examination import examine
    from emobench.cli.upkeep.report import print_report

    found = examine(data_dir, cache_dir, results)
    worst = print_report(found, json)
    raise typer.Exit(1 if worst == "broken" else 0)
