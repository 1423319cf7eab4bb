"""``emobench data``: lists, verifies, downloads, imports and prepares corpora."""

from __future__ import annotations

import os
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emobench.cli.completion import values
from emobench.cli.folders import CacheDir, DataDir
from emobench.cli.options import Offline
from emobench.corpus.folders import folders
from emobench.data.access import single_request
from emobench.diagnosis.corpora import ABSENT, BUILT_IN, HERE, UNUSABLE, CorpusState, corpora_here
from emobench.errors import RequestError
from emobench.terminal.json_text import print_json
from emobench.terminal.voice import ALOUD, Json, Quiet, Voice
from emobench.wording import counted

if TYPE_CHECKING:
    from rich.console import Console

    from emobench.corpus.preparation.extract import Prepared
    from emobench.corpus.verify import Finding
    from emobench.interface.dataset import Folders

data = typer.Typer(
    help="Corpora: what is here, is it whole, get it, prepare it.", no_args_is_help=True
)

Name = Annotated[
    str,
    typer.Argument(
        help="A corpus: NAME, NAME:key=value, or a manifest's path.", autocompletion=values.corpus
    ),
]
Jobs = Annotated[int | None, typer.Option(help="Worker processes. Default: one per core.")]
SHOWN = 10
MARKS = {
    "ok": ("ok   ", "green"),
    "note": ("note ", "yellow"),
    "doubt": ("DOUBT", "bold yellow"),
    "wrong": ("WRONG", "bold red"),
}


@data.command(name="list")
def list_(data_dir: DataDir = None, cache_dir: CacheDir = None, json: Json = False) -> None:
    """List the corpora that are here, and how to get the others."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    where = folders(data_dir, cache_dir)
    found = [*corpora_here(where)]
    if json:
        print_json({"data_dir": where.data, "corpora": [asdict(one) for one in found]})
        return
    console = Console()
    table = Table(title=f"Corpora in {where.data}", title_justify="left", box=None, padding=(0, 2))
    for column in ("name", "here", "modalities here", "what it is"):
        table.add_column(column, style="bold" if column == "name" else "")
    for one in found:
        table.add_row(one.name, _here(one), "+".join(one.modalities), one.title)
    console.print(table)
    for one in found:
        if one.why:
            console.print()
            console.print(Text(one.name, "bold"), Text(one.why))
    console.print()
    console.print("Your own corpus is one CSV: emobench show manifest")


def _here(one: CorpusState) -> str:
    if one.state == HERE:
        return f"{one.utterances:,} utterances"
    return {BUILT_IN: "built in", UNUSABLE: "not usable", ABSENT: "no"}[one.state]


@data.command()
def verify(
    name: Name,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    jobs: Jobs = None,
    ids: Annotated[bool, typer.Option("--ids", help="Name all utterances, not ten.")] = False,
    json: Json = False,
    offline: Offline = False,
) -> None:
    """Read every file, compare counts with the published ones, find copies and shared speakers."""
    from rich.console import Console
    from rich.text import Text

    from emobench.corpus.corpus import distrust_files
    from emobench.data.verification import verification

    where = folders(data_dir, cache_dir)
    distrust_files(single_request(name, where))
    voice = Voice(as_json=json)
    found = verification(_open_prepared(name, where, jobs, [], voice=voice))
    if json:
        voice.result(found.content())
        raise typer.Exit(1 if found.wrong else 0)
    console = Console(soft_wrap=True, highlight=False)
    console.print(Text(f"{found.corpus}: {found.title}", "bold"))
    for finding in found.findings:
        _print_finding(console, finding, None if ids else SHOWN)
    if found.defects:
        console.print("known of this corpus, and what is done about it:")
        for defect in found.defects:
            console.print(f"  {defect}")
    wrong, doubtful = found.wrong, found.doubtful
    console.print(f"{counted(wrong, 'thing')} wrong" + f", {doubtful} in doubt" * bool(doubtful))
    raise typer.Exit(1 if wrong else 0)


def _print_finding(console: Console, finding: Finding, limit: int | None) -> None:
    from rich.text import Text

    mark, style = MARKS[finding.verdict]
    console.print(Text(mark, style), Text(finding.text))
    for name in finding.ids[:limit]:
        console.print(f"        {name}")
    if limit is not None and len(finding.ids) > limit:
        console.print(f"        and {len(finding.ids) - limit:,} more (--ids names all)")


@data.command()
def describe(
    name: Name,
    output: Annotated[Path, typer.Option(help="Folder of the figures.")] = Path("description"),
    representation: Annotated[
        list[str] | None,
        typer.Option(help="A representation to show, such as mfcc; may be repeated. Default: all."),
    ] = None,
    fold: Annotated[int, typer.Option(help="The fold, where the corpus has several.")] = 0,
    form: Annotated[str, typer.Option("--format", help="Of the figures: png or svg.")] = "png",
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    jobs: Jobs = None,
    json: Json = False,
) -> None:
    """Show classes, speakers and lengths of each part, and draw classes and representations."""
    from rich.console import Console

    from emobench.cli.describe import describe as show
    from emobench.data.description import Wanted
    from emobench.discovery.representations import extracted

    wanted = Wanted(output, tuple(dict.fromkeys(representation or ())), fold, form)
    where = folders(data_dir, cache_dir)
    names = sorted(extracted(wanted.names)) if wanted.names else None
    voice = Voice(as_json=json)
    target = _open_prepared(name, where, jobs, names, shown=wanted.names, voice=voice)
    show(target, wanted, Console(soft_wrap=True, highlight=False, stderr=json), json)


@data.command()
def prepare(
    name: Name,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    jobs: Jobs = None,
    encoder: Annotated[
        list[str] | None,
        typer.Option(help="A frozen encoder as in emobench run, MODALITY=NAME_OR_FOLDER."),
    ] = None,
    device: Annotated[str, typer.Option(help="Of encoders: auto, cpu, cuda.")] = "auto",
    quiet: Quiet = False,
    offline: Offline = False,
) -> None:
    """Compute every representation of the corpus now, so that runs start at once."""
    from emobench.data.preparation import preparation
    from emobench.discovery.chosen_features import parse
    from emobench.discovery.representations import extracted

    where = folders(data_dir, cache_dir)
    encoders = [parse(word) for word in encoder or ()]
    more = sorted(extracted(e.name for e in encoders))
    voice = Voice(quiet)
    target = _open_prepared(name, where, jobs, None, more, device, voice=voice)
    found = preparation(target, encoders)
    for one in found.extracted:
        voice.say(f"{one.title}: {one.utterances:,} utterances, {one.steps:,} steps of {one.size}")
    for fitted in found.fitted:
        voice.say(f"{fitted}: fitted on the train part of {counted(found.folds, 'fold')}")
    size = found.bytes / 2**20
    told = f"{size:,.0f} MiB in {found.folder}, which can be copied elsewhere"
    voice.made(found.folder, told)


@data.command()
def download(
    name: Name,
    only: Annotated[
        str, typer.Option(help="Files whose name matches, such as '*Audio_Speech*'.")
    ] = "*",
    dry: Annotated[bool, typer.Option("--dry", help="Say what would be fetched.")] = False,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    quiet: Quiet = False,
    json: Json = False,
    offline: Offline = False,
) -> None:
    """Download a corpus if its licence allows that; else say where to request it."""
    from dataclasses import replace

    from emobench.intake.download import download_corpus
    from emobench.terminal.progress import screen

    where = folders(data_dir, cache_dir, make=True)
    card = single_request(name, where).dataset().card
    chosen = tuple(d for d in card.downloads if fnmatch(d[0].rsplit("/", 1)[-1], only))
    if card.downloads and not chosen:
        raise RequestError(f"--only {only}: {card.name} has no such file; --dry lists them.")
    voice = Voice(quiet, json)
    voice.say(f"{card.title}. Licence: {card.licence}")
    about = {"corpus": card.name, "licence": card.licence, "obtain": card.obtain}
    addresses = [address for address, _, _ in chosen]
    if dry and chosen:
        for address in () if json else addresses:
            typer.echo(address)
        voice.result(about | {"files": addresses, "folder": None})
        return
    with screen(1, voice=voice) as display:
        place = download_corpus(replace(card, downloads=chosen), where, display.prepare)
    voice.made(place, f"{card.name} is in {place}; `emobench data verify {name}` looks at it")
    voice.result(about | {"files": addresses, "folder": place})


@data.command()
def manifest(
    name: Name,
    out: Annotated[Path, typer.Option("--out", "-o", help="The CSV to write.")],
    part: Annotated[str, typer.Option(help="train, dev, test or all.")] = "test",
    fold: Annotated[int, typer.Option(help="The fold, where the corpus has several.")] = 0,
    folds: Annotated[
        int | None, typer.Option(help="Group-disjoint folds instead of the corpus's own split.")
    ] = None,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    quiet: Quiet = False,
) -> None:
    """Write a part of a corpus as a table of clips, with their media beside it."""
    from emobench.data.clips import write_part

    voice = Voice(quiet)
    done = write_part(name, out, part, fold, folds, folders(data_dir, cache_dir), voice)
    voice.say(f"Terms of {done.card.name}: {done.card.licence}")
    many = counted(done.utterances, "utterance")
    voice.made(out, f"{many} are in {out}, their media in {done.media}")


@data.command(name="import")
def import_(
    features: Annotated[Path, typer.Argument(help="A table, npz, .pt, HDF5, pickle, or a folder.")],
    as_: Annotated[str, typer.Option("--as", help="What the features will be called.")],
    modality: Annotated[
        str | None, typer.Option(help="The features to take if the file has several.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace features that have this name.")
    ] = False,
    cache_dir: CacheDir = None,
    quiet: Quiet = False,
) -> None:
    """Convert ready-made features once into the form that is mapped into memory."""
    from emobench.intake.feature_import import about, import_features
    from emobench.terminal.progress import screen

    where, voice = folders(None, cache_dir), Voice(quiet)
    with screen(1, voice=voice) as display:
        place = import_features(features, as_, modality, where.imported, display.prepare, replace)
    facts = about(place)
    left = [note for note in facts["notes"] if note.startswith("left out: ")]
    for problem in [*facts["problems"], *(n for n in facts["notes"] if n not in left)]:
        voice.say(f"note: {problem}")
    voice.say("; ".join([f"{facts['utterances']:,} utterances of {facts['size']} features", *left]))
    kind = modality or "audio"
    voice.made(
        place,
        f"They are in {place}; a manifest takes them with --dataset own.csv:{kind}_features={as_}",
    )


def _open_prepared(
    name: str,
    where: Folders,
    jobs: int | None,
    names: list[str] | None,
    encoders: list[str] | None = None,
    device: str = "cpu",
    shown: tuple[str, ...] = (),
    voice: Voice = ALOUD,
) -> Prepared:
    """Open a corpus and prepare `names` (None: all), with progress; every source is read anyway.

    Of the representations `shown` the corpus must be able to give each.
    """
    from emobench.data.access import open_prepared
    from emobench.terminal.progress import screen

    workers = jobs or os.cpu_count() or 1
    with screen(workers, voice=voice) as display:
        return open_prepared(
            name, where, workers, names, display.prepare, encoders or (), device, shown
        )
