"""Real, generated and constant inputs side by side, and whether generating beats a constant."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from emobench.leaderboard import render
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.comparison import difference, sign_test
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import Score
from emobench.leaderboard.tables.generation import generated_tables, verdict

FINDINGS = {
    "utterances": 90, "mmd2": 0.25, "told_apart": 0.75, "label_real": 0.5,
    "label_generated": None, "mse": 1.5, "mse_mean": 2.0, "cosine": -0.125,
}  # fmt: skip
REGIME = ({"name": "full", "description": "", "drop": 0.0},)


def condition(name: str, present: list[str] | None = None, **change: Any) -> dict[str, Any]:
    found = {"name": name, "description": name, "present": present, "rate": 0.0}
    return found | ({"replace": {"modality": "vision", **change}} if change else {})


CONDITIONS = [
    condition("full"),
    *(condition(f"vision={by}", by=by) for by in ("train_mean", "zero", "other")),
    condition("vision=noise:ridge", by="noise", generator="ridge"),
    condition("vision=ridge(text)", by="generated", sources=["text"], generator="ridge"),
    condition(
        "vision=ridge(text+audio)", by="generated", sources=["text", "audio"], generator="ridge"
    ),
    condition("vision=absent", ["text", "audio"]),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A model to which generated faces are as good as real ones and all else is as none."""
    conftest = request.config.pluginmanager.get_plugin(str(request.path.parents[1] / "conftest.py"))

    class Generated(conftest.Writer):
        conditions = CONDITIONS

        def predict(self, made, regime, condition, fold, seed):
            change = condition.get("replace")
            if change is None or (change["by"] == "generated" and len(change["sources"]) == 2):
                return super().predict(made, regime, condition, fold, seed)
            without = condition | {"present": ["text", "audio"]}
            return super().predict(made, regime, without, fold, seed)

        def cell(self, made, regime, condition, fold, seed):
            name = super().cell(made, regime, condition, fold, seed)
            if condition.get("replace", {}).get("by") in ("generated", "noise"):
                path = self.root / "cells" / name / "report.json"
                report = json.loads(path.read_text())
                path.write_text(json.dumps(report | {"findings": FINDINGS}))
            return name

    root = tmp_path_factory.mktemp("generated") / "results"
    skill = {"text": 0.4, "audio": 0.3, "vision": 3.0}
    writer = Generated(root, regimes=REGIME, n=300)
    writer.grid(conftest.Made("net", "published", skill), summaries=[])
    writer.grid(conftest.Made("majority", "reference"), summaries=[])
    return root


@pytest.fixture(scope="module")
def section(folder: Path) -> Section:
    (found,) = read_board(Results(folder)).sections
    return found


def scores(section: Section, condition: str) -> Score:
    score = section.rows["net"]["full", condition].score
    assert score is not None
    return score


def test_every_column_is_the_row_that_its_head_names(section: Section) -> None:
    table, _ = generated_tables(section, section.regimes[0])
    line = next(line for line in table.rows if line.label == "net")
    assert line.detail == "vision, ridge"
    cells = dict(zip([column.head for column in table.columns], line.cells, strict=True))
    places = {
        "real": "full", "generated": "vision=ridge(text+audio)",
        "best subset": "vision=ridge(text+audio)", "train mean": "vision=train_mean",
        "zero": "vision=zero", "other's": "vision=other", "from noise": "vision=noise:ridge",
        "absent": "vision=absent",
    }  # fmt: skip
    for head, name in places.items():
        assert cells[head].value == scores(section, name).values["macro_f1"]
    assert "text+audio" in cells["best subset"].interval
    made, mean = (scores(section, f"vision={n}") for n in ("ridge(text+audio)", "train_mean"))
    gap = difference(made, mean, "macro_f1")
    assert gap is not None
    assert cells["generated − mean"].value == gap.value > 0.2
    assert "p < .001" in cells["generated − mean"].interval
    assert cells["real − generated"].value == 0
    assert "p 1.000" in cells["real − generated"].interval


def test_findings_are_those_of_the_largest_subset(section: Section) -> None:
    _, table = generated_tables(section, section.regimes[0])
    texts = dict(
        zip(
            [column.head for column in table.columns],
            [c.text for c in table.rows[0].cells],
            strict=True,
        )
    )
    assert texts == {
        "MMD²": ".250", "C2ST": ".750", "label, real": ".500", "label, generated": "–",
        "MSE": "1.500", "MSE of the mean": "2.000", "cosine": "−.125", "compared": "90",
    }  # fmt: skip


def test_the_verdict_counts_and_names(section: Section) -> None:
    (said,) = verdict(section)
    assert "of 2 cases" in said
    assert "yes in 1 (net, vision by ridge)" in said
    assert "worse in 0" in said
    assert "includes 0 in 1" in said
    assert "missing it is better in 1 and worse in 0 of 2" in said


def test_the_page_and_the_markdown_say_it(folder: Path, section: Section) -> None:
    page = render(folder)
    text = page.read_text("utf-8")
    assert "Real, generated, constant" in text
    assert "Likeness to the real input" in text
    markdown = (page.parent / "leaderboard.md").read_text("utf-8")
    assert verdict(section)[0] in markdown
    assert "| net · vision, ridge |" in markdown


def test_sections_without_generated_inputs_say_nothing(page: Path) -> None:
    (plain, *_) = read_board(Results(page.parents[1])).sections
    assert verdict(plain) == ()
    assert all(generated_tables(plain, regime) == [] for regime in plain.regimes)
    assert "Real, generated, constant" not in page.read_text("utf-8")


def test_the_sign_test_is_mcnemars_with_one_seed(folder: Path, section: Section) -> None:
    cells = {}
    entry = section.entry("net")
    assert entry is not None
    for name in ("full", "vision=train_mean"):
        (slot,) = [s for s in entry.slots if s.condition == name and s.seed == 0]
        table = pd.read_parquet(folder / "cells" / str(slot.cell) / "predictions.parquet")
        guessed = table.filter(like="logit_").to_numpy().argmax(axis=1)
        cells[name] = guessed == table["label"].to_numpy()
    one, two = (
        replace(scores(section, name), right=right.astype(int)) for name, right in cells.items()
    )
    only = [int((cells["full"] & ~cells["vision=train_mean"]).sum())]
    only.append(int((~cells["full"] & cells["vision=train_mean"]).sum()))
    assert sign_test(one, two) == pytest.approx(binomtest(only[0], sum(only)).pvalue)
    assert sign_test(two, one) == sign_test(one, two)


def test_right_decisions_are_counted_over_seeds(section: Section) -> None:
    score = scores(section, "full")
    assert score.right.shape == (300,)
    assert score.right.max() == score.n_seeds == 2
    assert score.right.sum() / 600 == pytest.approx(score.values["accuracy"])


def test_the_sign_test_needs_the_same_utterances(section: Section) -> None:
    one = scores(section, "full")
    assert sign_test(one, one) == 1.0
    assert sign_test(one, None) is None
    assert sign_test(one, replace(one, test="other")) is None
    better = replace(one, right=np.array([2] * 10 + [0] * 2 + [1] * 5))
    worse = replace(one, right=np.array([0] * 10 + [1] * 2 + [1] * 5))
    assert sign_test(better, worse) == pytest.approx(binomtest(10, 12).pvalue)
