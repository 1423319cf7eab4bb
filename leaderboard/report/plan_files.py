"""The planned comparisons as files for programs, beside the page: ``plan.json`` and ``plan.csv``.

They are there only where there is a plan.
"""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any, Final

from emobench.leaderboard.number_format import plain
from emobench.leaderboard.plans.comparison import PlannedComparison, PlanOutcome
from emobench.leaderboard.statistics.bootstrap import Estimate

PLAN_FILES: Final = ("plan.json", "plan.csv")
COLUMNS: Final = (
    *("planned", "dataset", "track", "protocol", "regime", "condition", "first", "second"),
    *("status", "reason", "measure", "n_seeds", "n_test", "first_score", "second_score"),
    *("difference", "low", "high", "p", "p_holm", "margin", "p_margin", "p_margin_holm"),
    *("verdict", "changes"),
)
"""The columns of ``plan.csv``; columns are only ever added, and at the end."""


def plan_files(plan: PlanOutcome) -> dict[str, str]:
    """Return the content of each file by its name."""
    text = json.dumps(plan_content(plan), indent=1, ensure_ascii=False)
    return {"plan.json": f"{text}\n", "plan.csv": _table(plan)}


def plan_content(plan: PlanOutcome) -> dict[str, Any]:
    """Return a plan and what came of it as plain data; the keys are documented, and stay."""
    chain = plan.chain
    found: dict[str, Any] = {"problem": chain.problem or None}
    if chain.versions:
        base = chain.base.record
        found |= {
            "digest": chain.base.digest,
            "frozen": base.created,
            "before_results": chain.is_before_results,
            "existing": base.existing,
            "others": base.others,
            "emobench": base.emobench,
            "study": base.study,
            "study_digest": base.study_digest,
            "measure": base.measure,
            "alpha": base.alpha,
            "margin": base.margin,
            "contrasts": [*base.contrasts],
            "versions": [
                {
                    "digest": one.digest,
                    "kind": one.record.kind,
                    "created": one.record.created,
                    "existing": one.record.existing,
                    "why": one.record.why or None,
                    "changes": list(one.record.changes),
                }
                for one in chain.versions
            ],
        }
    comparisons = [_plain(plan, one, True) for one in plan.comparisons]
    return found | {
        "comparisons": comparisons + [_plain(plan, one, False) for one in plan.late],
        "changes": list(plan.changes),
    }


def _plain(plan: PlanOutcome, one: PlannedComparison, planned: bool) -> dict[str, Any]:
    record = plan.chain.base.record if planned else plan.chain.head.record
    return {
        "planned": planned,
        **{name: getattr(one.pair, name) for name in COLUMNS[1:8]},
        "status": one.status,
        "reason": one.reason or None,
        "measure": record.measure,
        "n_seeds": one.n_seeds,
        "n_test": one.n_test,
        "first_score": _value(one.first),
        "second_score": _value(one.second),
        "difference": _value(one.gap),
        "low": one.gap.low if one.gap else None,
        "high": one.gap.high if one.gap else None,
        "p": one.p_value if one.is_done else None,
        "p_holm": one.holm if planned else None,
        "margin": record.margin,
        "p_margin": _known(one.margin.p_value) if one.margin and one.is_done else None,
        "p_margin_holm": one.margin.holm if one.margin and planned else None,
        "verdict": one.verdict if planned else "not planned",
        "changes": list(one.changes),
    }


def _value(estimate: Estimate | None) -> float | None:
    return estimate.value if estimate is not None else None


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _table(plan: PlanOutcome) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for one in plan_content(plan)["comparisons"]:
        cells = {name: _cell(value) for name, value in one.items()}
        writer.writerow(cells | {"changes": "; ".join(one["changes"])})
    return text.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(value) if isinstance(value, float) else "" if value is None else str(value)
