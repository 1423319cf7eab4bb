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
    for power in range(math.ceil(across.low), math.floor(across.high) + 1):
        drawing.text(across.at(power), HEIGHT - 22, text(10.0**power), "tick", "middle")
    drawing.text((across.start + across.stop) / 2, HEIGHT - 6, f"{what}, logarithmic", "tick",
                 "middle")  # fmt: skip
    corners = [(across.at(math.log10(p.cost)), up.at(p.score)) for p in best]
    steps = [corners[0]]
    for x, y in corners[1:]:
        steps += [(x, steps[-1][1]), (x, y)]
    drawing.path(steps, "rule")
    for point, x in zip(points, map(across.at, costs), strict=True):
        look, y = looks[point.label], up.at(point.score)
        shape = "hollow" if look.is_reference else "full"
        note = f"{point.label}: {text(point.cost)}, macro-F1 {numbers.score(point.score)}"
        drawing.dot(x, y, f"{look.name} {shape}", 4.2, note)
        if point in best:
            right = x > WIDTH * 0.62
            place = x - 8 if right else x + 8
            drawing.text(place, y - 6, shortened(point.label, LONGEST), look.name,
                         "end" if right else "start")  # fmt: skip
    return drawing.svg()
