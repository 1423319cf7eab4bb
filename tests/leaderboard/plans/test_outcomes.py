from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.leaderboard import compare
from emobench.leaderboard.plans.comparison import Margin, PlannedComparison
from emobench.leaderboard.plans.outcomes import plan_outcome, with_holm
from emobench.leaderboard.statistics.holm import adjusted
from emobench.store.records.plans import PlanPair
from emobench.study.plans.registry import amend, frozen

REGIME = ({"name": "full", "description": "", "drop": 0.0},)
PAIRS = [("alpha", "late_fusion"), ("beta", "late_fusion")]


def comparison(number: int, p: float, done: bool = True) -> PlannedComparison:
    pair = PlanPair(
        dataset="d", track="t", protocol="p", regime="r", condition="c", first=f"m{number}",
        second="x",
    )  # fmt: skip
    status = "done" if done else "failed"
    return PlannedComparison(pair, 0.05, status, p_value=p if done else 1.0, margin=Margin(p, p))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=8))
def test_what_has_no_result_keeps_its_share_of_the_level(drawn: list[tuple[float, bool]]) -> None:
    found = with_holm([comparison(i, p, done) for i, (p, done) in enumerate(drawn)])
    assert len(found) == len(drawn)
    whole = adjusted(np.array([p if done else 1.0 for p, done in drawn]))
    assert [one.holm for one in found] == list(whole)
    # Whatever comes of the others later, what is shown now stays shown.
    later = with_holm([comparison(i, p, True) for i, (p, _) in enumerate(drawn)])
    assert all(b.holm <= a.holm for a, b in zip(found, later, strict=True) if a.is_done)
    assert not any(one.is_different for one in found if not one.is_done)


def test_each_comparison_is_that_of_compare_and_holm_is_over_all(small, plan_of, freeze) -> None:
    root = small().root
    freeze(root, plan_of(root, [*PAIRS, ("alpha", "beta")], margin=0.05))
    found = plan_outcome(root)
    assert found is not None
    assert found.changes == ()
    told = []
    for one in found.comparisons:
        pairs = compare(root, one.pair.first, one.pair.second, margin=0.05)
        (alone,) = [pair for pair in pairs if pair.is_main]
        assert one.gap == alone.gap
        assert one.p_value == alone.p_value
        assert alone.equivalence is not None
        assert one.margin is not None
        assert one.margin.p_value == alone.equivalence.p_value
        told.append(alone.p_value)
    assert [one.holm for one in found.comparisons] == list(adjusted(np.array(told)))


def test_the_family_is_over_all_settings(small, plan_of, freeze) -> None:
    root = small().root
    small(dataset="other", n=50)
    freeze(root, plan_of(root, PAIRS))
    found = plan_outcome(root)
    assert found is not None
    assert len({one.pair.setting for one in found.comparisons}) == 2
    ps = np.array([one.p_value for one in found.comparisons])
    assert len(ps) == 4
    assert [one.holm for one in found.comparisons] == list(adjusted(ps))


def test_a_mean_over_conditions_can_be_planned(small, plan_of, freeze) -> None:
    root = small(rates=(0.2, 0.5)).root
    freeze(root, plan_of(root, PAIRS[:1], "summary:mean over rates"))
    (one,) = plan_outcome(root).comparisons
    (mean,) = [
        pair
        for pair in compare(root, "alpha", "late_fusion")
        if pair.condition == "summary:mean over rates"
    ]
    assert (one.gap, one.p_value) == (mean.gap, mean.p_value)


def test_what_failed_or_is_not_there_stays_in_the_family(small, made, plan_of, freeze) -> None:
    one = small()
    one.grid(made("broken", "published", {"text": 1.0}, training_fails=("full",)))
    one.grid(made("slow", "published", {"text": 1.0}, incomplete=("full",)))
    pairs = [("alpha", "late_fusion"), ("broken", "late_fusion"), ("slow", "late_fusion"),
             ("unborn", "late_fusion")]  # fmt: skip
    freeze(one.root, plan_of(one.root, pairs))
    found = plan_outcome(one.root).comparisons
    assert [c.status for c in found] == ["done", "failed", "incomplete", "not there"]
    assert "loss diverged" in found[1].reason
    assert found[0].holm == pytest.approx(min(1.0, 4 * found[0].p_value))
    assert all(c.holm == 1.0 and c.gap is None for c in found[1:])


def test_more_seeds_than_planned_change_no_planned_number(small, plan_of, freeze) -> None:
    root = small(seeds=2).root
    freeze(root, plan_of(root, PAIRS))
    before = plan_outcome(root).comparisons
    small(seeds=4, created="2026-02-02T00:00:00+00:00")
    after = plan_outcome(root)
    assert [(a.gap, a.holm) for a in before] == [(b.gap, b.holm) for b in after.comparisons]
    assert any("4 seeds: the 2 planned seeds alone" in text for text in after.changes)
    assert all(one.n_seeds == 2 for one in after.comparisons)


def test_fewer_seeds_than_planned_are_no_result(small, plan_of, freeze) -> None:
    root = small(seeds=2).root
    freeze(root, plan_of(root, PAIRS, seeds=3))
    for one in plan_outcome(root).comparisons:
        assert (one.status, one.holm) == ("incomplete", 1.0)
        assert "2 of 3 planned seeds" in one.reason
        assert one.verdict == "incomplete"


def test_rows_that_are_added_later_change_no_planned_number(small, plan_of, freeze, made) -> None:
    made_of = small()
    freeze(made_of.root, plan_of(made_of.root, PAIRS))
    before = plan_outcome(made_of.root)
    made_of.grid(made("gamma", "published", {"text": 2.0}))
    assert plan_outcome(made_of.root) == before


def test_without_results_every_comparison_waits(small, plan_of, freeze) -> None:
    root = small().root
    plan = plan_of(root, PAIRS)
    shutil.rmtree(root)
    assert plan_outcome(root) is None
    freeze(root, plan)
    found = plan_outcome(root)
    assert [one.status for one in found.comparisons] == ["not there", "not there"]


def test_a_corpus_whose_files_changed_has_no_silent_number(small, plan_of, freeze) -> None:
    root = small(state="one").root
    plan = plan_of(root, PAIRS)
    rows = tuple(row.model_copy(update={"corpus": "one"}) for row in plan.rows)
    freeze(root, plan.model_copy(update={"rows": rows}))
    assert plan_outcome(root).changes == ()
    for path in (root / "grids").glob("*.json"):
        grid = json.loads(path.read_text())
        corpus = root / "corpora" / f"{grid['corpus']}.json"
        record = json.loads(corpus.read_text())
        corpus.write_text(json.dumps(record | {"digest": "two"}))
    found = plan_outcome(root)
    assert any("corpus simulated was changed (one to two)" in text for text in found.changes)
    assert all(one.changes for one in found.comparisons)


def test_what_was_run_otherwise_than_planned_is_named(small, plan_of, freeze) -> None:
    root = small().root
    plan = plan_of(root, PAIRS, emobench="0.0.9", created="2026-03-03T00:00:00+00:00")
    rows = [row.model_copy(update={"inputs": {"text": ("glove",)}}) for row in plan.rows]
    config = {**rows[0].config, "hidden": 128}
    places = tuple(p.model_copy(update={"definition": "another"}) for p in rows[0].places)
    rows[0] = rows[0].model_copy(update={"config": config, "places": places})
    freeze(root, plan.model_copy(update={"rows": tuple(rows)}))
    told = "\n".join(plan_outcome(root).changes)
    for word in (
        "hidden of alpha is 64, planned 128", "reads word_vectors, word_vectors, not glove",
        "the protocol missing_modality says something else of full, full",
        "computed by emobench 0.1.0, not 0.0.9", "asked for before the freeze (2026-01-02 03:04)",
    ):  # fmt: skip
        assert word in told


def test_amendments_after_results_change_no_family(small, plan_of, freeze) -> None:
    root = small().root
    freeze(root, plan_of(root, PAIRS))
    later = plan_of(root, [PAIRS[0], ("alpha", "beta")], existing=24, alpha=0.1)
    before = plan_outcome(root)
    amend(root, frozen(root), later, "beta is slow")
    found = plan_outcome(root)
    assert found.comparisons == before.comparisons
    assert [(one.pair.first, one.pair.second) for one in found.late] == [("alpha", "beta")]
    told = "\n".join(found.changes)
    assert "amended on 2026-01-01 after results (beta is slow): alpha 0.05 became 0.1" in told
    assert "beta less late_fusion" in told
    assert "stays in the family" in told


def test_an_amendment_before_results_is_the_plan(small, plan_of, freeze) -> None:
    root = small().root
    freeze(root, plan_of(root, PAIRS))
    amend(root, frozen(root), plan_of(root, PAIRS[:1], margin=0.1), "a slip")
    found = plan_outcome(root)
    assert len(found.comparisons) == 1
    assert found.comparisons[0].margin is not None
    assert not found.late
    assert found.changes == ()


def test_a_row_on_an_earlier_state_of_the_corpus_is_no_result(
    writer, made, plan_of, freeze
) -> None:
    size = {"regimes": REGIME, "subsets": (), "rates": (), "n": 60}
    writer(state="one", created="2026-01-02", **size).grid(made("alpha", skill={"text": 2.0}))
    later = writer(state="two", created="2026-01-03", **size)
    for name in ("beta", "late_fusion"):
        later.grid(made(name, skill={"text": 1.0}))
    freeze(later.root, plan_of(later.root, PAIRS))
    found = plan_outcome(later.root)
    assert found is not None
    assert [one.status for one in found.comparisons] == ["outdated", "done"]
    assert found.comparisons[1].holm == pytest.approx(min(1.0, 2 * found.comparisons[1].p_value))
