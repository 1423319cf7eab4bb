"""Writing the three files of a leaderboard, each whole or not at all."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from emobench.atomic import partial_prefix, sweep
from emobench.disk.refusal import raise_refusal
from emobench.leaderboard.report.csv_table import csv_table
from emobench.leaderboard.report.html import page
from emobench.leaderboard.report.markdown import markdown
from emobench.leaderboard.report.sections import SectionView, places, section_views
from emobench.leaderboard.results.board import Board, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.transfer import TransferView, transfer_views

DRAFT = re.compile(r"\.(index\.html|leaderboard\.(csv|md))\.\d+")


@dataclass(frozen=True)
class Published:
    """A leaderboard that was written: the page's path, its sections, the matrices above them."""

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
    gains = [one for view in transfers for one in view.ranking_gains]
    texts = {
        "leaderboard.csv": csv_table(board, places(views), gains),
        "leaderboard.md": markdown(board, views, transfers),
        "index.html": page(board, views, transfers),
    }
    _write(folder, texts)
    return Published(folder / "index.html", tuple(views), board, tuple(transfers))


def _write(folder: Path, texts: dict[str, str]) -> None:
    """Write all files to temporary names first: a reader never sees half a file.

    None takes its place before all are whole, so that a page never lies beside another's tables.
    """
    for left in folder.glob(".*"):
        if DRAFT.fullmatch(left.name):  # of an earlier version that was killed
            left.unlink(missing_ok=True)
    sweep(folder)
    drafts = {name: folder / f"{partial_prefix()}-{name.replace('-', '_')}" for name in texts}
    try:
        for name, text in texts.items():
            drafts[name].write_text(text, "utf-8", newline="\n")
        for name, draft in drafts.items():
            draft.replace(folder / name)
    except OSError as error:
        raise_refusal(error, folder)
        raise
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
