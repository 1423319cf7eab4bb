from __future__ import annotations

from typing import Any

import pytest

from emobench.leaderboard.plans.chain import PlanChain, Version
from emobench.leaderboard.plans.comparison import Margin, PlannedComparison, PlanOutcome
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.tables.plans.sentences import family_text, freeze_text, section_sentence
from emobench.store.records.plans import PlanPair, PlanRecord

UP, DOWN, FLAT = Estimate(0.1, 0.05, 0.15), Estimate(-0.1, -0.15, -0.05), Estimate(0, -0.01, 0.01)


def one(first: str, gap: Estimate | None, holm: float, near: float = 1.0, **more: Any) -> Any:
    at = {"dataset": "d", "track": "t", "protocol": "p", "regime": "full"}
    pair = PlanPair(**at, condition=more.pop("condition", "full"), first=first, second="fusion")
    status = "done" if gap else "failed"
    return PlannedComparison(
        pair, 0.05, status, gap=gap, holm=holm, margin=Margin(near, near), **more
    )


def outcome(*found: PlannedComparison, **changes: Any) -> PlanOutcome:
    record = PlanRecord(
        **{"kind": "freeze", "created": "2026-01-01T00:00:00+00:00", "emobench": "0",
           "measure": "macro_f1"} | changes
    )  # fmt: skip
    return PlanOutcome(PlanChain((Version("0" * 64, record),)), found)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([one("a", UP, 0.01)], "**a is shown to be above fusion**, +.100 [+.050, +.150], p .010"),
        ([one("a", UP, 0.01), one("b", UP, 0.01)], "**a and b are shown to be above fusion** ("),
        ([one("a", UP, 0.01), one("b", DOWN, 0.02)], "**b is shown to be below fusion**, −.100"),
        ([one("a", UP, 0.01), one("b", FLAT, 0.9)], "; 1 shows no difference ("),
        ([one("a", FLAT, 0.9), one("b", FLAT, 0.9)], "**none of 2 comparisons shows"),
        ([one("a", FLAT, 0.9, 0.01)], "**a and fusion are shown to be equivalent**"),
        ([one("a", UP, 0.01, 0.01)], "**a is shown to be above fusion**, by less than the margin"),
        ([one("a", None, 1.0)], "1 has no result (failed)"),
        ([one("a", FLAT, 0.9), one("b", None, 1.0)], "1 of 2 has no result (failed)"),
        ([one("a", UP, 0.01, changes=("x",))], "; 1 departs from the plan ("),
        ([one("a", UP, 0.01), one("a", UP, 0.01, condition="text")], "in 2 comparisons"),
        ([one("a", UP, 0.01), one("b", DOWN, 0.01, condition="text")], "(`full`, `text`), −.100"),
    ],
)  # fmt: skip
def test_a_section_says_what_is_shown_among_all_of_the_plan(found: Any, said: str) -> None:
    sentence = section_sentence(outcome(*found), found)
    assert said in sentence
    assert sentence.startswith("Planned before any result: ")
    ending = "the one comparison of the plan" if len(found) == 1 else "Holm over all 2 of the plan"
    assert sentence.endswith(f"({ending}).")


def test_a_plan_after_results_is_called_that() -> None:
    late = outcome(one("a", UP, 0.01), existing=4)
    assert section_sentence(late, late.comparisons).startswith("Planned after results existed: ")
    assert "4 cells of its rows were stored already" in freeze_text(late)
    assert "before any of its results" in freeze_text(outcome(one("a", UP, 0.01)))


def test_what_has_no_result_is_counted_in_the_family() -> None:
    text = family_text(outcome(one("a", UP, 0.01), one("b", None, 1.0), alpha=0.1))
    assert "2 planned comparisons of Macro-F1; p is after Holm over all 2, at a level of .1" in text
    assert "**1 of them has no result**" in text
    assert text.endswith("1 shows a difference and none shows equivalence.")
