"""``emobench data describe``: what a corpus holds, as tables on the terminal and as figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from emobench.data.description import Description, Wanted, description
from emobench.terminal.json_text import print_json

if TYPE_CHECKING:
    from emobench.corpus.description.counts import Lengths
    from emobench.corpus.preparation.extract import Prepared


def describe(target: Prepared, wanted: Wanted, console: Console, as_json: bool = False) -> None:
    """Print a corpus's numbers, and draw its figures into the folder."""
    found = description(target, wanted)
    which = f", fold {found.fold}" if found.folds > 1 else ""
    console.print(f"[bold]{found.corpus}[/]: {found.title}")
    console.print(f"split{which}: {found.split}")
    console.print(_classes(found))
    console.print(_numbers(found))
    for name, lengths in found.lengths.items():
        console.print(f"{name}: {_told(lengths)}")
    for remark in found.remarks:
        console.print(remark)
    if as_json:
        print_json(found.content())


def _classes(found: Description) -> Table:
    """Number and share of each class in each part."""
    table = Table(box=None, padding=(0, 1))
    table.add_column("class")
    for part in found.parts:
        table.add_column(part, justify="right")
    names = next(iter(found.counts.values()))
    for name in names:
        cells = [_share(found.counts[part][name], whole) for part, whole in found.parts.items()]
        table.add_row(name, *cells)
    if found.without is not None:
        none = found.without
        table.add_row("(none)", *(_share(none[part], n) for part, n in found.parts.items()))
    table.add_row("utterances", *(f"{n:,}" for n in found.parts.values()), style="bold")
    return table


def _share(count: int, whole: int) -> str:
    return f"{count:,} ({count / max(1, whole):5.1%})"


def _numbers(found: Description) -> Table:
    """Speakers of each part, and its utterances that have a modality."""
    table = Table(box=None, padding=(0, 1))
    table.add_column("")
    for part in found.parts:
        table.add_column(part, justify="right")
    if found.speakers is None:
        who = "not all named" if found.names_some else "not named"
        table.add_row("speakers", *[who] * len(found.parts))
    else:
        table.add_row("speakers", *(f"{found.speakers[part]:,}" for part in found.parts))
    for modality, having in found.modalities.items():
        cells = [_share(having[part], whole) for part, whole in found.parts.items()]
        table.add_row(f"with {modality}", *cells)
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
