"""The page as it is served: the one of the disk, and a script that loads it again when it is old.

The file on the disk stays as it is: no page that is opened from there may connect to anything. Only
what is served gets the script, and a policy that allows this one script and requests to the server
that sent it.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from emobench.leaderboard.report.html import policy

TEMPLATES: Final = Path(__file__).parent / "templates"
CONNECT: Final = "; connect-src 'self'"


def version_of(page: str) -> str:
    """Return a digest of a page: another one where anything in it is another."""
    return hashlib.sha256(page.encode()).hexdigest()[:32]


def waiting_page(reason: str) -> str:
    """Return the page that stands where no results can be shown yet, as HTML.

    Parameters
    ----------
    reason
        Why: a sentence.
    """
    style = _read("waiting.css")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    template = environment.get_template("waiting.html.j2")
    return template.render(reason=reason, style=Markup(style), policy=policy([], [style]))


def followed(page: str) -> str:
    """Return a page with the script that follows the server.

    Raises
    ------
    ValueError
        It is no page of ours: it has no policy to extend.
    """
    script, style = _read("follow.js"), _read("follow.css")
    ours = policy([script], [style])
    head, ends, body = page.partition("</head>")
    main, closes, rest = body.rpartition("</body>")
    if not ends or not closes or "script-src" not in head:
        raise ValueError("the page has no head with a policy, or no body")
    for kind in ("script-src", "style-src"):
        allowed = escape(ours.split(f"{kind} ", 1)[1].split(";", 1)[0])
        head = head.replace(f"{kind} ", f"{kind} {allowed} ", 1)
    head = head.replace("; base-uri", f"{escape(CONNECT)}; base-uri", 1)
    box = f'<p id="follow" role="status" data-page="{version_of(page)}"></p>'
    more = f"{box}\n<script>{script}</script>\n"
    return f"{head}<style>{style}</style>\n{ends}{main}{more}{closes}{rest}"


@cache
def _read(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")
