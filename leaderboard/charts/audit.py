"""The audit's chart: each class from its honest recall and twins to those under a flaw."""

from __future__ import annotations

from collections.abc import Mapping

from emobench.leaderboard.charts.style import GRID, INK, SOFT, Style, axes, spread, svg
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.tables.audit import ClassTable


def audit_chart(section: Section, table: ClassTable, looks: Mapping[str, Style]) -> str:
    """Return recall over the share of test rows with a twin as SVG, one arrow per class."""
    figure, axis = axes(5.4, 3.5)
    figure.subplots_adjust(left=0.1, right=0.78, top=0.97, bottom=0.16)
    colour = looks[table.line.entry.label].colour
    for line in table.lines:
        axis.plot(line.shares, line.recalls, color=colour, linewidth=1.2, alpha=0.55)
        axis.plot(
            line.shares[0], line.recalls[0], marker="o", markersize=5, color=SOFT,
            markerfacecolor="none",
        )  # fmt: skip
        axis.plot(line.shares[1], line.recalls[1], marker="o", markersize=5.5, color=colour)
    places = spread([line.recalls[1] for line in table.lines], 0.062, 0.0, 1.0)
    for line, place in zip(table.lines, places, strict=True):
        axis.annotate(
            line.label, (line.shares[1], line.recalls[1]), (1.08, place), color=INK, fontsize=9.5,
            va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": GRID, "linewidth": 0.7, "shrinkB": 4},
        )  # fmt: skip
    axis.set_xlim(-0.04, 1.06)
    axis.set_ylim(-0.04, 1.04)
    axis.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axis.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", ".25", ".5", ".75", "1"])
    axis.grid(color=GRID, linewidth=0.8)
    axis.set_xlabel("test rows with a twin in train", color=SOFT, fontsize=10)
    axis.set_ylabel("recall", color=SOFT, fontsize=10)
    return svg(
        figure,
        f"audit-{section.anchor}",
        f"Recall by class over the share of test rows with a twin in train, honest and under "
        f"{table.line.flaw}, {table.line.entry.label}",
    )
