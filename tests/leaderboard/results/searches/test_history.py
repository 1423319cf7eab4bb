from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emobench.leaderboard.results.entries import merge
from emobench.leaderboard.results.reader import Results

REGIMES = ("full", "modality_dropout")
SMALL: dict[str, Any] = {"folds": 2, "subsets": (), "rates": ()}


def test_runs_of_one_search_are_joined_fold_by_fold(writer: Callable[..., Any], made: Any) -> None:
    net, better = made("net", skill={"text": 1.0}), made("net", skill={"text": 2.0})
    first, last = writer(created="2026-01-01", **SMALL), writer(created="2026-01-02", **SMALL)
    first.tuned(net, better)
    one_fold = last.regimes[:1]
    last.regimes = one_fold
    last.tuned(net, better)
    (entry,) = merge(Results(first.root).grids())
    assert entry.search is not None
    assert len(entry.search.results) == 2 * 2
    assert {(s.regime, s.fold) for s in entry.slots} == {
        (regime["name"], fold) for regime in first.regimes for fold in range(2)
    }


def test_cells_of_another_choice_are_no_seeds_of_this_one(
    writer: Callable[..., Any], made: Any
) -> None:
    net, better = made("net", skill={"text": 1.0}), made("net", skill={"text": 2.0})
    writer(created="2026-01-01", seeds=3, **SMALL).tuned(net, better, scores=(0.4, 0.6, None, 0.5))
    last = writer(created="2026-01-02", seeds=1, **SMALL)
    last.tuned(net, better, scores=(0.4, 0.6, 0.7, 0.5))
    (entry,) = merge(Results(last.root).grids())
    assert {slot.seed for slot in entry.slots} == {0}
    writer(created="2026-01-03", seeds=2, **SMALL).tuned(net, better, scores=(0.4, 0.6, 0.7, 0.5))
    (entry,) = merge(Results(last.root).grids())
    assert {slot.seed for slot in entry.slots} == {0, 1}


def test_a_choice_of_some_conditions_counts_for_the_whole_regime(
    writer: Callable[..., Any], made: Any
) -> None:
    net = made("net", skill={"text": 1.0})
    for day, seeds, chosen in ((1, 3, 1), (2, 1, 2)):
        trials = [{"trial": t, "values": {"hidden": t}, "score": 0.5} for t in range(3)]
        result = {"regime": "full (fusion=concat)", "chosen": chosen, "trials": trials}
        search = {"trials": 3, "default": "net", "space": {"hidden": "any"}, "results": [result]}
        store = writer(created=f"2026-01-0{day}", seeds=seeds, subsets=(), rates=())
        store.grid(net, model="net tuned:3", search=search)
    (entry,) = merge(Results(store.root).grids())
    found = {regime: {s.seed for s in entry.slots if s.regime == regime} for regime in REGIMES}
    assert found == {"full": {0}, "modality_dropout": {0, 1, 2}}


def test_a_searched_model_is_named_after_its_default(writer: Callable[..., Any], made: Any) -> None:
    net = made("net", skill={"text": 1.0}, variant="as_published")
    writer(**SMALL).tuned(net, net, "tuned:4+halving")
    writer(**SMALL).grid(net)
    default, entry = merge(Results(writer().root).grids())
    assert entry.label == "net tuned:4+halving (as_published)"
    assert entry.default_label == default.label == "net (as_published)"
    assert (entry.budget, default.budget) == ("tuned:4+halving", "")
