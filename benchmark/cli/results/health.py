"""What ``emobench results verify`` and ``repair`` print."""

from __future__ import annotations

from pathlib import Path

import typer

from emobench.store.verification import Verification
from emobench.terminal.json_text import print_json
from emobench.terminal.voice import Voice
from emobench.wording import counted

MOST = 20
"""Files of a kind that are named, unless all are asked for as JSON."""


def print_verification(folder: Path, found: Verification, as_json: bool) -> None:
    """Print what a look at every file found."""
    if as_json:
        print_json(found.plain())
        return
    typer.echo(_whole(folder, found))
    if found.unmarked:
        typer.echo(
            f"{counted(found.unmarked, 'file')} of older versions have no checksum: they could be "
            "read, and more cannot be told"
        )
    if found.absent_cells:
        are = "is" if found.absent_cells == 1 else "are"
        typer.echo(
            f"{counted(found.absent_cells, 'cell')} of its grids {are} not stored, so that scores "
            "may stand on fewer seeds or folds: `emobench results list` says where, and the "
            "commands that made the grids compute them"
        )
    _name("damaged", [f"{one.path} ({one.what})" for one in found.faults])
    _name("not there any more, computed again when it is needed", found.absent)
    _name("half-written by a killed process; the next run removes it", found.partial)
    _name("not written by emobench", found.unknown)
    if found.faults:
        typer.echo(
            f"`emobench results repair {folder}` puts damaged files aside; the commands that made "
            "them then compute them again"
        )


def print_repair(folder: Path, found: Verification, aside: Path | None, voice: Voice) -> None:
    """Print what was put aside."""
    if aside is None:
        voice.say(f"{folder} holds no damaged file")
        return
    if not voice.quiet:
        _name("put aside", [f"{one.path} ({one.what})" for one in found.faults])
    voice.made(
        aside,
        f"moved {counted(len(found.faults), 'damaged file')} to {aside}; the commands that made "
        "them compute them again. Until then, scores may stand on fewer seeds or folds",
    )


def _whole(folder: Path, found: Verification) -> str:
    kinds = {"training": "training", "weights": "file", "pack": "pack", "record": "record"}
    words = {"weights": " of weights", "pack": f" with {counted(found.cells, 'cell')}"}
    parts = [
        f"{counted(found.whole[kind], noun)}{words.get(kind, '')}"
        for kind, noun in kinds.items()
        if found.whole[kind]
    ]
    sure = not (found.faults or found.unmarked or found.absent_cells)
    whole = "are whole: everything is as it was written" if sure else "are whole"
    return f"{folder}: {', '.join(parts) or 'nothing'} {whole}"


def _name(what: str, paths: list[str]) -> None:
    for path in paths[:MOST]:
        typer.echo(f"{what}: {path}")
    if len(paths) > MOST:
        typer.echo(f"{what}: and {len(paths) - MOST} more; --json names all")
