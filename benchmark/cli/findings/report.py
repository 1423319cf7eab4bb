"""``emobench report``: precision, recall and F1 by class, from stored predictions."""

from __future__ import annotations

from pathlib import Path

import typer

from emobench.cli.findings.edits import say_edits
from emobench.leaderboard import class_reports, class_tables
from emobench.leaderboard.results.stored_rows import RowChoice
from emobench.terminal.json_text import print_json


def report_command(
    results: Path, choice: RowChoice, seed: int | None, as_json: bool = False
) -> None:
    """Print one report per stored row, or all of them as JSON.

    Raises
    ------
    RequestError
        A name is unknown, or no seed of the row has all its predictions.
    """
    say_edits(results, (choice.model,), choice.dataset, choice.protocol)
    if as_json:
        print_json(class_tables(results, choice, seed))
        return
    typer.echo("\n\n\n".join(class_reports(results, choice, seed)))
