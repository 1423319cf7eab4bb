"""What ``emobench show CELL`` and ``emobench rerun`` print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from emobench.terminal.voice import Voice

if TYPE_CHECKING:
    from emobench.repetition.cell_sheet import CellSheet
    from emobench.repetition.comparison import Repetition


def print_sheet(sheet: CellSheet, voice: Voice) -> None:
    """Print where a cell is from."""
    if voice.as_json:
        voice.result([sheet.content()])
        return
    for line in _sheet_lines(sheet):
        typer.echo(line)


def _sheet_lines(sheet: CellSheet) -> Iterator[str]:
    yield sheet.title
    yield f"  cell {sheet.cell}, training {sheet.training}: {sheet.status}"
    for name, facts in sheet.facts.items():
        if not facts:
            continue
        yield ""
        yield name
        width = max(map(len, facts))
        yield from (f"  {word:<{width}}  {value}" for word, value in facts.items())
    if sheet.changed:
        yield ""
        yield from (f"look: {text}" for text in sheet.changed)


def print_repetition(found: Repetition, voice: Voice) -> int:
    """Print what came of a repetition; return the exit status."""
    status = 0 if found.is_repeated else 1
    if voice.as_json:
        voice.result(found.content())
        return status
    for line in _lines(found):
        typer.echo(line)
    return status


def _lines(found: Repetition) -> Sequence[str]:
    lines = [f"{found.title} ({found.cell})"]
    gap = found.gap
    if gap is not None:
        lines.append(
            f"predictions  {gap.n:,} utterances, largest difference of a logit {gap.largest:.3g}, "
            f"{gap.decisions:,} decided otherwise"
        )
    if found.weights:
        lines.append(f"weights      {found.weights}")
    lines += [f"then, now    {name}: {then}, {now}" for name, (then, now) in found.around.items()]
    if found.is_repeated:
        lines += [f"although     {text}" for text in found.because]
    return [*lines, found.sentence]
