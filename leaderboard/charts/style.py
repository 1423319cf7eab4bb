"""What all charts share: series styles, axes, and SVG that follows the page's colours."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from emobench.leaderboard.results.board import MAJORITY, ORACLE, Board

COLOURS: Final = 8
"""How many series colours the style sheet has: ``--s0`` to ``--s7``."""

# Stand-ins that no chart uses as real colours; the SVG gets the page's variables instead, so
# that one chart is legible on a light and on a dark page.
INK: Final = "#f0f2aa"
SOFT: Final = "#f0f2bb"
GRID: Final = "#f0f2cc"
_VARIABLES: Final = {INK: "var(--ink)", SOFT: "var(--soft)", GRID: "var(--line)"} | {
    f"#f0f1{i:02x}": f"var(--s{i})" for i in range(COLOURS)
}

_REFERENCE_DASHES: Final[dict[str, Any]] = {
    ORACLE: (0, (6, 2)),
    MAJORITY: (0, (1, 2)),
    "late_fusion": "-",
    "text_only": (0, (4, 1.5, 1, 1.5)),
    "audio_only": (0, (3, 2)),
    "vision_only": (0, (1, 1)),
    "mlp": (0, (5, 1)),
    "bilstm": (0, (5, 1, 1, 1)),
}

_REFERENCE_MARKS: Final = {
    ORACLE: ("*", "☆"),
    MAJORITY: ("d", "◇"),
    "late_fusion": ("D", "◆"),
    "text_only": ("s", "■"),
    "audio_only": ("^", "▲"),
    "vision_only": ("v", "▼"),
    "mlp": ("<", "◀"),
    "bilstm": (">", "▶"),
}
"""How a reference row is marked: in matplotlib's words, and as a sign in the key."""


@dataclass(frozen=True)
class Style:
    """How one model is drawn, the same in every chart of the page."""

    colour: str
    dash: Any
    width: float
    is_reference: bool
    marker: str = "o"
    sign: str = "●"

    @property
    def css(self) -> str:
        """The colour as the style sheet names it."""
        return _VARIABLES[self.colour]

    @property
    def name(self) -> str:
        """The class of the style sheet that has this colour."""
        return f"c-{self.css[6:-1]}"

    @property
    def dashes(self) -> str:
        """The class of the style sheet for the dashes of a line; "" for a full one."""
        if self.dash == "-":
            return ""
        return "dashes" if self.dash[1][0] > 1 else "dots"


def styles(board: Board) -> dict[str, Style]:
    """Give every model of the page its style: colours to the ranked ones, grey to references."""
    searched = [e for s in board.sections for e in s.searched]
    ranked = sorted(
        {e.label for s in board.sections for e in s.competitors()}
        | {e.default_label for e in searched if not e.is_reference}
    )
    found = {
        label: Style(
            f"#f0f1{i % COLOURS:02x}",
            "-" if i < COLOURS else (0, (5, 2)),
            1.7,
            False,
            *(("o", "●") if i < COLOURS else ("P", "✚")),
        )
        for i, label in enumerate(ranked)
    }
    for section in board.sections:
        for entry in section.all_entries:
            if entry.is_reference:
                # With other options a reference row is marked as the same row.
                name = entry.default_model.partition(":")[0]
                dash = _REFERENCE_DASHES.get(name, (0, (2, 2)))
                ink = INK if name in (ORACLE, MAJORITY) else SOFT
                marks = _REFERENCE_MARKS.get(name, ("D", "◆"))
                found[entry.default_label] = Style(ink, dash, 1.1, True, *marks)
    # A searched model is drawn as the same model with its preset.
    found |= {e.label: found[e.default_label] for e in searched}
    return found


def axes(width: float, height: float) -> tuple[Figure, Axes]:
    """Return an empty chart of so many inches, without a frame, on a clear ground."""
    figure = Figure(figsize=(width, height))
    figure.patch.set_alpha(0)
    axis = figure.add_subplot()
    axis.patch.set_alpha(0)
    for side in ("top", "right", "left", "bottom"):
        axis.spines[side].set_visible(False)
    axis.tick_params(length=0, labelsize=10, labelcolor=SOFT, pad=6)
    axis.set_axisbelow(True)
    return figure, axis


def score_ticks(axis: Any) -> None:
    """Print the ticks of an axis as the tables print scores."""
    axis.set_major_formatter(lambda value, _: f"{value:.1f}".removeprefix("0") if value else "0")
    axis.set_major_locator(mpl.ticker.MultipleLocator(0.1))


def svg(figure: Figure, name: str, title: str, description: str = "") -> str:
    """Return the chart as inline SVG: same input, same text.

    It has no style of its own, only attributes: the page's policy forbids the former.

    Parameters
    ----------
    figure
        The chart.
    name
        Unique within the page; ids inside the SVG get it as a prefix.
    title, description
        Text for screen readers: what the chart is, and what it shows.
    """
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", name)
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "emobench"}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(\bid="|url\(#|xlink:href="#)', rf"\g<1>{name}-", text)
    # Sizes come from the style sheet; the view box keeps the proportions.
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(r"font-family: [^;\"]+", "font-family: inherit", text)
    text = re.sub(r"font: ([\d.]+)px [^;\"]+", r"font-size: \1px", text)
    text = re.sub(r"<style[^>]*>.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r' style="([^"]*)"', _attributes, text)
    for stand_in, variable in _VARIABLES.items():
        text = text.replace(stand_in, variable)
    named = f'role="img" aria-label="{escape(title, quote=True)}"'
    if description:
        named += f' aria-describedby="{name}-desc"'
        text = re.sub(
            r"(<svg[^>]*>)",
            lambda m: f'{m[1]}<desc id="{name}-desc">{escape(description)}</desc>',
            text,
            count=1,
        )
    text = text.replace("<svg", f'<svg class="mpl" {named}', 1)
    return "\n".join(line.rstrip() for line in text.splitlines())


def _attributes(match: re.Match[str]) -> str:
    """A style as attributes of its element; "font-family: inherit" is what holds anyway."""
    pairs = [part.split(":", 1) for part in match[1].split(";") if ":" in part]
    kept = [(name.strip(), value.strip()) for name, value in pairs]
    return "".join(f' {name}="{value}"' for name, value in kept if name != "font-family")


def spread(places: Iterable[float], gap: float, low: float, high: float) -> list[float]:
    """Move label places apart until neighbours keep `gap`, staying within the bounds.

    Parameters
    ----------
    places
        Wanted places, in any order.
    gap
        Smallest distance between two labels.
    low, high
        Bounds; when there is no room for all, labels run over `high`.
    """
    wanted = list(places)
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    # Clusters of touching labels, each centred on the mean of what its members wanted.
    clusters: list[list[int]] = []
    starts: list[float] = []
    for index in order:
        clusters.append([index])
        starts.append(wanted[index])
        while len(clusters) > 1 and starts[-2] + gap * len(clusters[-2]) > starts[-1]:
            merged = clusters.pop(-2) + clusters.pop()
            centre = sum(wanted[i] for i in merged) / len(merged)
            start = min(centre - gap * (len(merged) - 1) / 2, high - gap * (len(merged) - 1))
            starts[-2:] = [max(low, start)]
            clusters.append(merged)
    placed = [0.0] * len(wanted)
    for cluster, start in zip(clusters, starts, strict=True):
        for offset, index in enumerate(cluster):
            placed[index] = start + gap * offset
    return placed


def label_room(names: Iterable[str], width: float) -> float:
    """Share of a chart's width in inches that names at the ends of its lines take."""
    # About 5 points a letter.
    return min((max(map(len, names)) * 5.2 + 24) / (width * 72), 0.4)


def end_labels(
    axis: Axes, ends: Mapping[str, tuple[float, float]], looks: Mapping[str, Style], end: float
) -> None:
    """Write each name at the end of its line, with a thin leader where it had to move.

    Parameters
    ----------
    axis
        Its limits are set already.
    ends
        Name to the last point of its line.
    looks
        Name to its style.
    end
        Greatest place on the horizontal axis, which starts near 0.
    """
    bottom, top = axis.get_ylim()
    places = spread((value for _, value in ends.values()), (top - bottom) / 24, bottom, top)
    span = end * 0.03
    for (label, (place, value)), height in zip(ends.items(), places, strict=True):
        look = looks[label]
        axis.plot(
            [place, end + span],
            [value, height],
            color=look.colour,
            linewidth=0.6,
            alpha=0.6,
            clip_on=False,
        )
        axis.text(
            end + span * 1.4, height, label, color=look.colour, fontsize=9.5, va="center_baseline"
        )
