"""What stands on top of a page with a plan: when it was frozen, its family, and what departed."""

from __future__ import annotations

from dataclasses import dataclass

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.plans.comparison import PlanOutcome
from emobench.leaderboard.tables.plans.comparison_table import comparison_table
from emobench.leaderboard.tables.plans.sentences import date, family_text, freeze_text
from emobench.leaderboard.tables.score_table import Column, ScoreTable, TableRow, difference_cell


@dataclass(frozen=True)
class PlanBox:
    """The plan of a page, ready to be printed.

    Parameters
    ----------
    text
        Paragraphs, inline Markdown.
    digest
        The plan's digest; "" if it has a problem.
    table
        All planned comparisons; None if the plan has a problem.
    changes, left_out, history
        What is not as it was frozen; what could not be planned; the versions. Sentence parts.
    late
        Comparisons that were added after results; None without any.
    """

    text: tuple[str, ...]
    digest: str = ""
    table: ScoreTable | None = None
    changes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    late: ScoreTable | None = None

    @property
    def departures(self) -> str:
        """Whether something was changed, in a sentence."""
        n = len(self.changes)
        if not n:
            return "Nothing that is stored departs from it."
        return f"**{n} {'thing departs' if n == 1 else 'things depart'} from it:**"


def plan_box(plan: PlanOutcome | None) -> PlanBox | None:
    """Return what a page says of its plan; None without one."""
    if plan is None:
        return None
    if not plan.chain.versions:
        return PlanBox((freeze_text(plan),))
    several = len({one.pair.setting for one in plan.comparisons}) > 1
    return PlanBox(
        (f"{freeze_text(plan)} {family_text(plan)}",),
        plan.chain.base.digest,
        comparison_table(plan, plan.comparisons, several),
        plan.changes,
        plan.chain.base.record.left_out,
        _history(plan),
        _late(plan),
    )


def _history(plan: PlanOutcome) -> tuple[str, ...]:
    found = []
    for one in plan.chain.versions:
        record = one.record
        word = "amended" if record.previous else "frozen"
        known = "before results" if not record.existing else f"{record.existing:,} cells stored"
        why = f": {record.why}" if record.why else ""
        counts = ", counts" if one == plan.chain.base and len(plan.chain.versions) > 1 else ""
        found.append(f"{word} {date(record.created)}, {known}{counts}, `{one.digest}`{why}")
    return tuple(found)


def _late(plan: PlanOutcome) -> ScoreTable | None:
    if not plan.late:
        return None
    rows = []
    for one in plan.late:
        pair = one.pair
        where = f"{pair.dataset}, {pair.protocol}, {pair.regime}, {pair.condition}"
        cell = difference_cell(one.gap, more=numbers.p_value(one.p_value) if one.is_done else "")
        rows.append(TableRow(f"{pair.first} {numbers.MINUS} {pair.second}", "own", (cell,), where))
    note = "Added by an amendment after results: not planned, each p for itself."
    return ScoreTable(
        "Added after results", (Column("Difference", "With its own 95% interval and p"),),
        tuple(rows), (("", note),), stub="Comparison", sortable=False,
    )  # fmt: skip
