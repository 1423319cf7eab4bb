"""The robustness curve: score against missing rate, one line per model."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes

from emobench.leaderboard.charts.style import (
    GRID,
    SOFT,
    Style,
    axes,
    end_labels,
    label_room,
    score_ticks,
    svg,
)
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.tables.conditions import by_score
from emobench.store.records import Regime

Points = dict[float, Estimate]


def curve_chart(section: Section, regime: Regime, looks: Mapping[str, Style]) -> str:
    """Return the curve of one regime as SVG, empty when there are fewer than two rates."""
    lines = curve_points(section, regime)
    if not lines:
        return ""
    figure, axis = axes(7.2, 4.6)
    figure.subplots_adjust(left=0.06, right=1 - label_room(lines, 7.2), top=0.93, bottom=0.13)
    for label, points in lines.items():
        _draw(axis, points, looks[label])
    rates = sorted({rate for points in lines.values() for rate in points})
    bottom, top = _bounds(section)
    axis.set_ylim(bottom, top)
    axis.set_xlim(min(rates) - 0.01, max(rates))
    axis.set_xticks(rates, [f"{rate:.0%}" for rate in rates])
    score_ticks(axis.yaxis)
    axis.grid(axis="y", color=GRID, linewidth=0.8)
    axis.set_xlabel("test inputs missing", color=SOFT, fontsize=10)
    axis.set_title("macro-F1", color=SOFT, fontsize=10, loc="left", x=-0.05)
    ends = {label: list(points.items())[-1] for label, points in lines.items()}
    end_labels(axis, {n: (rate, at.value) for n, (rate, at) in ends.items()}, looks, max(rates))
    return svg(
        figure,
        f"curve-{section.anchor}-{regime.name}",
        f"Macro-F1 against missing rate, regime {regime.name}",
    )


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


def _draw(axis: Axes, points: Points, look: Style) -> None:
    rates = list(points)
    low, high = [p.low for p in points.values()], [p.high for p in points.values()]
    alpha = 0.07 if look.is_reference else 0.13
    axis.fill_between(rates, low, high, color=look.colour, alpha=alpha, linewidth=0)
    axis.plot(
        rates,
        [p.value for p in points.values()],
        color=look.colour,
        linestyle=look.dash,
        linewidth=look.width,
        marker=None if look.is_reference else "o",
        markersize=3.5,
        zorder=2 if look.is_reference else 3,
    )
