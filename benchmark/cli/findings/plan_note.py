"""What `emobench compare` says of a comparison in a folder that has a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from emobench.leaderboard import number_format as numbers

if TYPE_CHECKING:
    from emobench.leaderboard.plans.comparison import PlannedComparison, PlanOutcome
    from emobench.leaderboard.results.model_pairs import Pair


def plan_content(plan: PlanOutcome | None, pair: Pair, measure: str) -> dict[str, Any]:
    """Return what a program gets of a comparison's plan; all is None in a folder without one."""
    if plan is None:
        return {"planned": None, "p_holm": None, "planned_comparisons": None}
    found = _of(plan, pair, measure)
    return {
        "planned": found is not None,
        "p_holm": found.holm if found is not None and found.is_done else None,
        "planned_comparisons": len(plan.comparisons),
    }


def plan_notes(plan: PlanOutcome | None, pairs: Sequence[Pair], measure: str) -> list[str]:
    """Say which comparisons of a setting are planned, and what they come to among all of them."""
    if plan is None:
        return []
    if plan.chain.problem:
        return [f"{plan.chain.problem} No comparison counts as planned."]
    found = [(pair, one) for pair in pairs if (one := _of(plan, pair, measure)) is not None]
    if not found:
        return ["not planned: exploratory (the folder has a plan, and this is not in it)"]
    n = len(plan.comparisons)
    lines = [f"under {pair.condition}: {_text(plan, one, n)}" for pair, one in found]
    return lines + (["all else in this table is exploratory"] if len(found) < len(pairs) else [])


def _text(plan: PlanOutcome, one: PlannedComparison, n: int) -> str:
    when = "" if plan.chain.is_before_results else " after results existed"
    if not one.is_done:
        return f"planned{when}, {one.status}: {one.reason}"
    p = numbers.p_value(one.holm)
    seeds = f", over {one.n_seeds} planned seeds" if one.n_seeds > 1 else ""
    changed = f"; departs from the plan: {'; '.join(one.changes)}" if one.changes else ""
    return f"planned{when}, {p} after Holm over all {n}{seeds}: {one.verdict}{changed}"


def _of(plan: PlanOutcome, pair: Pair, measure: str) -> PlannedComparison | None:
    if plan.chain.problem or plan.chain.base.record.measure != measure:
        return None
    place = (pair.dataset, pair.track, pair.protocol, pair.regime, pair.condition)
    for one in plan.comparisons:
        at = (*one.pair.setting, one.pair.regime, one.pair.condition)
        if at == place and {one.pair.first, one.pair.second} == {*pair.labels}:
            return one
    return None
