"""Dots with their intervals, a line each; and arrows from one score to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.charts.drawing import WIDTH, Drawing, Span, apart, room, shortened
from emobench.leaderboard.statistics.bootstrap import Estimate

STEP = 21.0
"""Height of a line of a chart."""
LONGEST = 24
"""Letters of a name in a chart."""
PRINTED = 40.0
"""Room for a difference in figures, right of its line."""


@dataclass(frozen=True)
class Dot:
    """A line of a chart: a number with its interval.

    Parameters
    ----------
    look
        Class of its colour.
    before
        The number that it is held against, drawn hollow, with an arrow from it; None without one.
    muted
        Whether it is set back: not shown to be different, or a reference row.
    """

    label: str
    at: Estimate
    look: str = "c-s0"
    before: Estimate | None = None
    muted: bool = False
    group: str = ""


@dataclass(frozen=True)
class Rule:
    """A score that runs through the whole chart: a reference row, a ceiling, zero."""

    label: str
    value: float


@dataclass(frozen=True)
class IntervalChart:
    """What `interval_chart` draws.

    Parameters
    ----------
    caption
        What the axis has.
    least
        The smallest difference that is found, drawn as a measure of length; None leaves it out.
    signed
        Whether the numbers are differences.
    """

    name: str
    title: str
    caption: str
    dots: Sequence[Dot]
    rules: Sequence[Rule] = ()
    least: float | None = None
    signed: bool = False


def interval_chart(chart: IntervalChart) -> str:
    """Return the chart as SVG; empty without dots."""
    if not chart.dots:
        return ""
    groups = list(dict.fromkeys(dot.group for dot in chart.dots))
    heads = len([g for g in groups if g])
    measured = chart.least is not None
    top = (20.0 if chart.rules else 6.0) + (16.0 if measured else 0.0)
    bottom = top + STEP * (len(chart.dots) + heads) + 4
    names = apart((dot.label for dot in chart.dots), LONGEST)
    left = room(list(names.values()))
    span = _span(chart, left)
    drawing = Drawing(chart.name, chart.title, description(chart), bottom + 34)
    drawing.axis(span, top, bottom, chart.caption, chart.signed)
    _rules(drawing, span, chart.rules, top, bottom)
    y = top + STEP / 2 + 2
    for group in groups:
        if group:
            drawing.text(0, y + 4, shortened(group, 60), "head")
            y += STEP
        for dot in (one for one in chart.dots if one.group == group):
            with drawing.of(dot.label):
                _draw(drawing, span, dot, y, (left, names[dot.label]), chart.signed)
            y += STEP
    if chart.least is not None and 0 < chart.least < span.high - span.low:
        _measure(drawing, span, chart.least)
    return drawing.svg()


def description(chart: IntervalChart) -> str:
    """Say in words what a chart shows, number by number."""
    print_one = numbers.signed if chart.signed else numbers.score
    bounds = numbers.signed_interval if chart.signed else numbers.interval
    said = []
    for dot in chart.dots:
        name = f"{dot.group}, {dot.label}" if dot.group else dot.label
        before = f"from {print_one(dot.before.value)} to " if dot.before else ""
        said.append(f"{name} {before}{print_one(dot.at.value)} {bounds(dot.at)}")
    lines = [f"{rule.label} {print_one(rule.value)}" for rule in chart.rules]
    beside = f" Lines: {', '.join(lines)}." if lines else ""
    return f"{'; '.join(said)}.{beside} Brackets are 95% intervals."


def _span(chart: IntervalChart, left: float) -> Span:
    every = [e for dot in chart.dots for e in (dot.at, dot.before) if e is not None]
    values = [rule.value for rule in chart.rules]
    if chart.signed:
        values.append(0.0)
    low = min([e.low for e in every] + values)
    high = max([e.high for e in every] + values)
    pad = 0.03 * ((high - low) or 1.0)
    ends = (-1.0, 1.0) if chart.signed else (0.0, 1.0)
    stop = WIDTH - 8 - (PRINTED if chart.signed else 0.0)
    return Span(max(low - pad, ends[0]), min(high + pad, ends[1]), left + 6, stop)


def _rules(drawing: Drawing, span: Span, rules: Sequence[Rule], top: float, bottom: float) -> None:
    """Lines with their names on top, those left out that have no room."""
    free = 0.0
    for rule in sorted(rules, key=lambda one: one.value):
        x = span.at(rule.value)
        drawing.line(x, top - 4, x, bottom, "rule")
        half = len(rule.label) * 2.9
        middle = min(max(x, half), WIDTH - half)
        if middle - half >= free:
            drawing.text(middle, top - 8, rule.label, "tick", "middle")
            free = middle + half + 6


def _draw(
    drawing: Drawing, span: Span, dot: Dot, y: float, named: tuple[float, str], signed: bool
) -> None:
    """Draw a line; `named` is where its name ends, and the name."""
    look = f"{dot.look} muted" if dot.muted else dot.look
    drawing.text(named[0], y + 4, named[1], look if dot.muted else "name", "end")
    said = f"{dot.label}: {numbers.score(dot.at.value)} {numbers.interval(dot.at)}"
    if signed:
        figure = numbers.signed(dot.at.value)
        said = f"{dot.label}: {figure} {numbers.signed_interval(dot.at)}"
        drawing.text(WIDTH - 2, y + 4, figure, "tick", "end")
    drawing.line(span.at(dot.at.low), y, span.at(dot.at.high), y, f"{look} whisker")
    if dot.before is not None:
        start, stop = span.at(dot.before.value), span.at(dot.at.value)
        drawing.line(start, y, stop, y, f"{look} arrow")
        drawing.dot(
            start, y, f"{look} hollow", 3.0, f"{dot.label}: {numbers.score(dot.before.value)}"
        )
    drawing.dot(span.at(dot.at.value), y, f"{look} full", 3.8, said)


def _measure(drawing: Drawing, span: Span, least: float) -> None:
    """The smallest difference that is found, as a bar with ends in the upper right corner."""
    wide = span.at(span.low + least) - span.start
    x, y = span.stop - wide, 6.0
    drawing.line(x, y, x + wide, y, "measure")
    for end in (x, x + wide):
        drawing.line(end, y - 3.5, end, y + 3.5, "measure")
    drawing.text(x - 5, y + 4, f"found with 80% power: {numbers.score(least)}", "tick", "end")
