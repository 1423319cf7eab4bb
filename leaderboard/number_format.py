"""How numbers are printed: .732, [.701, .761], +.031, 1.2 M, 12 s."""

from __future__ import annotations

import math

from emobench.leaderboard.statistics.bootstrap import Estimate

BLANK = "–"
"""Printed where there is no number."""

MINUS = "−"


def score(value: float | None) -> str:
    """Print a share between 0 and 1 without its leading zero."""
    if value is None or math.isnan(value):
        return BLANK
    text = f"{abs(value):.3f}"
    text = text[1:] if text.startswith("0") else text
    return f"{MINUS}{text}" if value < 0 and float(f"{value:.3f}") else text


def signed(value: float | None) -> str:
    """Print a difference with its sign."""
    text = score(value)
    return text if text in (BLANK, ".000") or text.startswith(MINUS) else f"+{text}"


def interval(estimate: Estimate | None) -> str:
    """Print the bounds of an interval."""
    return f"[{score(estimate.low)}, {score(estimate.high)}]" if estimate else ""


def signed_interval(estimate: Estimate | None) -> str:
    """Print the bounds of a difference's interval."""
    return f"[{signed(estimate.low)}, {signed(estimate.high)}]" if estimate else ""


def p_value(value: float) -> str:
    """Print a p-value: p .012, p < .001, nothing where there is none."""
    if math.isnan(value):
        return ""
    return "p < .001" if value < 0.001 else f"p {score(value)}"


def percent(value: float | None) -> str:
    """Print a ratio as a whole percentage."""
    if value is None or math.isnan(value):
        return BLANK
    text = f"{abs(value):.0%}".replace("%", " %")
    return f"{MINUS}{text}" if value < -0.005 else text


def count(value: int | None) -> str:
    """Print a number of parameters: 812, 45.2 k, 1.23 M."""
    if value is None:
        return BLANK
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return (
                f"{value / size:.3g} {unit}" if value < 999.5 * size else f"{value // size} {unit}"
            )
    return str(value)


def duration(value: float | None) -> str:
    """Print seconds with three figures, or minutes and hours where they are many."""
    if value is None:
        return BLANK
    if value >= 5400:
        return f"{value / 3600:.1f} h"
    if value >= 100:
        return f"{value / 60:.1f} min"
    return f"{value:.2f} s" if value < 9.995 else f"{value:.1f} s"


def milliseconds(value: float | None) -> str:
    """Print milliseconds with about two figures."""
    if value is None:
        return BLANK
    return f"{value:.2f}" if value < 9.995 else f"{value:.0f}"


def plain(value: float | None) -> str:
    """Print a number for the CSV table: six digits, empty when unknown."""
    if value is None or math.isnan(value):
        return ""
    return f"{round(value, 6) + 0.0:.6f}".rstrip("0").rstrip(".")
