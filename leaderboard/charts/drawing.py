"""A small drawing in SVG that takes its colours and sizes from the page's style sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape

from matplotlib.ticker import MaxNLocator

from emobench.leaderboard.number_format import score

WIDTH = 460
"""Width of every drawing in its own units; text of 11 units is then read on a phone too."""


@dataclass(frozen=True)
class Span:
    """A scale: the values from `low` to `high` lie between the places `start` and `stop`."""

    low: float
    high: float
    start: float
    stop: float

    def at(self, value: float) -> float:
        """Return the place of a value; what is outside is put on the edge."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.start + (self.stop - self.start) * min(1.0, max(0.0, share))

    def ticks(self, most: int = 6) -> list[float]:
        """Return round values within the scale."""
        found = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(self.low, self.high)
        return [round(float(t), 6) for t in found if self.low - 1e-9 <= t <= self.high + 1e-9]


@dataclass
class Drawing:
    """Lines, dots and text of a chart.

    Parameters
    ----------
    name
        Unique within the page; its title and description get ids from it.
    title, description
        What the chart is, and what it shows, for those who do not see it.
    height, width
        In its own units.
    """

    name: str
    title: str
    description: str
    height: float
    parts: list[str] = field(default_factory=list)
    width: float = WIDTH

    @contextmanager
    def of(self, label: str) -> Iterator[None]:
        """Mark what is drawn within as that of a model, so that a reader can highlight it."""
        self.parts.append(f'<g data-m="{escape(label)}">')
        yield
        self.parts.append("</g>")

    def line(self, x1: float, y1: float, x2: float, y2: float, look: str) -> None:
        """Draw a straight line with the classes `look`."""
        self.parts.append(f'<path class="{look}" d="M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}"/>')

    def path(self, points: Iterable[tuple[float, float]], look: str, closed: bool = False) -> None:
        """Draw a line through points, or an area."""
        steps = "L".join(f"{_n(x)} {_n(y)}" for x, y in points)
        self.parts.append(f'<path class="{look}" d="M{steps}{"z" if closed else ""}"/>')

    def dot(self, x: float, y: float, look: str, radius: float = 3.4, said: str = "") -> None:
        """Draw a dot; `said` is shown when it is pointed at."""
        inner = f"<title>{escape(said)}</title></circle>" if said else "</circle>"
        self.parts.append(
            f'<circle class="{look}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}">{inner}'
        )

    def text(self, x: float, y: float, text: str, look: str = "", end: str = "start") -> None:
        """Write text whose `end` (start, middle, end) is at a place."""
        anchor = f' text-anchor="{end}"' if end != "start" else ""
        named = f' class="{look}"' if look else ""
        self.parts.append(f'<text x="{_n(x)}" y="{_n(y)}"{anchor}{named}>{escape(text)}</text>')

    def axis(self, span: Span, top: float, bottom: float, caption: str, signed: bool) -> None:
        """Draw a horizontal scale with hairlines from `top` to `bottom`, its caption below."""
        for tick in span.ticks():
            x = span.at(tick)
            zero = signed and tick == 0
            self.line(x, top, x, bottom, "zero" if zero else "grid")
            self.text(x, bottom + 14, tick_text(tick, signed), "tick", "middle")
        self.text((span.start + span.stop) / 2, bottom + 29, caption, "tick", "middle")

    def svg(self) -> str:
        """Return the drawing."""
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", self.name)
        head = (
            f'<svg class="plain" role="img" aria-labelledby="{name}-t {name}-d" '
            f'viewBox="0 0 {_n(self.width)} {_n(self.height)}">'
            f'<title id="{name}-t">{escape(self.title)}</title>'
            f'<desc id="{name}-d">{escape(self.description)}</desc>'
        )
        return "\n".join([head, *self.parts, "</svg>"])


def tick_text(value: float, signed: bool = False) -> str:
    """Print a tick as tables print scores, without needless zeros."""
    if value == 0:
        return "0"
    text = score(value).rstrip("0").removesuffix(".")
    return f"+{text}" if signed and value > 0 else text


def shortened(text: str, most: int) -> str:
    """Return `text` with its middle left out where it has more than `most` letters."""
    if len(text) <= most:
        return text
    half = (most - 1) // 2
    return f"{text[: most - 1 - half]}…{text[-half:]}"


def apart(names: Iterable[str], most: int) -> dict[str, str]:
    """Return each name shortened, so that no two names come to be the same where that can be.

    Names that only differ in what is left out lose their other end instead.
    """
    listed = list(dict.fromkeys(names))
    short = {name: shortened(name, most) for name in listed}
    seen = list(short.values())
    for name, text in short.items():
        if seen.count(text) > 1:
            short[name] = f"{name[: most - 1]}…"
    return short


def room(names: Sequence[str], most: float = 172.0) -> float:
    """Return the width that names in the text of a drawing take, `most` at the most."""
    return min(most, max((len(name) for name in names), default=0) * 6.4 + 12)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
