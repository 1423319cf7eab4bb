"""Everything that the page says about a leakage audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emobench.leaderboard.charts.audit import audit_chart
from emobench.leaderboard.charts.style import Style
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.tables.audit import (
    HONEST,
    AuditLine,
    ClassTable,
    audit_lines,
    class_table,
)
from emobench.leaderboard.tables.audit_text import explanation, honest_copies


@dataclass(frozen=True)
class AuditView:
    """One section's audit.

    Parameters
    ----------
    lines
        Every model under every flaw.
    worst
        Recall by class where the inflation is largest, and in words where it comes from.
    honest
        What the honest split's own copies are worth, in a sentence, or "".
    """

    lines: list[AuditLine]
    worst: ClassTable | None = None
    explanation: str = ""
    honest: str = ""
    chart: str = ""


def audit_view(section: Section, looks: Mapping[str, Style]) -> AuditView | None:
    """Return the audit of `section`, None where it has none."""
    if not any(condition.name == HONEST for condition in section.conditions):
        return None  # flawed splits without an honest one beside them are no audit
    lines = audit_lines(section)
    if not lines:
        return None
    worst = class_table(section, lines)
    if worst is None:
        return AuditView(lines)
    return AuditView(
        lines=lines,
        worst=worst,
        explanation=explanation(section, worst),
        honest=honest_copies(section, worst.line),
        chart=audit_chart(section, worst, looks),
    )
