from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.comparison import difference
from emobench.leaderboard.results.predictions import pool, predictions_of
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import score_seeds
from emobench.leaderboard.results.searches.contest import OTHER_SEEDS, Contest, contests
from emobench.leaderboard.results.searches.curves import counts, curves, leads

REGIME = {"name": "full", "description": "Trained with every modality.", "drop": 0.0}
SMALL: dict[str, Any] = {"subsets": (), "rates": (), "n": 60, "regimes": (REGIME,)}
WEAK, STRONG = {"text": 0.5}, {"text": 3.0}


def sections(root: Path) -> tuple[Section, ...]:
    return read_board(Results(root)).sections


def contest(root: Path) -> Contest:
    (section,) = sections(root)
    return contests(Results(root), section)[0]


def test_searched_models_change_nothing_about_the_default_ones(
    writer: Callable[..., Any], made: Any
) -> None:
    nets = [made(name, skill=WEAK) for name in ("alpha", "beta", "gamma")]
    for net in nets:
        writer(**SMALL).grid(net)
    (before,) = sections(writer().root)
    for net in nets:
        writer(**SMALL).tuned(net, made(net.name, skill=STRONG))
    (after,) = sections(writer().root)
    assert [e.label for e in after.entries] == [e.label for e in before.entries]
    assert after.regimes == before.regimes
    for label, rows in before.rows.items():
        for key, row in rows.items():
            assert row.score is not None
            assert after.rows[label][key].score.values == row.score.values  # type: ignore[union-attr]
    assert [e.label for e in after.searched] == [f"{net.name} tuned:4" for net in nets]


def test_gain_is_the_paired_difference_and_exactly_none_for_the_same_trainings(
    writer: Callable[..., Any], made: Any
) -> None:
    alpha, beta = made("alpha", skill=WEAK), made("beta", skill=WEAK)
    for net, better in ((alpha, made("alpha", skill=STRONG)), (beta, beta)):
        writer(**SMALL).grid(net)
        writer(**SMALL).tuned(net, better)
    found = contest(writer().root)
    assert [one.entry.label for one in found.rows] == ["alpha tuned:4", "beta tuned:4"]
    first, second = found.rows
    assert first.gain is not None
    assert first.gain.gap.low > 0.1
    assert first.default is not None
    assert first.gain.gap == difference(first.row.final, first.default.final, "macro_f1")
    assert first.gain.is_shown
    assert second.gain is not None
    assert (second.gain.gap.value, second.gain.gap.low, second.gain.gap.high) == (0, 0, 0)
    assert second.gain.p_value == 1
    assert first.rank is not None
    assert (str(first.rank), str(second.rank)) == ("1", "2")


def test_gains_are_corrected_for_the_number_of_searched_models(
    writer: Callable[..., Any], made: Any
) -> None:
    nets = [made(f"net{i}", skill=WEAK) for i in range(4)]
    store = writer(seeds=5, **SMALL)
    for net in nets:
        store.grid(net)
    store.tuned(nets[0], made("net0", skill={"text": 0.8}))
    (alone,) = contest(writer().root).rows
    for net in nets[1:]:
        store.tuned(net, net)
    rows = {one.entry.default_label: one for one in contest(writer().root).rows}
    together = rows["net0"]
    assert alone.gain is not None
    assert together.gain is not None
    assert together.gain.gap == alone.gain.gap
    assert 0 < alone.gain.p_value < 0.25
    assert together.gain.p_value == pytest.approx(4 * alone.gain.p_value)


def test_the_late_fusion_of_the_same_budget_is_the_reference(
    writer: Callable[..., Any], made: Any
) -> None:
    fusion = made("late_fusion", "reference", WEAK)
    net = made("net", skill=WEAK)
    for one in (fusion, net):
        writer(**SMALL).grid(one)
    writer(**SMALL).tuned(net, made("net", skill=STRONG))
    assert contest(writer().root).fusion == ""
    writer(**SMALL).tuned(fusion, fusion, "tuned:8", scores=(0.5,) * 8)
    assert {c.fusion for c in every(writer().root)} == {"", "late_fusion tuned:8"}
    writer(**SMALL).tuned(fusion, made("late_fusion", "reference", STRONG))
    mine = next(c for c in every(writer().root) if c.budget == "tuned:4")
    rows = {one.entry.default_label: one for one in mine.rows}
    assert rows["late_fusion"].over_fusion is None
    assert rows["late_fusion"].rank is None
    assert rows["net"].over_fusion is not None
    assert rows["net"].over_fusion.gap == difference(
        rows["net"].row.final, rows["late_fusion"].row.final, "macro_f1"
    )


def every(root: Path) -> list[Contest]:
    (section,) = sections(root)
    return contests(Results(root), section)


def test_a_default_with_another_preset_or_source_is_not_compared(
    writer: Callable[..., Any], made: Any
) -> None:
    net = made("net", skill=WEAK)
    store = writer(**SMALL)
    store.grid(net, config={"hidden": 32})
    store.tuned(net, made("net", skill=STRONG))
    (one,) = contest(store.root).rows
    assert one.gain is None
    assert "other settings than the preset" in one.doubt
    for config in ({}, {"learning_rate": 0.001, "batch_size": 32, "hidden": 64}):
        store.grid(net, created=f"2026-02-0{len(config) + 1}", config=config)
        (one,) = contest(store.root).rows
        assert one.gain is not None
    for entry, source in ((net, "a"), (made("net", skill=STRONG), "b")):
        name = store.training(entry, "full", 0, 0)
        store.json(f"trainings/{name}/spec.json", {"model_digest": source})
    (one,) = contest(store.root).rows
    assert one.gain is None
    assert "another state of the model's file" in one.doubt


def test_optimism_is_best_on_dev_less_test_fold_by_fold(
    writer: Callable[..., Any], made: Any
) -> None:
    net, better = made("net", skill=WEAK), made("net", skill=STRONG)
    store = writer(folds=3, **SMALL)
    store.grid(net)
    store.tuned(net, better, keep=[1])
    (one,) = contest(store.root).rows
    assert one.outcome.kept_preset == 1
    best = [0.5, 0.4, 0.5]
    assert one.outcome.best_on_dev == pytest.approx(sum(best) / 3)
    gaps = []
    for fold, who in enumerate((better, net, better)):
        seeds = []
        for seed in range(store.seeds):
            name = store.cell(who, "full", store.conditions[0], fold, seed)
            seeds.append(
                pool(
                    [
                        predictions_of(
                            pq.read_table(store.root / "cells" / name / "predictions.parquet")
                        )
                    ]
                )
            )
        gaps.append(best[fold] - score_seeds(seeds, "anybody", 6).values["macro_f1"])
    found = one.outcome.optimism
    assert found is not None
    assert found.value == pytest.approx(sum(gaps) / 3)
    assert found.low < found.value < found.high


def test_optimism_needs_every_fold(writer: Callable[..., Any], made: Any) -> None:
    net = made("net", skill=WEAK)
    store = writer(folds=2, **SMALL)
    store.tuned(net, net)
    for path in store.root.glob("grids/*.json"):
        grid = json.loads(path.read_text())
        for row in grid["rows"]:
            if row["fold"] == 1:
                row["cell"] = "not there yet"
        path.write_text(json.dumps(grid))
    (one,) = contest(store.root).rows
    assert one.row.status == "incomplete"
    assert one.outcome.optimism is None
    assert one.rank is None


def test_a_page_of_searched_models_alone_can_be_read(writer: Callable[..., Any], made: Any) -> None:
    net = made("net", skill=WEAK)
    writer(**SMALL).tuned(net, net)
    (one,) = contest(writer().root).rows
    assert one.default is None
    assert one.gain is None


def test_the_largest_budget_comes_first(writer: Callable[..., Any], made: Any) -> None:
    net = made("net", skill=WEAK)
    store = writer(**SMALL)
    for budget in ("tuned:8", "tuned:16+halving", "tuned:16"):
        store.tuned(net, net, budget, scores=(0.5,) * int(budget[6:8].strip(",")))
    assert [c.budget for c in every(store.root)] == ["tuned:16", "tuned:16+halving", "tuned:8"]


def test_curves_start_at_the_preset_and_end_at_the_best(
    writer: Callable[..., Any], made: Any
) -> None:
    net, other = made("net", skill=WEAK), made("other", skill=WEAK)
    store = writer(folds=2, **SMALL)
    store.tuned(net, net, scores=(0.4, 0.3, None, 0.5))
    store.tuned(other, other, scores=(0.45,), space=False)
    found = contest(store.root)
    first, second = curves(found)
    assert (first.default_label, second.default_label) == ("net", "other")
    assert [p.value for p in first.points] == pytest.approx(
        [0.4, 0.4 + 0.1 / 3, 0.4 + 0.2 / 3, 0.5]
    )
    assert [p.value for p in second.points] == pytest.approx([0.45] * 4)
    ahead = {lead.trials: lead for lead in leads([first, second], 4)}
    assert {n: lead.first and lead.first.default_label for n, lead in ahead.items()} == {
        1: "other", 2: "other", 4: "net",
    }  # fmt: skip
    assert counts(1) == [1]
    assert counts(12) == [1, 2, 4, 8, 12]


def test_nobody_is_ahead_where_lower_bounds_alone_are_known(
    writer: Callable[..., Any], made: Any
) -> None:
    store = writer(**SMALL)
    for name, stopped in (("net", [1, 2]), ("other", []), ("lost", [0, 2])):
        store.tuned(made(name, skill=WEAK), made(name, skill=WEAK), stopped=stopped)
    found = {curve.default_label: curve for curve in curves(contest(store.root))}
    assert [found["net"].is_bound_at(n) for n in (1, 2, 4)] == [False, True, False]
    assert [found["lost"].is_bound_at(n) for n in (1, 2, 4)] == [True, True, False]
    assert not any(found["other"].is_bound_at(n) for n in (1, 2, 4))
    ahead = {lead.trials: lead.first for lead in leads([*found.values()], 4)}
    assert (ahead[1], ahead[2]) == (None, None)
    assert ahead[4] is not None


def test_a_search_without_all_of_its_trials_has_no_curve(
    writer: Callable[..., Any], made: Any
) -> None:
    net = made("net", skill=WEAK)
    writer(**SMALL).tuned(net, net, scores=(0.4, 0.3, 0.5))
    assert curves(contest(writer().root)) == []


def test_other_seeds_have_no_gain(writer: Callable[..., Any], made: Any) -> None:
    net = made("net", skill=WEAK)
    writer(**SMALL, seeds=3).grid(net)
    writer(**SMALL, seeds=2).tuned(net, net)
    (one,) = contest(writer().root).rows
    assert one.gain is None
    assert one.doubt == OTHER_SEEDS
