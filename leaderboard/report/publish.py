"""Writing the three files of a leaderboard, each whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from emobench.atomic import partial_prefix, sweep
from emobench.disk.refusal import raise_refusal
from emobench.leaderboard.plans.outcomes import plan_outcome
from emobench.leaderboard.report.csv_table import csv_table
from emobench.leaderboard.report.html import page
from emobench.leaderboard.report.markdown import markdown
from emobench.leaderboard.report.plan_files import PLAN_FILES, plan_files
from emobench.leaderboard.report.sections import SectionView, places, section_views
from emobench.leaderboard.results.board import Board, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.selections.selection import WHOLE, Selection
from emobench.leaderboard.tables.transfer import TransferView, transfer_views

PAGE: Final = "index.html"
DRAFT = re.compile(r"\.(index\.html|leaderboard\.(csv|md))\.\d+")


@dataclass(frozen=True)
class Composition:
    """A leaderboard that is computed and not written yet.

    Parameters
    ----------
    texts
        The content of each file by its name.
    views, board, transfers
        The sections, what they were made of, and the matrices above them.
    """

    texts: Mapping[str, str]
    views: tuple[SectionView, ...]
    board: Board
    transfers: tuple[TransferView, ...] = ()


@dataclass(frozen=True)
class Published:
    """A leaderboard that was written: the page's path, its sections, the matrices above them."""

    page: Path
    views: tuple[SectionView, ...]
    board: Board
    transfers: tuple[TransferView, ...] = ()


def compose(root: Path, selection: Selection = WHOLE) -> Composition:
    """Compute the files of a leaderboard from what the results folder `root` holds.

    Raises
    ------
    RequestError
        Nothing is stored there, a name of `selection` is unknown, or a table cannot be read.
    """
    results = Results(root)
    board = read_board(
        results,
        dataset=selection.dataset,
        protocol=selection.protocol,
        models=selection.models,
    )
    if (plan := plan_outcome(root)) is not None:
        sections = tuple(replace(section, plan=plan) for section in board.sections)
        board = replace(board, sections=sections, plan=plan)
    views = section_views(results, board)
    transfers = transfer_views(board.sections, results.transfers())
    gains = [one for view in transfers for one in view.ranking_gains]
    texts = {
        "leaderboard.csv": csv_table(board, places(views), gains),
        "leaderboard.md": markdown(board, views, transfers),
        PAGE: page(board, views, transfers),
    }
    if plan is not None:
        texts |= plan_files(plan)
    return Composition(texts, tuple(views), board, tuple(transfers))


def write(root: Path, composed: Composition) -> Published:
    """Write the files of a leaderboard into the folder of its selection, below ``leaderboard/``.

    Every part of the results has a folder of its own, so that the whole page stays.
    """
    folder = composed.board.selection.place(root)
    folder.mkdir(exist_ok=True, parents=True)
    _write(folder, composed.texts)
    for name in PLAN_FILES:  # of a plan that is no longer there
        if name not in composed.texts:
            (folder / name).unlink(missing_ok=True)
    return Published(folder / PAGE, composed.views, composed.board, composed.transfers)


def publish(root: Path, selection: Selection = WHOLE) -> Published:
    """Compute a leaderboard and write its files; see `compose` and `write`."""
    return write(root, compose(root, selection))


def _write(folder: Path, texts: Mapping[str, str]) -> None:
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
