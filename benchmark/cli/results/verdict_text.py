"""Prints what the check of submissions found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import typer

from emobench.terminal.json_text import print_json
from emobench.wording import counted

if TYPE_CHECKING:
    from emobench.leaderboard.submission.validation import Verdict

SHOWN: Final = 20
"""Faults of one column that are printed; all that are kept are in the JSON."""


def print_verdicts(verdicts: Sequence[Verdict], strict: bool, as_json: bool) -> None:
    """Print every verdict, or all of them as JSON."""
    if as_json:
        print_json([verdict.content(strict) for verdict in verdicts])
        return
    for verdict in verdicts:
        for line in _lines(verdict, strict):
            typer.echo(line)


def _lines(verdict: Verdict, strict: bool) -> Iterator[str]:
    yield from _faults(verdict)
    if verdict.unreadable:
        yield f"{verdict.path} cannot be read: {verdict.unreadable}"
        return
    for origin in verdict.origins:
        yield str(origin)
    checked = (
        f"{counted(verdict.results, 'row')} of results and "
        f"{counted(verdict.predictions, 'row')} of predictions"
    )
    if verdict.total:
        yield f"{verdict.path}: {counted(verdict.total, 'fault')} in {checked}"
        if not verdict.predictions:
            yield (
                f"{verdict.path}: scores, predictions and masks were not checked, since the files "
                "have not the form of the schema"
            )
    elif verdict.status(strict):
        yield f"{verdict.path}: not everything is the same here, which --strict asks for"
    else:
        yield f"{verdict.path} is valid: {checked}"


def _faults(verdict: Verdict) -> Iterator[str]:
    shown: dict[tuple[str, str], int] = {}
    printed = 0
    for fault in verdict.faults:
        place = (fault.file, fault.column)
        shown[place] = shown.get(place, 0) + 1
        if shown[place] <= SHOWN:
            printed += 1
            yield str(fault)
    if printed < verdict.total:
        yield f"and {counted(verdict.total - printed, 'more fault')} of the same columns"
