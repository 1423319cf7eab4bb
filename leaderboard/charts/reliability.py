"""A reliability diagram: how often a model is right, against how sure it is."""

from __future__ import annotations

import math
from typing import Final

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.charts.drawing import Drawing, Span
from emobench.leaderboard.charts.style import Style
from emobench.leaderboard.statistics.calibration import Reliability
from emobench.leaderboard.statistics.metrics import BINS

WIDTH: Final = 230.0
HEIGHT: Final = 226.0
FLOOR: Final = 208.0
"""Where the bars stand that count the answers."""
TALL: Final = 28.0


def reliability_chart(name: str, label: str, found: Reliability, look: Style) -> str:
    """Return one model's diagram as SVG.

    A dot is a bin: its mean probability, the share that is right, as large as the bin is full; a
    thin line is its gap to the diagonal. Bars below count the answers of all seeds.

    Parameters
    ----------
    name
        Unique within the page.
    label
        The model.
    """
    counts, sure, right = found.pooled()
    full = [k for k in range(BINS) if counts[k]]
    most = int(counts.max())
    across = Span(0.0, 1.0, 26, WIDTH - 8)
    up = Span(0.0, 1.0, 164, 8)
    said = "; ".join(
        f"{numbers.score(float(sure[k]))} sure, {numbers.score(float(right[k]))} right, "
        f"n {counts[k]:,}"
        for k in full
    )
    title = f"How often {label} is right, against how sure it is"
    told = f"ECE {numbers.score(found.error.value)}. By bins of probability: {said}."
    drawing = Drawing(name, title, told, HEIGHT, width=WIDTH)
    for tick, text in ((0.0, "0"), (0.5, ".5"), (1.0, "1")):
        drawing.line(across.start, up.at(tick), across.stop, up.at(tick), "grid")
        drawing.text(across.start - 5, up.at(tick) + 4, text, "tick", "end")
        drawing.text(across.at(tick), HEIGHT - 6, text, "tick", "middle")
    drawing.line(across.at(0), up.at(0), across.at(1), up.at(1), "rule")
    with drawing.of(label):
        points = [(across.at(float(sure[k])), up.at(float(right[k]))) for k in full]
        for (x, y), k in zip(points, full, strict=True):
            drawing.line(x, y, x, up.at(float(sure[k])), f"{look.name} gap")
        drawing.path(points, f"{look.name} line faint")
        for (x, y), k in zip(points, full, strict=True):
            note = (
                f"{label}, bin {k + 1} of {BINS}: {numbers.score(float(sure[k]))} sure, "
                f"{numbers.score(float(right[k]))} right, n {counts[k]:,}"
            )
            radius = 1.5 + 3.2 * math.sqrt(int(counts[k]) / most)
            shape = "hollow" if look.is_reference else "full"
            drawing.dot(x, y, f"{look.name} {shape}", radius, note)
        for k in full:
            left, stop = across.at(k / BINS) + 0.8, across.at((k + 1) / BINS) - 0.8
            top = FLOOR - max(0.7, TALL * int(counts[k]) / most)
            corners = [(left, FLOOR), (left, top), (stop, top), (stop, FLOOR)]
            drawing.path(corners, f"{look.name} count", closed=True)
    text = f"n {most:,}"
    middle = across.at((int(counts.argmax()) + 0.5) / BINS)
    # Letters are wider on a phone: what stands at the edge ends there.
    is_last = middle > 0.7 * WIDTH
    x, anchor = (WIDTH - 1, "end") if is_last else (middle, "middle")
    drawing.text(x, FLOOR - TALL - 3, text, "tick", anchor)
    return drawing.svg()
