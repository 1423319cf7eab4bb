"""``emobench report``: precision, recall and F1 by class, from stored predictions."""

from __future__ import annotations

from pathlib import Path

import typer

from emobench.leaderboard import class_reports
from emobench.leaderboard.results.stored_rows import RowChoice


def report_command(results: Path, choice: RowChoice, seed: int | None) -> None:
    """Print one report per stored row.

    Raises
    ------
    RequestError
        A name is unknown, or no seed of the row has all its predictions.
    """
    typer.echo("\n\n\n".join(class_reports(results, choice, seed)))
