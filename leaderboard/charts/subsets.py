"""The subset chart: what each model scores with some modalities only."""

from __future__ import annotations

from collections.abc import Mapping

from emobench.leaderboard.charts.style import GRID, INK, SOFT, Style, axes, score_ticks, svg
from emobench.leaderboard.results.board import MAJORITY, ORACLE, Section
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.tables.conditions import by_score, is_asked
from emobench.store.records import Regime

_LINE = 0.092  # inches per model
_GAP = 0.16  # inches between two subsets


def subset_chart(section: Section, regime: Regime, looks: Mapping[str, Style]) -> str:
    """Return one regime's dots and intervals by subset as SVG, empty without subsets."""
    groups = subset_points(section, regime)
    if not groups:
        return ""
    height = sum(_LINE * len(group) + _GAP for group in groups.values())
    figure, axis = axes(7.2, height + 0.75)
    figure.subplots_adjust(
        left=0.17, right=0.98, top=1 - 0.1 / (height + 0.75), bottom=0.6 / (height + 0.75)
    )
    y, middles = 0.0, []
    for group in groups.values():
        start = y
        for label, at in group.items():
            look = looks[label]
            axis.plot([at.low, at.high], [y, y], color=look.colour, linewidth=1.4, alpha=0.55)
            axis.plot(
                at.value,
                y,
                marker=look.marker,
                markersize=4.0 if look.is_reference else 4.6,
                color=look.colour,
                markerfacecolor="none" if label in (ORACLE, MAJORITY) else look.colour,
            )
            y += _LINE
        middles.append((start + y - _LINE) / 2)
        axis.axhline(y + (_GAP - _LINE) / 2, color=GRID, linewidth=0.8)
        y += _GAP
    axis.set_ylim(y - _GAP / 2, -_GAP / 2)
    axis.set_yticks(middles, list(groups))
    axis.tick_params(axis="y", labelcolor=INK)
    score_ticks(axis.xaxis)
    axis.grid(axis="x", color=GRID, linewidth=0.8)
    axis.set_xlabel("macro-F1", color=SOFT, fontsize=10)
    return svg(
        figure,
        f"subsets-{section.anchor}-{regime.name}",
        f"Macro-F1 by subset of modalities, regime {regime.name}",
    )


def subset_points(section: Section, regime: Regime) -> dict[str, dict[str, Estimate]]:
    """Return condition to label to macro-F1, all modalities first; empty without subsets."""
    if not section.subsets:
        return {}
    names = dict.fromkeys((section.headline, *(c.name for c in section.subsets)))
    groups = {}
    for name in names:
        if not is_asked(section, regime, name):
            continue
        group = {}
        for entry in by_score(section, regime):
            row = section.row(entry, regime.name, name)
            if row and row.final:
                group[entry.label] = row.final.estimate("macro_f1")
        if group:
            groups[name] = group
    return groups
