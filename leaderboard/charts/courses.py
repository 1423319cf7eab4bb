"""Training and dev curves of one model: small panels, written as SVG of a few kilobytes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

import numpy as np
from matplotlib.ticker import MaxNLocator

from emobench.leaderboard.charts.style import Style
from emobench.leaderboard.results.courses import Course, Look, Stage, counts_updates
from emobench.leaderboard.statistics.metrics import Floats

MANY = 9
"""More trainings than this are drawn as a median with a band."""
MOST_POINTS = 60
"""Points of one line; of longer courses evenly spaced looks are drawn."""

COLUMNS: Final = 4
_WHOLE, _HEIGHT = 1380, 170  # of a chart and of a panel's ground, in units of half a pixel
_LEFT, _TOP, _RIGHT, _BOTTOM = 72, 40, 24, 50

Value = Callable[[Look], float | None]
Line = list[tuple[float, float]]
Bounds = tuple[float, float]


@dataclass(frozen=True)
class Panel:
    """One quantity of a training over its course."""

    title: str
    value: Value
    marked: bool = False
    """Whether the kept look is marked: where the quantity is measured on dev."""
    bounds: Bounds | None = None


@dataclass(frozen=True)
class Axis:
    """The horizontal axis that the panels of a chart share: updates or epochs, and its width."""

    counted: bool
    width: int
    first: float
    last: float

    def place(self, one: Look) -> float:
        """Return where a look lies."""
        return float(one.updates or 0) if self.counted else float(one.epochs)

    def across(self, place: float) -> int:
        """Return where a place is drawn."""
        return round(self.width * (place - self.first) / ((self.last - self.first) or 1.0))


def course_chart(
    found: Sequence[Course], look: Style, name: str, scores: Bounds | None = None
) -> str:
    """Return the curves of the trainings of one row as SVG; empty where no look is stored.

    Parameters
    ----------
    found
        The trainings, of all folds and seeds.
    look
        How the page draws the model.
    name
        What screen readers say.
    scores
        Scale of dev macro-F1 that charts share.
    """
    drawn = [p for p in _panels(found, scores) if _values(found, p.value)]
    if not drawn:
        return ""
    columns = COLUMNS if len(drawn) >= COLUMNS else 3
    wide, high = _WHOLE // columns, _HEIGHT + _TOP + _BOTTOM
    axis = _axis(found, wide - _LEFT - _RIGHT)
    rows = -(-len(drawn) // columns)
    parts = [
        f'<svg role="img" class="course {look.name}" aria-label="{escape(name, quote=True)}" '
        f'viewBox="0 0 {_WHOLE} {rows * high}">'
    ]
    for i, panel in enumerate(drawn):
        x, y = i % columns * wide + _LEFT, i // columns * high + _TOP
        parts.append(f'<g transform="translate({x} {y})">')
        parts += _panel(panel, found, axis)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"])


def _axis(found: Sequence[Course], width: int) -> Axis:
    """Updates where every look has them, else epochs."""
    counted = counts_updates(found)
    axis = Axis(counted, width, 0.0, 1.0)
    places = [axis.place(one) for course in found for one in course.looks]
    return Axis(counted, width, 0.0 if counted else 1.0, max(places))


def _panels(found: Sequence[Course], scores: Bounds | None) -> list[Panel]:
    """The quantities, in the order of the chart; a varying learning rate and loss terms last."""
    panels = [
        Panel("train loss", lambda one: one.record.train_loss),
        Panel("dev loss", lambda one: one.record.dev_loss, marked=True),
        Panel("dev macro-F1", lambda one: one.record.dev_macro_f1, marked=True, bounds=scores),
    ]
    rates = _values(found, lambda one: one.record.learning_rate)
    if len(set(rates)) > 1:
        bounds = (0.0, max(rates))
        panels.append(Panel("learning rate", lambda one: one.record.learning_rate, bounds=bounds))
    terms = dict.fromkeys(t for c in found for one in c.looks for t in one.record.losses)
    return panels + [Panel(f"loss: {term}", _term(term)) for term in terms]


def _term(name: str) -> Value:
    return lambda one: one.record.losses.get(name)


def _values(found: Sequence[Course], value: Value) -> list[float]:
    values = (value(one) for course in found for one in course.looks)
    return [v for v in values if v is not None and math.isfinite(v)]


def score_bounds(found: Sequence[Course]) -> Bounds | None:
    """Return the least and the greatest dev macro-F1 of some trainings, None without any."""
    values = _values(found, lambda one: one.record.dev_macro_f1)
    return (min(values), max(values)) if values else None


def _panel(panel: Panel, found: Sequence[Course], axis: Axis) -> list[str]:
    """The ground, the lines and the kept looks of one quantity."""
    values = _values(found, panel.value)
    low, high = panel.bounds or (min(values), max(values))
    ticks = MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    inner = [float(t) for t in ticks if low <= t <= high] or [low]
    low, high = min(low, inner[0]), max(high, inner[-1])
    span = (high - low) or 1.0

    def at(x: float, y: float) -> tuple[int, int]:
        return axis.across(x), round(_HEIGHT * (1 - (y - low) / span))

    parts = [f'<text x="0" y="-14" class="t">{escape(panel.title)}</text>']
    for tick, number in zip(inner, _numbers(inner), strict=True):
        y = at(axis.first, tick)[1]
        parts.append(f'<path class="g" d="M0 {y}h{axis.width}"/>')
        parts.append(f'<text x="-8" y="{y + 6}" text-anchor="end">{number}</text>')
    last = f"{axis.last:,.0f} {'updates' if axis.counted else 'epochs'}"
    parts.append(f'<text x="0" y="{_HEIGHT + 26}">{axis.first:,.0f}</text>')
    parts.append(f'<text x="{axis.width}" y="{_HEIGHT + 26}" text-anchor="end">{last}</text>')
    parts += _curves(panel, found, axis, at)
    if panel.marked:
        parts += _marks(panel, found, axis, at)
    return parts


def _curves(
    panel: Panel,
    found: Sequence[Course],
    axis: Axis,
    at: Callable[[float, float], tuple[int, int]],
) -> list[str]:
    """A line per training, or a median with a band; every stage but the last one dashed."""
    names = list(dict.fromkeys(stage.name for course in found for stage in course.stages))
    parts = []
    for name in names:
        lines = [
            _line(stage, panel.value, axis)
            for course in found
            for stage in course.stages
            if stage.name == name
        ]
        lines = [line for line in lines if line]
        if not lines:
            continue
        dash = ' stroke-dasharray="7 5"' if name != names[-1] else ""
        if len(lines) > MANY:
            grid, low, middle, high = _band(lines)
            edge = [*zip(grid, low, strict=True), *zip(grid[::-1], high[::-1], strict=True)]
            parts.append(f'<path class="b" d="{_path([edge], at)}z"/>')
            lines = [list(zip(grid, middle, strict=True))]
        kind = "m" if len(lines) == 1 else "l"
        parts.append(f'<path class="{kind}" d="{_path(lines, at)}"{dash}/>')
    return parts


def _line(stage: Stage, value: Value, axis: Axis) -> Line:
    looks = list(stage.looks)
    if len(looks) > MOST_POINTS:
        chosen = {round(i) for i in np.linspace(0, len(looks) - 1, MOST_POINTS)}
        looks = [one for i, one in enumerate(looks) if i in chosen or one is stage.best]
    known = [(axis.place(one), value(one)) for one in looks]
    return [(x, y) for x, y in known if y is not None and math.isfinite(y)]


def _band(lines: Sequence[Line]) -> tuple[Floats, Floats, Floats, Floats]:
    """Grid, lowest, median and highest, where half of the trainings are under way.

    Trainings reach a later stage at different times: half of those that are ever in it together.
    """
    start, stop = min(line[0][0] for line in lines), max(line[-1][0] for line in lines)
    grid = np.linspace(start, stop, 40) if stop > start else np.array([start])
    values = np.stack([_values_at(grid, line) for line in lines])
    running = np.isfinite(values).sum(axis=0)
    enough = (running > 0) & (2 * running >= running.max())
    grid, values = grid[enough], values[:, enough]
    middle: Floats = np.nanmedian(values, axis=0)
    return grid, np.nanmin(values, axis=0), middle, np.nanmax(values, axis=0)


def _values_at(grid: Floats, line: Line) -> Floats:
    """A line's values over a grid, NaN beyond its ends."""
    places, values = [x for x, _ in line], [y for _, y in line]
    found: Floats = np.interp(grid, places, values, left=np.nan, right=np.nan)
    return found


def _marks(
    panel: Panel,
    found: Sequence[Course],
    axis: Axis,
    at: Callable[[float, float], tuple[int, int]],
) -> list[str]:
    """Filled dots for the looks that were kept in the end, hollow ones for other stages' best."""
    kept = [course.kept for course in found if course.kept is not None]
    best = [s.best for c in found for s in c.stages if s.best is not None and s.best is not c.kept]
    parts = []
    for looks, hollow in ((best, True), (kept, False)):
        values = [(axis.place(one), panel.value(one)) for one in looks]
        dots = [at(x, y) for x, y in values if y is not None and math.isfinite(y)]
        if dots:
            path = "".join(f"M{x} {y}h0" for x, y in dots)
            parts.append(f'<path class="k" d="{path}"/>')
            parts += [f'<path class="o" d="{path}"/>'] if hollow else []
    return parts


def _path(lines: Sequence[Line], at: Callable[[float, float], tuple[int, int]]) -> str:
    """The lines in relative whole units, which take the fewest letters."""
    text = ""
    for line in lines:
        points = [at(x, y) for x, y in line]
        text += f"M{points[0][0]} {points[0][1]}"
        steps = [f"{x - x0} {y - y0}" for (x0, y0), (x, y) in pairwise(points)]
        text += f"l{' '.join(steps)}".replace(" -", "-") if steps else "h0"
    return text


def _numbers(ticks: Sequence[float]) -> list[str]:
    """The ticks, as short as they can be without saying another place."""
    gap = min((b - a for a, b in pairwise(ticks)), default=math.inf)
    for digits in range(3, 9):
        found = [f"{tick:.{digits}g}" for tick in ticks]
        if all(abs(float(one) - tick) <= gap / 20 for one, tick in zip(found, ticks, strict=True)):
            break
    return [one.removeprefix("0").replace("e-0", "e-") or "0" for one in found]
