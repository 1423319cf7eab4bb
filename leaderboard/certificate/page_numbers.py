"""Whether a certificate states the numbers that the page of the results folder shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from emobench.leaderboard.certificate.comparison import differences
from emobench.leaderboard.certificate.contents import Contents
from emobench.leaderboard.certificate.numbers import FOLDER, number_tables
from emobench.leaderboard.pedigree.sections import StoredSections
from emobench.leaderboard.report.sections import section_views
from emobench.leaderboard.results.board import Board, section_of
from emobench.leaderboard.results.corpus_state import SectionKey
from emobench.wording import counted


def page_notes(root: Path, key: SectionKey, made: Contents) -> tuple[str, ...]:
    """Return a note where the page of `root` shows other numbers than a certificate of it.

    That can be where units are numbered, since draws of units follow from their names, and where
    the page counts what a certificate leaves out: superseded results and outdated rows.
    """
    sections = StoredSections(root)
    section = section_of(sections.results, sections.entries(key), sections.outdated(key))
    board = Board((section,), newest="")
    (view,) = section_views(sections.results, board, drawn=False)
    shown = number_tables(replace(board, sections=(view.section,)), view)
    stated = {name: text for name, text in made.texts.items() if name.startswith(f"{FOLDER}/")}
    gaps = [
        line
        for name in sorted({*shown, *stated})
        for line in differences(name, stated.get(name, ""), shown.get(name, ""))
    ]
    if not gaps:
        return ()
    return (f"{counted(len(gaps), 'field')} differ from the page of the folder, first {gaps[0]}",)
