"""Prints what a results folder holds."""

from __future__ import annotations

from pathlib import Path

import typer

from emobench.store.inventory import Inventory, failures, inventory
from emobench.terminal.json_text import print_json
from emobench.wording import counted


def print_inventory(folder: Path, as_json: bool) -> None:
    """Print trainings and cells by corpus, protocol and model, or all of it as JSON."""
    found = inventory(folder)
    if as_json:
        print_json(found.plain())
        return
    for line in found.notes:
        typer.echo(line)
    for line in _table(found):
        typer.echo(line)
    for line in _sentences(folder, found):
        typer.echo(line)


def _table(found: Inventory) -> list[str]:
    head = ("corpus", "protocol", "model", "trainings", "cells", "failed", "absent")
    rows = [
        (*subject, f"{c.trainings:,}", f"{c.done:,}", f"{c.failed:,}", f"{c.absent:,}")
        for subject, c in found.subjects.items()
    ]
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(
            word.ljust(width) if place < 3 else word.rjust(width)
            for place, (word, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]


def _sentences(folder: Path, found: Inventory) -> list[str]:
    lines = [
        f"{folder} holds {counted(found.trainings, 'training')} ({found.failed_trainings:,} more "
        f"failed), {counted(found.cells, 'cell')} ({found.failed_cells:,} more failed) and "
        f"{counted(found.trials, 'trial')}: {counted(found.files, 'file')}, "
        f"{found.bytes / 2**20:,.1f} MiB"
    ]
    if found.shared:
        named = sum(c.trainings for c in found.subjects.values())
        lines.append(
            f"the rows name {counted(named, 'training')} in all, {found.shared:,} of them again: "
            "what several rows need is trained once, and counted in each"
        )
    if found.failed_trainings or found.failed_cells:
        lines.append("`--failed` prints the reasons; `emobench run --retry-failed` runs them again")
    if found.old_cells:
        lines.append(
            f"{counted(found.old_cells, 'cell')} lie in folders of their own; `emobench results "
            f"migrate {folder}` puts them into few files"
        )
    return lines


def print_failures(folder: Path, as_json: bool = False) -> None:
    """Print the reason and the traceback of each training and cell that failed."""
    if as_json:
        keys = ("what", "reason", "traceback")
        print_json([dict(zip(keys, one, strict=True)) for one in failures(folder)])
        return
    number = 0
    for what, reason, trace in failures(folder):
        number += 1
        typer.echo(f"{what}: {reason}")
        if trace.strip():
            typer.echo(f"{trace.rstrip()}\n")
    if not number:
        typer.echo(f"nothing in {folder} failed")
