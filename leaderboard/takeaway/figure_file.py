"""A chart of the page as an SVG file of its own: light, with a title and a legend."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import Final

from emobench.leaderboard.charts.style import Style
from emobench.leaderboard.report.html import TEMPLATES

FONTS: Final = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
GROUND: Final = "#ffffff"
"""Figures are printed on white, whatever the page's ground is."""

LINE: Final = 15.0
"""Height of a line of the legend, in points."""
LETTER: Final = 5.6
"""Width of a letter of the legend, about, in points."""


@cache
def _style() -> str:
    """The page's style sheet for light screens: what is for others alone is left out."""
    style = (TEMPLATES / "style.css").read_text("utf-8")
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    return re.sub(r"@[^{;]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", style)


@cache
def colours() -> Mapping[str, str]:
    """Return the colours of the light page by the name of their variable."""
    light = re.search(r":root\s*\{(.*?)\}", _style(), flags=re.DOTALL)
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{3,8})", light[1])) if light else {}


def _rules(chart: str) -> str:
    """The rules of the style sheet that concern what is drawn in a chart.

    Rules for the whole picture alone say how it lies in the page.
    """
    root = re.search(r"<svg[^>]*>", chart)
    own = re.search(r'class="([^"]*)"', root[0]) if root else None
    inside = {c for named in re.findall(r'class="([^"]*)"', chart) for c in named.split()}
    pictures = [re.escape(f"svg.{name} ") for name in (own[1].split() if own else [])]
    found = []
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", _style()):
        mine = [one.strip() for one in selectors.split(",")]
        kept = [
            one
            for one in mine
            if any(re.match(name, one) for name in pictures) or one.removeprefix(".") in inside
        ]
        if kept:
            found.append(f"{', '.join(kept)} {{{body}}}")
    return "\n".join(found)


def _light(text: str) -> str:
    """Colours in the place of the variables of the page."""
    return re.sub(r"var\(--([\w-]+)\)", lambda m: colours().get(m[1], "#000000"), text)


def figure_text(
    chart: str, title: str, labels: Sequence[str] = (), looks: Mapping[str, Style] | None = None
) -> str:
    """Return a chart of the page as a whole SVG file.

    Parameters
    ----------
    chart
        The inline SVG, whose colours are the page's variables and whose size is the page's.
    title
        Of the figure.
    labels, looks
        The models of its legend and how they are drawn; empty where lines bear their names.
    """
    box = re.search(r'viewBox="([\d.\s-]+)"', chart)
    left, top, width, height = map(float, box[1].split()) if box else (0.0, 0.0, 400.0, 300.0)
    legend, more = _legend(labels, looks or {}, left, top + height, width)
    tall = height + more
    text = _light(chart).replace("font-family: inherit", f"font-family: {FONTS}")
    size = f'width="{width:g}pt" height="{tall:g}pt" viewBox="{left:g} {top:g} {width:g} {tall:g}"'
    text = re.sub(r'viewBox="[\d.\s-]+"', size, text, count=1)
    ground = f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{tall:g}" fill="{GROUND}"/>'
    root = re.search(r"<svg[^>]*>", text)
    rules = f"svg {{ font-family: {FONTS}; }}\n{_light(_rules(chart))}"
    inside = f"\n<title>{escape(title)}</title>\n<style>{escape(rules, quote=False)}</style>"
    text = re.sub(r"(<svg[^>]*>)", lambda m: f"{m[1]}{inside}\n{ground}", text, count=1)
    if root and "xmlns=" not in root[0]:
        text = text.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    text = text.rstrip().removesuffix("</svg>") + legend + "</svg>\n"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'


def _legend(
    labels: Sequence[str], looks: Mapping[str, Style], left: float, top: float, width: float
) -> tuple[str, float]:
    """Signs and names below a chart, and the height that they take."""
    known = [label for label in labels if label in looks]
    if not known:
        return "", 0.0
    parts, x, y = [], left + 8, top + LINE
    for label in known:
        needed = 14 + LETTER * len(label)
        if x > left + 8 and x + needed > left + width - 8:
            x, y = left + 8, y + LINE
        look = looks[label]
        colour = _light(look.css)
        parts.append(
            f'<text x="{x:g}" y="{y:g}" style="font-size: 10px; font-family: {FONTS}; '
            f'fill: {colour}">{look.sign} {escape(label)}</text>\n'
        )
        x += needed + 10
    return "".join(parts), y - top + LINE / 2
