"""The robustness curve: score against missing rate, one line per model."""

from __future__ import annotations

from collections.abc import Mapping

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.charts.drawing import (
    WIDTH,
    Drawing,
    Span,
    apart,
    room,
    tick_text,
)
from emobench.leaderboard.charts.style import Style, spread
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.tables.conditions import by_score
from emobench.store.records import Regime

HEIGHT = 268.0
LONGEST = 22
"""Letters of a name at the end of a line."""
LABEL = 11.5
"""Height of such a name."""

Points = dict[float, Estimate]


def curve_chart(section: Section, regime: Regime, looks: Mapping[str, Style]) -> str:
    """Return the curve of one regime as SVG, empty when there are fewer than two rates."""
    lines = curve_points(section, regime)
    if not lines:
        return ""
    names = list(apart(lines, LONGEST).values())
    rates = sorted({rate for points in lines.values() for rate in points})
    height = max(HEIGHT, LABEL * len(lines) + 64)
    across = Span(rates[0], rates[-1], 26, WIDTH - room(names, 140) - 14)
    up = Span(*_bounds(section), height - 36, 18)
    title = f"Macro-F1 against missing rate, regime {regime.name}"
    drawing = Drawing(f"curve-{section.anchor}-{regime.name}", title, _description(lines), height)
    drawing.text(0, 9, "macro-F1", "tick")
    for tick in up.ticks():
        y = up.at(tick)
        drawing.line(across.start, y, across.stop, y, "grid")
        drawing.text(across.start - 6, y + 4, tick_text(tick), "tick", "end")
    for rate in _apart(rates, across):
        drawing.text(across.at(rate), height - 20, numbers.percent(rate), "tick", "middle")
    drawing.text((across.start + across.stop) / 2, height - 5, "of the test inputs missing",
                 "tick", "middle")  # fmt: skip
    for label, points in sorted(lines.items(), key=lambda item: not looks[item[0]].is_reference):
        with drawing.of(label):
            _draw(drawing, points, looks[label], label, across, up)
    _names(drawing, lines, looks, across, up)
    return drawing.svg()


def curve_points(section: Section, regime: Regime) -> dict[str, Points]:
    """Return label to the missing rate that was reached to macro-F1, for two rates or more."""
    lines = {}
    for entry in by_score(section, regime):
        rows = [section.row(entry, regime.name, c.name) for c in section.rates]
        points = {
            round(row.missing_rate or 0.0, 3): row.final.estimate("macro_f1")
            for row in rows
            if row and row.final
        }
        if len(points) > 1:
            lines[entry.label] = points
    return lines


def _bounds(section: Section) -> tuple[float, float]:
    """One scale for all regimes of a section, so that their charts can be compared."""
    every = [
        estimate
        for regime in section.regimes
        for points in curve_points(section, regime).values()
        for estimate in points.values()
    ]
    low, high = min(e.low for e in every), max(e.high for e in every)
    return max(0.0, low - 0.02), min(1.0, high + 0.02)


def _apart(rates: list[float], across: Span) -> list[float]:
    """The rates whose numbers have room beside each other."""
    found: list[float] = []
    for rate in rates:
        if not found or across.at(rate) - across.at(found[-1]) > 28:
            found.append(rate)
    return found


def _draw(
    drawing: Drawing, points: Points, look: Style, label: str, across: Span, up: Span
) -> None:
    places = [(across.at(rate), at) for rate, at in points.items()]
    kind = f"{look.name} {'quiet' if look.is_reference else 'loud'}"
    if not look.is_reference:
        edge = [(x, up.at(at.high)) for x, at in places]
        edge += [(x, up.at(at.low)) for x, at in reversed(places)]
        drawing.path(edge, f"{look.name} band", closed=True)
    drawing.path([(x, up.at(at.value)) for x, at in places], f"{kind} line {look.dashes}".strip())
    if look.is_reference:
        return
    for (rate, at), (x, _) in zip(points.items(), places, strict=True):
        said = f"{label}, {numbers.percent(rate)} missing: {numbers.score(at.value)}"
        said = f"{said} {numbers.interval(at)}"
        drawing.dot(x, up.at(at.value), f"{look.name} full", 2.4, said)


def _names(
    drawing: Drawing,
    lines: Mapping[str, Points],
    looks: Mapping[str, Style],
    across: Span,
    up: Span,
) -> None:
    """Each name at the end of its line, with a thin leader where it had to move."""
    ends = {label: list(points.items())[-1] for label, points in lines.items()}
    names = apart(lines, LONGEST)
    wanted = [up.at(at.value) for _, at in ends.values()]
    places = spread(wanted, LABEL, up.stop, up.start)
    for (label, (rate, _)), y, place in zip(ends.items(), wanted, places, strict=True):
        look = looks[label]
        with drawing.of(label):
            drawing.line(across.at(rate) + 3, y, across.stop + 9, place, f"{look.name} leader")
            drawing.text(across.stop + 12, place + 4, names[label], f"{look.name} end")


def _description(lines: Mapping[str, Points]) -> str:
    """The first and the last point of each line."""
    said = []
    for label, points in lines.items():
        (first, start), *_, (last, stop) = points.items()
        said.append(
            f"{label} from {numbers.score(start.value)} at {numbers.percent(first)} missing to "
            f"{numbers.score(stop.value)} {numbers.interval(stop)} at {numbers.percent(last)}"
        )
    return f"{'; '.join(said)}. Bands are 95% intervals."
