"""``emobench data describe``: what a corpus holds, as tables on the terminal and as figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from emobench.cli.terminal.json_text import print_json
from emobench.errors import RequestError, Skip, unknown
from emobench.wording import SOME, counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emobench.corpus.corpus import Corpus
    from emobench.corpus.description.counts import Lengths, Rows
    from emobench.corpus.preparation.extract import Prepared
    from emobench.corpus.split import Split

FORMS = ("png", "svg")


@dataclass(frozen=True)
class Wanted:
    """What was asked for.

    Parameters
    ----------
    output
        Folder of the figures.
    names
        Representations; empty for all that can be shown.
    fold
        The fold whose parts are shown.
    form
        ``png`` or ``svg``.
    """

    output: Path
    names: tuple[str, ...] = ()
    fold: int = 0
    form: str = "png"

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise unknown("form of figures", self.form, FORMS)
        if self.output.exists() and not self.output.is_dir():
            raise RequestError(f"--output {self.output} is a file; name a folder.")


def check_representations(corpus: Corpus, names: Sequence[str]) -> None:
    """Refuse representations that nobody knows or that this corpus cannot give.

    Raises
    ------
    RequestError
        The message lists those that it can give.
    """
    here = shown_by_default(corpus)
    for name in names:
        if name not in here:
            raise unknown(f"representation of {corpus.request.label}", name, here)


def shown_by_default(corpus: Corpus) -> list[str]:
    """Every representation of a corpus whose values can be averaged."""
    from emobench.discovery.representations import is_discrete, possible, representation

    extracted, fitted = possible(corpus.sources)
    names = [*extracted, *fitted]
    return [n for n in names if not is_discrete(n) and not representation(n).reference_only]


def describe(target: Prepared, wanted: Wanted, console: Console, as_json: bool = False) -> None:
    """Print a corpus's numbers, and draw its figures into the folder."""
    from emobench.corpus.anonymity import named
    from emobench.corpus.description.counts import (
        classes_of,
        lengths_of,
        modalities_of,
        parts_of,
        speakers_of,
    )
    from emobench.corpus.description.figures import draw_classes
    from emobench.corpus.split import policy, split
    from emobench.discovery.representations import possible

    corpus = target.corpus
    rule = policy(corpus, None)
    if not 0 <= wanted.fold < rule.folds:
        raise RequestError(
            f"--fold {wanted.fold}: {corpus.request.label} has {counted(rule.folds, 'fold')}, "
            f"0 to {rule.folds - 1}."
        )
    fold = split(corpus, rule, wanted.fold)
    parts, which = parts_of(fold), f", fold {wanted.fold}" if rule.folds > 1 else ""
    counts = classes_of(corpus, parts)
    console.print(f"[bold]{corpus.request.label}[/]: {corpus.dataset.card.title}")
    console.print(f"split{which}: {rule.describe(corpus)}")
    console.print(_classes(corpus, counts, parts))
    who = "not all named" if named(corpus) == SOME else "not named"
    speakers, modalities = speakers_of(corpus, parts), modalities_of(target, parts)
    console.print(_numbers(speakers, who, modalities, parts))
    names = wanted.names or tuple(shown_by_default(corpus))
    measured = {n: lengths_of(target, n) for n in names if n in possible(corpus.sources)[0]}
    for name, lengths in measured.items():
        console.print(f"{name}: {_told(lengths)}")
    wanted.output.mkdir(parents=True, exist_ok=True)
    drawn = wanted.output / f"classes.{wanted.form}"
    draw_classes(counts, corpus.classes, f"{corpus.request.label}{which}: classes", drawn)
    console.print(f"drawn: {drawn}")
    for name in names:
        console.print(_projection(target, fold, name, which, wanted))
    if as_json:
        print_json(
            {
                "corpus": corpus.request.label,
                "title": corpus.dataset.card.title,
                "fold": wanted.fold,
                "split": rule.describe(corpus),
                "utterances": {part: len(rows) for part, rows in parts.items()},
                "classes": {p: dict(zip(corpus.classes, counts[p], strict=True)) for p in parts},
                "speakers": speakers,
                "modalities": modalities,
                "lengths": measured,
                "figures": wanted.output,
            }
        )


def _classes(corpus: Corpus, counts: Mapping[str, Rows], parts: Mapping[str, Rows]) -> Table:
    """Number and share of each class in each part."""
    table = Table(box=None, padding=(0, 1))
    table.add_column("class")
    for part in parts:
        table.add_column(part, justify="right")
    for place, name in enumerate(corpus.classes):
        cells = [_share(int(counts[p][place]), len(parts[p])) for p in parts]
        table.add_row(name, *cells)
    if corpus.multilabel:
        none = {p: int((corpus.labels[rows].sum(axis=1) == 0).sum()) for p, rows in parts.items()}
        table.add_row("(none)", *(_share(none[p], len(parts[p])) for p in parts))
    table.add_row("utterances", *(f"{len(rows):,}" for rows in parts.values()), style="bold")
    return table


def _share(count: int, whole: int) -> str:
    return f"{count:,} ({count / max(1, whole):5.1%})"


def _numbers(
    speakers: Mapping[str, int] | None,
    unnamed: str,
    modalities: Mapping[str, Mapping[str, int]],
    parts: Mapping[str, Rows],
) -> Table:
    """Speakers of each part, and its utterances that have a modality."""
    table = Table(box=None, padding=(0, 1))
    table.add_column("")
    for part in parts:
        table.add_column(part, justify="right")
    if speakers is None:
        table.add_row("speakers", *[unnamed] * len(parts))
    else:
        table.add_row("speakers", *(f"{speakers[p]:,}" for p in parts))
    for modality, found in modalities.items():
        table.add_row(f"with {modality}", *(_share(found[p], len(parts[p])) for p in parts))
    return table


def _told(lengths: Lengths | None) -> str:
    if lengths is None:
        return "no utterance has it"
    unit = "s" if lengths.seconds else "steps"
    digits = ".2f" if lengths.seconds else ",.0f"
    total = f"{lengths.total / 3600:.2f} h" if lengths.seconds else f"{lengths.total:,.0f} steps"
    return (
        f"{lengths.count:,} utterances of {lengths.shortest:{digits}} to "
        f"{lengths.longest:{digits}} {unit}, median {lengths.median:{digits}}, {total} in all, "
        f"{lengths.size:,} features a step"
    )


def _projection(target: Prepared, fold: Split, name: str, which: str, wanted: Wanted) -> str:
    """Draw one representation; say what was drawn, or why it was not."""
    from emobench.corpus.description.figures import draw_projection
    from emobench.corpus.description.projection import project

    corpus = target.corpus
    try:
        view = project(target, fold, name)
    except Skip as reason:
        return f"not drawn: {name}: {reason}"
    path = wanted.output / f"pca_{name}.{wanted.form}"
    several = ", coloured by the rarest class of each" if corpus.multilabel else ""
    shares = " + ".join(f"{share:.1%}" for share in view.explained)
    draw_projection(
        view, corpus.strata, fold.test, corpus.classes,
        f"{corpus.request.label}{which}: {name}, mean over time of all {len(view.rows):,} "
        f"utterances{several}; hollow: test", path,
    )  # fmt: skip
    return (
        f"drawn: {path}: {name}, all {len(view.rows):,} utterances that have it{several}; PCA "
        f"fitted on {view.fitted_on:,} of train explains {shares} of the variance of "
        f"{counted(view.size, 'feature')}"
    )
