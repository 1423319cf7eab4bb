"""The page: one self-contained HTML file."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from emobench.leaderboard.charts.style import styles
from emobench.leaderboard.report.answers.transfer_answer import transfer_answer
from emobench.leaderboard.report.plan_box import plan_box
from emobench.leaderboard.report.sections import SectionView, overview_table
from emobench.leaderboard.results.board import Board
from emobench.leaderboard.statistics.measures import ranking_first
from emobench.leaderboard.tables.answers.omissions import page_omissions
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
    looks = styles(board)
    style = _read("style.css") + _read("explore.css") + _choices(views, transfers)
    style += _read("plan.css") if board.plan is not None else ""
    theme, script = _read("theme.js"), _read("page.js") + _read("explore.js")
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            board=board,
            omissions=page_omissions(board.selection),
            plan=plan_box(board.plan),
            views=views,
            overview=overview_table(views),
            transfers=[(one, transfer_answer(one, looks)) for one in transfers],
            looks=looks,
            measures=ranking_first(),
            several_protocols=len({view.section.protocol.name for view in views}) > 1,
            several_corpora=len({view.section.dataset for view in views}) > 1,
            policy=policy([theme, script], [style]),
            style=Markup(style),
            theme=Markup(theme),
            script=Markup(script),
        )
    )


def policy(scripts: Iterable[str], sheets: Iterable[str]) -> str:
    """Return a Content-Security-Policy that allows these scripts and style sheets and no request.

    Parameters
    ----------
    scripts, sheets
        The text between the tags, exactly as it is written.

    References
    ----------
    W3C, *Content Security Policy Level 3*, section 6.7.3.3: a text is allowed by its digest.
    """
    allowed = {"script-src": map(_digest, scripts), "style-src": map(_digest, sheets)}
    rules = [f"{kind} {' '.join(digests)}" for kind, digests in allowed.items()]
    return "; ".join(["default-src 'none'", *rules, "base-uri 'none'", "form-action 'none'"])


def _digest(text: str) -> str:
    found = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{found}'"


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


def _most_tables(views: Iterable[SectionView], transfers: Sequence[TransferView]) -> int:
    """The most tables that stand in one place, for a reader to choose between."""
    groups = (group for view in views for part in view.parts for group in part.groups)
    by_model = [tables for matrix in transfers for _, tables in matrix.tables]
    counts = [len(group.tables) for group in groups] + [len(tables) for tables in by_model]
    return max([*counts, *(len(matrix.tables) for matrix in transfers)], default=1)


def _choices(views: Sequence[SectionView], transfers: Sequence[TransferView]) -> str:
    """The style rules that go by a number: depths of a tint, chosen tables, views and regimes.

    No element has a style of its own, so that the policy can forbid them.
    """
    depths = [f".t{n}{{--t:{n / 100:.2f}}}" for n in range(101)]
    most = max((len(view.answers) for view in views), default=1)
    regimes = max((len(view.section.regimes) for view in views), default=1)
    board = "section.board:has(>.head>.panes>input"
    rules = [
        *(f'{board}[value="{n}"]:checked)>.pane:not(.p{n})' for n in range(most)),
        *(f'{board}[data-g="{n}"]:checked) .g:not(.g{n})' for n in range(regimes)),
    ]
    tables = [
        f".switch>input:nth-of-type({n}):checked~.choice:nth-of-type({n})"
        for n in range(1, _most_tables(views, transfers) + 1)
    ]
    return "".join(
        [
            *depths,
            f"{','.join(tables)}{{display:block}}",
            f"@media screen{{{','.join(rules)}{{display:none}}}}\n",
        ]
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
