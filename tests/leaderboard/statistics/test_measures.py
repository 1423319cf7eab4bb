"""A measure is one entry of one list: page, Markdown, CSV table and comparison follow from it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from emobench.errors import RequestError
from emobench.leaderboard import compare, render
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.measures import MEASURES, Measure
from emobench.leaderboard.statistics.metrics import Floats, divide


def kappa(confusion: Floats) -> Floats:
    """Cohen's agreement beyond chance between truth and prediction."""
    total = confusion.sum(axis=(-2, -1))
    agreed = np.trace(confusion, axis1=-2, axis2=-1) * total
    chance = (confusion.sum(axis=-1) * confusion.sum(axis=-2)).sum(-1)
    return divide(agreed - chance, total**2 - chance, empty=np.nan)


KAPPA = Measure("kappa", "Kappa", "Agreement beyond chance", kappa, lambda m: kappa(m).mean(-1))


@pytest.fixture
def small(writer: Callable[..., Any], made: Any) -> Path:
    written = writer(subsets=(), rates=(), regimes=({"name": "full", "description": ""},))
    for name in ("net", "other"):
        written.grid(made(name, "own", {"text": 1.4}))
    root: Path = written.root
    return root


def outputs(root: Path) -> tuple[str, str, list[dict[str, str]]]:
    page = render(root)
    lines = page.with_name("leaderboard.csv").read_text().splitlines()
    return page.read_text(), page.with_name("leaderboard.md").read_text(), [*csv.DictReader(lines)]


def test_one_entry_is_seen_in_page_markdown_csv_and_comparison(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = outputs(small)[2]
    with pytest.raises(RequestError, match="Unknown measure 'kappa'"):
        compare(small, "net", "other", "kappa")
    monkeypatch.setattr(measures, "MEASURES", (*MEASURES, KAPPA))
    page, text, table = outputs(small)
    value = float(next(row for row in table if row["model"] == "net")["kappa"])
    expected = [
        cohen_kappa_score(frame["label"], frame.filter(like="logit_").to_numpy().argmax(axis=1))
        for frame in predictions(small)["net"]
    ]
    assert value == pytest.approx(np.mean(expected), abs=1e-6)
    shown = f"{value:.3f}".removeprefix("0")
    (head,) = [line for line in text.splitlines() if line.startswith("| Model | Rank |")]
    place = head.split(" | ").index("Kappa")
    (row,) = [x for x in text.splitlines() if x.startswith("| net |") and len(x.split(" | ")) > 9]
    assert row.split(" | ")[place] == shown
    assert '<th scope="col" title="Agreement beyond chance">Kappa</th>' in page
    assert f">{shown}</td>" in page
    (pair,) = compare(small, "net", "other", "kappa")
    assert pair.first.value == pytest.approx(value, abs=1e-6)
    # The columns of everybody who reads the table today are where they were, and hold the same.
    assert [*table[0]] == [*before[0], "kappa"]
    assert [{k: v for k, v in row.items() if k != "kappa"} for row in table] == before


def predictions(root: Path) -> dict[str, list[pd.DataFrame]]:
    found: dict[str, list[pd.DataFrame]] = {}
    for path in root.glob("grids/*.json"):
        grid = json.loads(path.read_text())
        cells = (root / "cells" / row["cell"] / "predictions.parquet" for row in grid["rows"])
        found[grid["model"]] = [pd.read_parquet(cell) for cell in cells]
    return found


def test_a_measure_can_join_the_switches_and_intervals(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = Measure(
        "kappa", "Kappa", "", kappa, kappa, interval=True, by_condition=True, by_corpus=True
    )
    monkeypatch.setattr(measures, "MEASURES", (*MEASURES, wanted))
    assert [m.name for m in measures.switch(lambda m: m.by_condition)] == [
        "macro_f1", "accuracy", "kappa",
    ]  # fmt: skip
    _, _, table = outputs(small)
    assert [name for name in table[0] if "kappa" in name] == ["kappa", "kappa_low", "kappa_high"]
    assert float(table[0]["kappa_low"]) <= float(table[0]["kappa"]) <= float(table[0]["kappa_high"])


def test_names_are_unique_and_the_ranking_measure_is_first_on_the_page() -> None:
    names = [m.name for m in MEASURES]
    assert len(names) == len(set(names))
    assert measures.RANKING == "macro_f1"
    first = [m.name for m in measures.ranking_first()]
    assert first == ["macro_f1", "accuracy", "weighted_f1", "uar", "ece"]
    assert [m.name for m in measures.counting()] == ["accuracy", "macro_f1", "weighted_f1", "uar"]


def test_where_each_measure_is_shown() -> None:
    def names(field: str) -> set[str]:
        return {m.name for m in MEASURES if getattr(m, field)}

    assert names("interval") == names("by_condition") == {"accuracy", "macro_f1"}
    assert names("by_corpus") == {"macro_f1", "uar"}
    assert names("from_logits") == names("least_is_best") == {"ece"}
    assert names("headline") == {m.name for m in MEASURES}
    assert names("appended") == set(), "columns of the first version of the CSV table"


def test_a_measure_has_its_title_and_an_unknown_one_its_name() -> None:
    assert {m.name: measures.title_of(m.name) for m in MEASURES} == {
        "accuracy": "Accuracy", "macro_f1": "Macro-F1", "weighted_f1": "Weighted F1",
        "uar": "UAR", "ece": "ECE",
    }  # fmt: skip
    assert measures.title_of("".join(["e", "ce"])) == "ECE"
    for unknown in ("", "a", "kappa", "zeta"):
        assert measures.title_of(unknown) == unknown
