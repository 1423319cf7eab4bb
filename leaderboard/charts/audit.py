"""Recall and duplicates of each class, on the honest split and on the flawed one, as arrows."""

from __future__ import annotations

from collections.abc import Mapping

from emobench.leaderboard.charts.style import GRID, INK, SOFT, Style, axes, spread, svg
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.tables.audits.inflation import LargestInflation


def audit_chart(section: Section, worst: LargestInflation, looks: Mapping[str, Style]) -> str:
    """Return recall over the share of test rows with a duplicate as SVG, one arrow per class."""
    figure, axis = axes(5.4, 3.5)
    figure.subplots_adjust(left=0.1, right=0.78, top=0.97, bottom=0.16)
    colour = looks[worst.whole.entry.label].colour
    for one in worst.classes:
        axis.plot(one.shares, one.recalls, color=colour, linewidth=1.2, alpha=0.55)
        axis.plot(
            one.shares[0], one.recalls[0], marker="o", markersize=5, color=SOFT,
            markerfacecolor="none",
        )  # fmt: skip
        axis.plot(one.shares[1], one.recalls[1], marker="o", markersize=5.5, color=colour)
    places = spread([one.recalls[1] for one in worst.classes], 0.062, 0.0, 1.0)
    for one, place in zip(worst.classes, places, strict=True):
        axis.annotate(
            one.label, (one.shares[1], one.recalls[1]), (1.08, place), color=INK, fontsize=9.5,
            va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": GRID, "linewidth": 0.7, "shrinkB": 4},
        )  # fmt: skip
    axis.set_xlim(-0.04, 1.06)
    axis.set_ylim(-0.04, 1.04)
    axis.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axis.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", ".25", ".5", ".75", "1"])
    axis.grid(color=GRID, linewidth=0.8)
    axis.set_xlabel("test rows with a duplicate in train", color=SOFT, fontsize=10)
    axis.set_ylabel("recall", color=SOFT, fontsize=10)
    return svg(
        figure,
        f"audit-{section.anchor}",
        f"Recall by class over the share of test rows with a duplicate in train, honest and under "
        f"{worst.whole.condition}, {worst.whole.entry.label}",
    )
