"""``emobench data``: lists, verifies, downloads, imports and prepares corpora."""

from __future__ import annotations

import os
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from emobench.cli.folders import CacheDir, DataDir, folders
from emobench.discovery.registry import Entry, registry
from emobench.errors import EmobenchError, RequestError
from emobench.interface.card import DatasetCard
from emobench.wording import counted

if TYPE_CHECKING:
    from emobench.corpus.corpus import CorpusRequest
    from emobench.corpus.preparation.extract import Prepared
    from emobench.corpus.verify import Finding
    from emobench.interface.dataset import Folders

data = typer.Typer(
    help="Corpora: what is here, is it whole, get it, prepare it.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="A corpus: NAME, NAME:key=value, or a manifest's path.")]
Jobs = Annotated[int | None, typer.Option(help="Worker processes. Default: one per core.")]
SHOWN = 10
MARKS = {
    "ok": ("ok   ", "green"),
    "note": ("note ", "yellow"),
    "doubt": ("DOUBT", "bold yellow"),
    "wrong": ("WRONG", "bold red"),
}


@data.command(name="list")
def list_(data_dir: DataDir = None, cache_dir: CacheDir = None) -> None:
    """List the corpora that are here, and how to get the others."""
    where = folders(data_dir, cache_dir)
    console = Console()
    table = Table(title=f"Corpora in {where.data}", title_justify="left", box=None, padding=(0, 2))
    for column in ("name", "here", "modalities here", "what it is"):
        table.add_column(column, style="bold" if column == "name" else "")
    absent: list[tuple[str, str]] = []
    for entry in registry("dataset").values():
        card = entry.card
        assert isinstance(card, DatasetCard)
        if card.suffixes:
            continue
        here, modalities, why = _state(entry, where)
        table.add_row(entry.name, here, modalities, card.title)
        if why:
            absent.append((entry.name, why))
    console.print(table)
    for name, why in absent:
        console.print()
        console.print(Text(name, "bold"), Text(why))
    console.print()
    console.print("Your own corpus is one CSV: emobench show manifest")


def _state(entry: Entry, where: Folders) -> tuple[str, str, str]:
    """Size and modalities of a corpus on this machine, or why it cannot be used, in words."""
    if getattr(entry.card, "default", False):
        return "built in", "+".join(entry.card.modalities), ""  # type: ignore[union-attr]
    dataset = entry.load()(where, None)
    try:
        count = len(dataset.utterances())
        found = [m for m, sources in dataset.sources().items() if sources]
    except EmobenchError as error:
        folder = where.data / entry.name
        return ("not usable" if folder.is_dir() else "no"), "", str(error)
    return f"{count:,} utterances", "+".join(found), ""


@data.command()
def verify(
    name: Name,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    jobs: Jobs = None,
    ids: Annotated[bool, typer.Option("--ids", help="Name all utterances, not ten.")] = False,
) -> None:
    """Read every file, compare counts with the published ones, find copies and shared speakers."""
    from emobench.corpus.corpus import distrust_files
    from emobench.corpus.verify import verify as look

    where = folders(data_dir, cache_dir)
    distrust_files(_request(name, where))
    target = _open_prepared(name, where, jobs, [])
    found = look(target)
    console = Console(soft_wrap=True, highlight=False)
    card = target.corpus.dataset.card
    console.print(Text(f"{target.corpus.request.label}: {card.title}", "bold"))
    for finding in found:
        _print_finding(console, finding, None if ids else SHOWN)
    if card.defects:
        console.print("known of this corpus, and what is done about it:")
        for defect in card.defects:
            console.print(f"  {defect}")
    wrong = sum(f.verdict == "wrong" for f in found)
    doubtful = sum(f.verdict == "doubt" for f in found)
    console.print(f"{counted(wrong, 'thing')} wrong" + f", {doubtful} in doubt" * bool(doubtful))
    raise typer.Exit(1 if wrong else 0)


def _print_finding(console: Console, finding: Finding, limit: int | None) -> None:
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
) -> None:
    """Show classes, speakers and lengths of each part, and draw classes and representations."""
    from emobench.cli.describe import Wanted
    from emobench.cli.describe import describe as show
    from emobench.discovery.representations import extracted

    wanted = Wanted(output, tuple(dict.fromkeys(representation or ())), fold, form)
    where = folders(data_dir, cache_dir)
    names = sorted(extracted(wanted.names)) if wanted.names else None
    target = _open_prepared(name, where, jobs, names, shown=wanted.names)
    show(target, wanted, Console(soft_wrap=True, highlight=False))


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
) -> None:
    """Compute every representation of the corpus now, so that runs start at once."""
    from emobench.backbones.frozen_encoder import parse
    from emobench.corpus.preparation.clip_policy import check_modalities
    from emobench.corpus.preparation.fit import feature
    from emobench.corpus.split import policy, split
    from emobench.discovery.representations import possible

    where = folders(data_dir, cache_dir)
    encoders = [parse(word) for word in encoder or ()]
    target = _open_prepared(name, where, jobs, None, [e.name for e in encoders], device)
    check_modalities(target)
    corpus = target.corpus
    extracted, fitted = possible(corpus.sources)
    rule = policy(corpus, None)
    for fold in range(rule.folds):
        for one in fitted:
            feature(target, one, split(corpus, rule, fold).train)
    console = Console(soft_wrap=True, highlight=False)
    titles = {e.name: e.label for e in encoders}
    for one in (*extracted, *titles):
        table = target.load(one)
        steps = int(table.offsets[-1])
        what = titles.get(one, one)
        console.print(f"{what}: {len(table):,} utterances, {steps:,} steps of {table.size}")
    for one in fitted:
        console.print(f"{one}: fitted on the train part of {counted(rule.folds, 'fold')}")
    size = sum(f.stat().st_size for f in target.folder.rglob("*") if f.is_file())
    console.print(f"{size / 2**20:,.0f} MiB in {target.folder}, which can be copied elsewhere")


@data.command()
def download(
    name: Name,
    only: Annotated[
        str, typer.Option(help="Files whose name matches, such as '*Audio_Speech*'.")
    ] = "*",
    dry: Annotated[bool, typer.Option("--dry", help="Say what would be fetched.")] = False,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
) -> None:
    """Download a corpus if its licence allows that; else say where to request it."""
    from dataclasses import replace

    from emobench.cli.progress import screen
    from emobench.intake.download import download_corpus

    where = folders(data_dir, cache_dir, make=True)
    card = _request(name, where).dataset().card
    chosen = tuple(d for d in card.downloads if fnmatch(d[0].rsplit("/", 1)[-1], only))
    if card.downloads and not chosen:
        raise RequestError(f"--only {only}: {card.name} has no such file; --dry lists them.")
    typer.echo(f"{card.title}. Licence: {card.licence}")
    if dry and chosen:
        for address, _, _ in chosen:
            typer.echo(address)
        return
    with screen(1) as display:
        place = download_corpus(replace(card, downloads=chosen), where, display.prepare)
    typer.echo(f"{card.name} is in {place}; `emobench data verify {name}` looks at it")


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
) -> None:
    """Write a part of a corpus as a table of clips, with their media beside it."""
    from emobench.cli.progress import screen
    from emobench.corpus.clip_table import part_rows, write_clip_table
    from emobench.corpus.corpus import open_corpus

    wanted = _request(name, folders(data_dir, cache_dir))
    with screen(1) as display:
        corpus = open_corpus(wanted, display.prepare)
        rows = part_rows(corpus, part, fold, folds)
        media = write_clip_table(corpus, rows, out, progress=display.prepare)
    typer.echo(f"{counted(len(rows), 'utterance')} are in {out}, their media in {media}")
    typer.echo(f"Terms of {corpus.dataset.card.name}: {corpus.dataset.card.licence}")


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
) -> None:
    """Convert ready-made features once into the form that is mapped into memory."""
    from emobench.cli.progress import screen
    from emobench.intake.feature_import import about, import_features

    where = folders(None, cache_dir)
    with screen(1) as display:
        place = import_features(features, as_, modality, where.imported, display.prepare, replace)
    facts = about(place)
    left = [note for note in facts["notes"] if note.startswith("left out: ")]
    for problem in [*facts["problems"], *(n for n in facts["notes"] if n not in left)]:
        typer.echo(f"note: {problem}")
    typer.echo(
        "; ".join([f"{facts['utterances']:,} utterances of {facts['size']} features", *left])
    )
    kind = modality or "audio"
    typer.echo(
        f"They are in {place}; a manifest takes them with --dataset own.csv:{kind}_features={as_}"
    )


def _request(name: str, where: Folders) -> CorpusRequest:
    """Request of the single corpus that `name` names."""
    from emobench.corpus.joint.request import corpus_requests

    requests = corpus_requests(name, None, None, where)
    if len(requests) != 1:
        raise RequestError(f"{name!r} names {len(requests)} corpora; name a single one.")
    return requests[0]


def _open_prepared(
    name: str,
    where: Folders,
    jobs: int | None,
    names: list[str] | None,
    encoders: list[str] | None = None,
    device: str = "cpu",
    shown: tuple[str, ...] = (),
) -> Prepared:
    """Open a corpus and prepare `names` (None: all), with progress; every source is read anyway.

    Of the representations `shown` the corpus must be able to give each.
    """
    from emobench.cli.describe import check_representations
    from emobench.cli.progress import screen
    from emobench.corpus.corpus import open_corpus
    from emobench.corpus.preparation.extract import prepare as compute
    from emobench.discovery.representations import possible
    from emobench.executor import DEFAULT, open_executor

    wanted_corpus = _request(name, where)
    workers = jobs or os.cpu_count() or 1
    with screen(workers) as display, open_executor(DEFAULT, workers) as executor:
        corpus = open_corpus(wanted_corpus, display.prepare)
        check_representations(corpus, shown)
        wanted = possible(corpus.sources)[0] if names is None else names
        return compute(corpus, [*wanted, *(encoders or ())], executor, display.prepare, device)
