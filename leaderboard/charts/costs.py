"""Score against what a model costs, with the models that none beats in both."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.charts.drawing import WIDTH, Drawing, Span, shortened, tick_text
from emobench.leaderboard.charts.style import Style

HEIGHT = 250.0
LONGEST = 24


@dataclass(frozen=True)
class CostPoint:
    """A model: what it costs, which is above 0, and what it scores."""

    label: str
    cost: float
    score: float


def front(points: Sequence[CostPoint]) -> list[CostPoint]:
    """Return the points that no other one beats in cost and score at once, cheapest first.

    Of equal points each is returned: neither beats the other.
    """
    return sorted(
        (
            one
            for one in points
            if not any(
                other.cost <= one.cost
                and other.score >= one.score
                and (other.cost, other.score) != (one.cost, one.score)
                for other in points
            )
        ),
        key=lambda one: (one.cost, one.label),
    )


def cost_chart(
    name: str,
    what: str,
    points: Sequence[CostPoint],
    looks: Mapping[str, Style],
    text: Callable[[float], str],
) -> str:
    """Return scores over costs on a logarithmic scale as SVG; empty with fewer than two costs.

    Parameters
    ----------
    name
        Unique within the page.
    what
        What the cost is.
    points
        The models.
    looks
        Label to style.
    text
        How a cost is printed.
    """
    if len({one.cost for one in points}) < 2:
        return ""
    best = front(points)
    costs = [math.log10(one.cost) for one in points]
    scores = [one.score for one in points]
    pad = 0.06 * ((max(scores) - min(scores)) or 0.1)
    across = Span(min(costs) - 0.1, max(costs) + 0.1, 30, WIDTH - 10)
    up = Span(max(0.0, min(scores) - pad), min(1.0, max(scores) + 2 * pad), HEIGHT - 38, 14)
    said = ", ".join(f"{p.label} ({text(p.cost)}, {numbers.score(p.score)})" for p in best)
    told = "; ".join(f"{p.label} {text(p.cost)}, {numbers.score(p.score)}" for p in points)
    drawing = Drawing(
        name, f"Macro-F1 against {what}", f"Beaten by none in both: {said}. All: {told}.", HEIGHT
    )
    drawing.text(0, 9, "macro-F1", "tick")
    for tick in up.ticks(5):
        drawing.line(across.start, up.at(tick), across.stop, up.at(tick), "grid")
        drawing.text(across.start - 6, up.at(tick) + 4, tick_text(tick), "tick", "end")
    for cost in _ticks(across):
        drawing.text(across.at(math.log10(cost)), HEIGHT - 22, text(cost), "tick", "middle")
    drawing.text((across.start + across.stop) / 2, HEIGHT - 6, f"{what}, logarithmic", "tick",
                 "middle")  # fmt: skip
    corners = [(across.at(math.log10(p.cost)), up.at(p.score)) for p in best]
    steps = [corners[0]]
    for x, y in corners[1:]:
        steps += [(x, steps[-1][1]), (x, y)]
    drawing.path(steps, "rule")
    places = [(across.at(math.log10(p.cost)), up.at(p.score)) for p in points]
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in places]
    for point, (x, y) in zip(points, places, strict=True):
        look = looks[point.label]
        shape = "hollow" if look.is_reference else "full"
        note = f"{point.label}: {text(point.cost)}, macro-F1 {numbers.score(point.score)}"
        with drawing.of(point.label):
            drawing.dot(x, y, f"{look.name} {shape}", 4.2, note)
            if point in best:
                _name(drawing, point.label, (x, y), look, taken)
    return drawing.svg()


Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def _name(
    drawing: Drawing, label: str, at: tuple[float, float], look: Style, taken: list[Box]
) -> None:
    """Write a name beside its dot where nothing else is; without such a place it is left out."""
    name = shortened(label, LONGEST)
    wide, (x, y) = 6.2 * len(name), at
    sides = (8, -8) if x < WIDTH * 0.62 else (-8, 8)
    for down in (-6, 13, -18, 25):
        for side in sides:
            left = x + side if side > 0 else x + side - wide
            box = (left, y + down - 9, left + wide, y + down + 2)
            inside = box[0] >= 0 and box[2] <= WIDTH and box[1] >= 0 and box[3] <= HEIGHT - 36
            if inside and not any(_overlap(box, other) for other in taken):
                drawing.text(x + side, y + down, name, look.name, "start" if side > 0 else "end")
                taken.append(box)
                return


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _ticks(across: Span) -> list[float]:
    """Powers of ten within the scale; where there are few, steps between them, or round costs."""
    powers = range(math.floor(across.low), math.ceil(across.high) + 1)
    for steps in ((1,), (1, 3), (1, 2, 5)):
        found = [step * 10.0**power for power in powers for step in steps]
        inside = [one for one in found if across.low <= math.log10(one) <= across.high]
        if len(inside) > 2:
            return inside
    low, high = 10.0**across.low, 10.0**across.high
    return inside if len(inside) > 1 else Span(low, high, 0, 1).ticks(4)
