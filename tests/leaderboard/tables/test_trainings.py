from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard import render
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.trainings import stage_table, training_table


@pytest.fixture
def staged(writer: Callable[..., Any], made: Any) -> tuple[Results, Section]:
    """A model of two stages and two seeds, one of which keeps the first stage's weights."""
    small = writer(subsets=(), rates=(), n=20)
    small = writer(subsets=(), rates=(), n=20, regimes=small.regimes[:1])
    small.grid(made("net", "own", {"text": 1.0}))
    for path in small.root.glob("trainings/*/report.json"):
        report = json.loads(path.read_text())
        seed = round(report["train_seconds"] - 10.5)
        report["best_epoch"] = 3 - seed
        report["epochs"] = [
            {
                "epoch": i, "stage": stage, "updates": 100 * i, "train_loss": 1.0,
                "dev_macro_f1": score, "dev_loss": 0.5, "dev_accuracy": score + 0.1,
            }
            for i, stage, score in (
                (1, "frozen", 0.1),
                (2, "frozen", 0.3 + seed * 0.2),
                (3, "all", 0.4),
            )
        ]  # fmt: skip
        path.write_text(json.dumps(report))
    results = Results(small.root)
    return results, read_board(results).sections[0]


def test_the_best_look_of_each_stage_and_which_was_kept(staged: tuple[Results, Section]) -> None:
    table = stage_table(*staged)
    heads = [column.head for column in table.columns]
    rows = [dict(zip(heads, (c.text for c in row.cells), strict=True)) for row in table.rows]
    frozen, whole = rows
    assert frozen == {
        "Regime": "full",
        "Stage": "frozen",
        "Looks": "2",
        "Updates": "200",
        "Best look": "2",
        "Dev macro-F1": ".400",
        "Dev accuracy": ".500",
        "Dev loss": ".500",
        "Train loss": "1.000",
        "Kept in the end": "1 of 2 trainings",
    }
    assert (whole["Stage"], whole["Updates"]) == ("all", "100")
    assert (whole["Dev macro-F1"], whole["Kept in the end"]) == (".400", "1 of 2 trainings")


def test_the_cost_names_the_kept_looks(staged: tuple[Results, Section]) -> None:
    (row,) = training_table(*staged).rows
    assert [cell.text for cell in row.cells][4] == "2–3 of 3"


def test_the_page_has_the_table_and_the_curves(staged: tuple[Results, Section]) -> None:
    page = render(staged[0].root)
    text = page.read_text()
    assert "Best look of each stage" in text
    assert text.count('class="course ') == 1
    assert "Training and dev curves of net, regime full" in text
    assert "frozen" in page.with_name("leaderboard.md").read_text()


def test_a_page_without_records_of_looks_has_no_curves(
    writer: Callable[..., Any], made: Any
) -> None:
    small = writer(subsets=(), rates=(), n=20)
    small.grid(made("majority", "reference"))
    page: Path = render(small.root)
    assert "How the trainings went" in page.read_text()
    assert "Training and dev curves" not in page.read_text()
