"""What the commands say of a model's file that was edited after its rows were computed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer


def say_edits(
    results: Path, words: Sequence[str], dataset: str | None = None, protocol: str | None = None
) -> None:
    """Say on standard error which rows are of an earlier file than the one that was named."""
    from emobench.leaderboard.results.grids.edited_files import edit_notes

    for line in edit_notes(results, words, dataset, protocol):
        typer.echo(line, err=True)
