"""The expected best dev score against the number of trials, one line per model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
from emobench.leaderboard.results.searches.contest import Contest
from emobench.leaderboard.results.searches.curves import Curve, counts

WIDTH = 7.2


def expected_chart(
    contest: Contest, found: Sequence[Curve], anchor: str, looks: Mapping[str, Style]
) -> str:
    """Return the curves of a contest as SVG; empty where nothing was drawn.

    Parameters
    ----------
    contest
        One budget and regime.
    found
        Its curves.
    anchor
        Unique name of the section.
    looks
        Label to style.
    """
    trials = contest.search.trials
    if not found or trials < 2:
        return ""
    figure, axis = axes(WIDTH, 4.2)
    names = [curve.default_label for curve in found]
    figure.subplots_adjust(left=0.06, right=1 - label_room(names, WIDTH), top=0.92, bottom=0.14)
    # The doublings of a search are equally far apart.
    for curve in found:
        _draw(axis, curve, looks[curve.default_label])
    bottom, top = _bounds(found)
    axis.set_xscale("log", base=2)
    axis.set_xlim(1, trials)
    axis.set_ylim(bottom, top)
    shown = counts(trials)
    axis.set_xticks(shown, [str(n) for n in shown])
    axis.set_xticks([], minor=True)
    score_ticks(axis.yaxis)
    axis.grid(axis="y", color=GRID, linewidth=0.8)
    axis.set_xlabel("trials, the preset included", color=SOFT, fontsize=10)
    axis.set_title("expected best dev macro-F1", color=SOFT, fontsize=10, loc="left", x=-0.05)
    ends = {curve.default_label: (float(trials), curve.points[-1].value) for curve in found}
    end_labels(axis, ends, looks, float(trials))
    return svg(
        figure,
        f"expected-{anchor}-{contest.budget}-{contest.regime.name}",
        f"Expected best dev macro-F1 against the number of trials, {contest.title}, regime "
        f"{contest.regime.name}",
    )


def _bounds(found: Sequence[Curve]) -> tuple[float, float]:
    low = min(point.low for curve in found for point in curve.points)
    high = max(point.high for curve in found for point in curve.points)
    return max(0.0, low - 0.02), min(1.0, high + 0.02)


def _draw(axis: Axes, curve: Curve, look: Style) -> None:
    places = range(1, len(curve.points) + 1)
    low, high = [p.low for p in curve.points], [p.high for p in curve.points]
    alpha = 0.07 if look.is_reference else 0.13
    axis.fill_between(places, low, high, color=look.colour, alpha=alpha, linewidth=0)
    axis.plot(
        places,
        [point.value for point in curve.points],
        color=look.colour,
        linestyle=look.dash,
        linewidth=look.width,
        zorder=2 if look.is_reference else 3,
    )
