from __future__ import annotations

import json
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from emobench.leaderboard.explorer import contents as module
from emobench.leaderboard.explorer.class_scores import class_scores
from emobench.leaderboard.explorer.contents import contents
from emobench.leaderboard.explorer.whole_numbers import whole
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.comparison import contrast, summarise
from emobench.leaderboard.results.model_pairs import pairs
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.statistics.bootstrap import Estimate

MODELS = (
    ("majority", "reference", {}),
    ("late_fusion", "reference", {"text": 1.2, "audio": 0.9}),
    ("alpha_net", "published", {"text": 1.5, "audio": 1.0, "vision": 1.2}),
    ("beta_net", "published", {"text": 0.6, "audio": 1.0}),
)


@pytest.fixture
def section(writer: Callable[..., Any], made: Any) -> Section:
    small = writer(n=60, subsets=("text",), rates=(0.2, 0.5))
    for name, kind, skill in MODELS:
        lost = {"incomplete": ("missing_0.5",)} if name == "beta_net" else {}
        small.grid(made(name, kind, skill, **lost))
    return read_board(Results(small.root)).sections[0]


@pytest.fixture
def data(section: Section) -> dict[str, Any]:
    return contents(section, (), {})


def names(data: dict[str, Any], key: str) -> list[str]:
    return [one[0] for one in data[key]]


def told(estimate: Estimate) -> list[int | None]:
    return whole([estimate.value, estimate.low, estimate.high])


def test_a_score_is_that_of_the_tables(section: Section, data: dict[str, Any]) -> None:
    models, places = names(data, "models"), names(data, "places")
    for r, regime in enumerate(section.regimes):
        row = section.row(section.entry("alpha_net"), regime.name, "text")  # type: ignore[arg-type]
        assert row is not None
        assert row.final is not None
        state, seeds, tested, values, lows, highs = data["cells"][r][places.index("text")][
            models.index("alpha_net")
        ]
        assert (state, seeds, tested) == (0, 2, 60)
        for k, measure in enumerate(names(data, "measures")):
            assert values[k] == whole([row.final.values[measure]])[0]
            if k < len(lows):
                assert [values[k], lows[k], highs[k]] == told(row.final.estimate(measure))


def test_a_summary_is_scored_as_its_table_does(section: Section, data: dict[str, Any]) -> None:
    models, places = names(data, "models"), names(data, "places")
    measures = names(data, "measures")
    for summary in section.summaries:
        cell = data["cells"][0][places.index(summary.name)][models.index("alpha_net")]
        entry = section.entry("alpha_net")
        assert entry is not None
        found = summarise(section, entry, section.regimes[0].name, summary, "uar")
        assert found is not None
        k = measures.index("uar")
        assert [cell[3][k], cell[4][k], cell[5][k]] == told(found)
        assert cell[3][measures.index("ece")] is None


def test_every_pair_is_that_of_compare(
    writer: Callable[..., Any], section: Section, data: dict[str, Any]
) -> None:
    models, places = names(data, "models"), names(data, "places")
    checked = 0
    for k, measure in enumerate(names(data, "measures")[:2]):
        for one in pairs(writer().root, "late_fusion", "alpha_net", measure):
            if one.condition not in places:  # a mean over conditions, which is not explored
                assert one.condition.startswith("summary:")
                continue
            regime = names(data, "regimes").index(one.regime)
            block = data["pairs"][regime][places.index(one.condition)]
            listed = list(combinations(block["m"], 2))
            i, j = (models.index(label) for label in ("late_fusion", "alpha_net"))
            at = listed.index((min(i, j), max(i, j)))
            sign = 1 if i < j else -1
            found = [sign * series[at] for series in block["g"][k]]
            value, low, high = told(one.gap)
            assert found == ([value, low, high] if sign > 0 else [value, high, low])
            checked += 1
    assert checked == 2 * 2 * 4


def test_regimes_are_compared_model_by_model(section: Section, data: dict[str, Any]) -> None:
    entry = section.entry("alpha_net")
    assert entry is not None
    first, second = (section.row(entry, r.name, "full") for r in section.regimes)
    assert first is not None
    assert second is not None
    block = data["between"]["0,1"][0]
    at = block["m"].index(names(data, "models").index("alpha_net"))
    found = contrast(first.final, second.final, "macro_f1")
    assert found is not None
    assert [series[at] for series in block["g"][0]] == told(found)


def test_the_mean_f1_of_the_classes_is_macro_f1(section: Section) -> None:
    entry = section.entry("alpha_net")
    assert entry is not None
    row = section.row(entry, "full", "full")
    assert row is not None
    assert row.final is not None
    by_class = class_scores(row.final)
    assert np.mean([one.value for one in by_class]) == pytest.approx(row.final.values["macro_f1"])
    # The effects add up likewise, so that the intervals are of one kind.
    (whole_effects,) = row.final.sampled["macro_f1"].effects.values()
    parts = np.mean([next(iter(one.effects.values())) for one in by_class], axis=0)
    assert parts == pytest.approx(whole_effects, abs=1e-9)


def test_a_class_has_its_difference_and_its_support(section: Section, data: dict[str, Any]) -> None:
    block = data["byClass"][0][0]
    scores = []
    for label in ("late_fusion", "alpha_net"):
        entry = section.entry(label)
        assert entry is not None
        row = section.row(entry, "full", "full")
        assert row is not None
        assert row.final is not None
        scores.append(row.final)
    assert block["n"] == [int(n) for n in scores[0].confusion.sum(axis=1)]
    models = names(data, "models")
    i, j = (models.index(label) for label in ("late_fusion", "alpha_net"))
    at = list(combinations(block["m"], 2)).index((min(i, j), max(i, j)))
    for c, series in enumerate(block["g"]):
        one, other = (class_scores(score)[c].value for score in scores)
        sign = 1 if i < j else -1
        assert sign * series[0][at] == whole([one - other])[0]
        assert min(series[1][at], series[2][at]) <= series[0][at] <= series[2][at]


def test_what_is_not_done_has_its_reason_and_no_number(data: dict[str, Any]) -> None:
    at = names(data, "places").index("missing_0.5")
    beta = names(data, "models").index("beta_net")
    state, reason = data["cells"][0][at][beta]
    assert module.STATES[state] == "incomplete"
    assert data["reasons"][reason].startswith("1 of 2 cells done")
    assert beta not in data["pairs"][0][at]["m"]
    assert beta not in data["between"]["0,1"][at]["m"]
    mean = names(data, "places").index("mean over rates")
    state, reason = data["cells"][0][mean][beta]
    assert data["reasons"][reason].startswith("missing_0.5: ")


def test_the_shares_of_a_true_class_are_one(data: dict[str, Any]) -> None:
    matrix = np.array(data["matrices"][0][0][2]).reshape(6, 6)
    assert np.abs(matrix.sum(axis=1) - 100).max() <= 3


def test_too_many_pairs_are_compared_with_few_partners(
    section: Section, monkeypatch: pytest.MonkeyPatch, data: dict[str, Any]
) -> None:
    assert data["all"] == [1, 1]
    some = sum(block is not None for block in data["byClass"][0])
    monkeypatch.setattr(module, "MOST_NUMBERS", 1200)
    fewer = contents(section, (), {})
    assert fewer["all"] == [1, 0]
    assert [block is not None for block in fewer["byClass"][0]].count(True) == 1 < some
    assert fewer["pairs"] == data["pairs"]
    monkeypatch.setattr(module, "MOST_NUMBERS", 1)
    least = contents(section, (), {})
    assert least["all"] == [0, 0]
    block = least["pairs"][0][0]
    partners = {names(data, "models")[block["m"][w]] for w in block["w"]}
    assert "late_fusion" in partners
    assert len(partners) == 2
    listed = [(i, j) for i in block["m"] for j in (block["m"][w] for w in block["w"]) if i != j]
    assert len(block["g"][0][0]) == len(listed)
    for (i, j), value in zip(listed, block["g"][0][0], strict=True):
        whole_block = data["pairs"][0][0]
        at = list(combinations(whole_block["m"], 2)).index((min(i, j), max(i, j)))
        assert value == (1 if i < j else -1) * whole_block["g"][0][0][at]


def test_the_same_results_give_the_same_text(section: Section, data: dict[str, Any]) -> None:
    assert json.dumps(contents(section, (), {})) == json.dumps(data)
