"""Small panels of score against severity, one for each kind of damage, one line per model."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from emobench.leaderboard.charts.style import GRID, INK, SOFT, Style, score_ticks, svg
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.tables.conditions import by_score
from emobench.store.records import Regime

COLUMNS = 4
_WIDTH, _HEIGHT = 1.85, 1.55  # inches of a panel

Lines = dict[str, dict[int, Estimate]]


def corruption_chart(section: Section, regime: Regime, looks: Mapping[str, Style]) -> str:
    """Return one regime's panels as SVG, empty where nothing was damaged."""
    panels = severity_points(section, regime)
    if not panels:
        return ""
    rows = -(-len(panels) // COLUMNS)
    columns = min(COLUMNS, len(panels))
    figure = Figure(figsize=(_WIDTH * columns + 0.3, _HEIGHT * rows + 0.3))
    figure.patch.set_alpha(0)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    places = list(grid.flat)
    for axis, (kind, lines) in zip(places, panels.items(), strict=False):
        _panel(axis, kind, lines, looks)
    for axis in places[len(panels) :]:
        axis.set_visible(False)
    places[0].set_ylim(*_bounds(panels))
    figure.supxlabel("severity (0: undamaged)", color=SOFT, fontsize=9)
    figure.supylabel("macro-F1", color=SOFT, fontsize=9)
    figure.tight_layout(pad=0.6)
    return svg(
        figure,
        f"damage-{section.anchor}-{regime.name}",
        f"Macro-F1 against severity for {len(panels)} kinds of damage, regime {regime.name}",
    )


def severity_points(section: Section, regime: Regime) -> dict[str, Lines]:
    """Return kind to label to severity to macro-F1; severity 0 is the main condition."""
    found: dict[str, Lines] = {}
    for condition in section.conditions:
        damage = condition.corruption
        if damage is None:
            continue
        lines = found.setdefault(damage.kind, {})
        for entry in by_score(section, regime):
            for severity, name in ((0, section.headline), (damage.severity, condition.name)):
                row = section.row(entry, regime.name, name)
                if row and row.final:
                    points = lines.setdefault(entry.label, {})
                    points[severity] = row.final.estimate("macro_f1")
    drawn = {
        kind: {label: dict(sorted(p.items())) for label, p in lines.items() if len(p) > 1}
        for kind, lines in found.items()
    }
    return {kind: lines for kind, lines in drawn.items() if lines}


def _bounds(panels: Mapping[str, Lines]) -> tuple[float, float]:
    """One scale for all panels."""
    values = [e.value for lines in panels.values() for p in lines.values() for e in p.values()]
    return max(0.0, min(values) - 0.03), min(1.0, max(values) + 0.03)


def _panel(axis: Axes, kind: str, lines: Lines, looks: Mapping[str, Style]) -> None:
    axis.patch.set_alpha(0)
    for side in ("top", "right", "left", "bottom"):
        axis.spines[side].set_visible(False)
    axis.tick_params(length=0, labelsize=8, labelcolor=SOFT, pad=3)
    axis.set_axisbelow(True)
    axis.grid(axis="y", color=GRID, linewidth=0.8)
    axis.set_title(kind.replace("_", " "), color=INK, fontsize=9, loc="left")
    axis.set_xticks(range(6))
    score_ticks(axis.yaxis)
    for label, points in lines.items():
        look = looks[label]
        axis.plot(
            list(points),
            [estimate.value for estimate in points.values()],
            color=look.colour,
            linestyle=look.dash,
            linewidth=look.width * 0.8,
            zorder=2 if look.is_reference else 3,
        )
