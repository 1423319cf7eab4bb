"""Writing the three files of a leaderboard, each whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from emobench.leaderboard.report.csv_table import csv_table
from emobench.leaderboard.report.html import page
from emobench.leaderboard.report.markdown import markdown
from emobench.leaderboard.report.sections import places, section_views
from emobench.leaderboard.results.board import read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.transfer import transfer_views


def publish(root: Path) -> Path:
    """Write ``leaderboard/`` under the results folder `root`; return the page's path."""
    results = Results(root)
    board = read_board(results)
    views = section_views(results, board)
    transfers = transfer_views(board.sections, results.transfers())
    folder = root / "leaderboard"
    folder.mkdir(exist_ok=True)
    _write(folder / "leaderboard.csv", csv_table(board, places(views)))
    _write(folder / "leaderboard.md", markdown(board, views, transfers))
    _write(folder / "index.html", page(board, views, transfers))
    return folder / "index.html"


def _write(path: Path, text: str) -> None:
    """Write to a temporary name first: a reader never sees half a file."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, "utf-8", newline="\n")
    draft.replace(path)
