"""The page: one self-contained HTML file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from emobench.leaderboard.charts.style import styles
from emobench.leaderboard.report import number_format as numbers
from emobench.leaderboard.report.sections import SectionView
from emobench.leaderboard.results.board import Board
from emobench.leaderboard.statistics.bootstrap import REPLICATES
from emobench.leaderboard.tables.transfer import TransferView

TEMPLATES = Path(__file__).parent / "templates"


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
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "score": numbers.score,
        "signed": numbers.signed,
        "interval": numbers.interval,
        "signed_interval": numbers.signed_interval,
        "percent": numbers.percent,
        "count": numbers.count,
        "duration": numbers.duration,
        "milliseconds": numbers.milliseconds,
        "counted": numbers.counted,
        "web_link": web_link,
        "linked": linked,
        "when": when,
    }
    return environment.get_template("index.html.j2").render(
        board=board,
        views=views,
        transfers=transfers,
        looks=styles(board),
        replicates=REPLICATES,
        style=Markup((TEMPLATES / "style.css").read_text("utf-8")),
        script=Markup((TEMPLATES / "sort.js").read_text("utf-8")),
    )


def web_link(text: str) -> Markup:
    """Return an anchor when `text` is a web address, otherwise the text itself, escaped."""
    address = f"https://{text}" if text.startswith(("doi.org/", "www.")) else text
    if urlsplit(address).scheme not in ("http", "https"):
        return Markup("{}").format(text)
    shown = address.split("://", 1)[1].rstrip("/")
    return Markup('<a href="{}" rel="noopener">{}</a>').format(address, shown)


def linked(text: str) -> Markup:
    """Return `text`, escaped, with every web address in it as an anchor."""
    parts = re.split(r"(https?://[^\s;,)]+)", text)
    return Markup("").join(web_link(part) if i % 2 else part for i, part in enumerate(parts))


def when(created: str) -> str:
    """Print a stored time to the minute."""
    return created[:16].replace("T", " ")
