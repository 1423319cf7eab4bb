"""Writing the three files of a leaderboard, each whole or not at all."""

from __future__ import annotations

import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from emobench.leaderboard.report.csv_table import csv_table
from emobench.leaderboard.report.html import page
from emobench.leaderboard.report.markdown import markdown
from emobench.leaderboard.report.sections import SectionView, places, section_views
from emobench.leaderboard.results.board import Board, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.transfer import TransferView, transfer_views


@dataclass(frozen=True)
class Published:
    """A leaderboard that was written: the page's path, and the sections on it."""

    page: Path
    views: tuple[SectionView, ...]
    board: Board
    transfers: tuple[TransferView, ...] = ()


def publish(root: Path, dataset: str | None = None, protocol: str | None = None) -> Published:
    """Write ``leaderboard/`` under the results folder `root`.

    With `dataset` or `protocol` only those sections are read, and they are written into a folder
    of their own below it, so that the whole page stays.
    """
    results = Results(root)
    board = read_board(results, dataset=dataset, protocol=protocol)
    views = section_views(results, board)
    transfers = transfer_views(board.sections, results.transfers())
    folder = root / "leaderboard"
    if asked := [word for word in (dataset, protocol) if word is not None]:
        text = "-".join(asked)
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", text)
        folder /= plain if plain == text else f"{plain}-{zlib.crc32(text.encode()):08x}"
    folder.mkdir(exist_ok=True, parents=True)
    _write(folder / "leaderboard.csv", csv_table(board, places(views)))
    _write(folder / "leaderboard.md", markdown(board, views, transfers))
    _write(folder / "index.html", page(board, views, transfers))
    return Published(folder / "index.html", tuple(views), board, tuple(transfers))


def _write(path: Path, text: str) -> None:
    """Write to a temporary name first: a reader never sees half a file."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, "utf-8", newline="\n")
    draft.replace(path)
