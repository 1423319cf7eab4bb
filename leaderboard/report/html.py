"""The page: one self-contained HTML file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from emobench.leaderboard.charts.style import styles
from emobench.leaderboard.report.sections import SectionView, overview_table
from emobench.leaderboard.results.board import Board
from emobench.leaderboard.statistics.measures import ranking_first
from emobench.leaderboard.tables.transfer import TransferView
from emobench.wording import counted

TEMPLATES = Path(__file__).parent / "templates"
ADDRESS = re.compile(r"(?:https?://|doi\.org/|www\.)[^\s;,()]+[^\s;,().]")


def page(board: Board, views: list[SectionView], transfers: Sequence[TransferView] = ()) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    board
        What is stored.
    views
        Its sections, computed.
    transfers
        The matrices over several sections.
    """
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            board=board,
            views=views,
            overview=overview_table(views),
            transfers=transfers,
            looks=styles(board),
            measures=ranking_first(),
            style=Markup((TEMPLATES / "style.css").read_text("utf-8")),
            script=Markup((TEMPLATES / "sort.js").read_text("utf-8")),
        )
    )


def environment() -> Environment:
    """Return the template environment: it escapes every value and refuses undefined names."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"counted": counted, "inline": inline, "linked": linked, "when": when}
    return found


def linked(text: str) -> Markup:
    """Return `text`, escaped, with every web address in it as an anchor."""
    found, end = Markup(), 0
    for match in ADDRESS.finditer(text):
        address = match[0] if match[0].startswith("http") else f"https://{match[0]}"
        shown = address.split("://", 1)[1].rstrip("/")
        found += escape(text[end : match.start()])
        found += Markup('<a href="{}" rel="noopener">{}</a>').format(address, shown)
        end = match.end()
    return found + escape(text[end:])


def inline(text: str) -> Markup:
    """Return inline Markdown, escaped, with its code and bold parts marked up."""
    html = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return Markup(re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html))


def when(created: str) -> str:
    """Print a stored time to the minute."""
    return created[:16].replace("T", " ")
