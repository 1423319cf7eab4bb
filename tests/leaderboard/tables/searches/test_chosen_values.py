from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emobench.leaderboard.results.board import read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.searches.contest import contests
from emobench.leaderboard.tables.searches.chosen_values import chosen_table, value_text

REGIME = {"name": "full", "description": "Trained with every modality.", "drop": 0.0}
SMALL: dict[str, Any] = {"subsets": (), "rates": (), "n": 12, "seeds": 1, "regimes": (REGIME,)}


def lines(store: Any) -> dict[str, list[str]]:
    """Field to its other cells, of the one searched model."""
    (section,) = read_board(Results(store.root)).sections
    (contest,) = contests(Results(store.root), section)
    table = chosen_table(contest)
    return {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in table.rows}


def test_a_field_out_of_play_has_a_dash(writer: Callable[..., Any], made: Any) -> None:
    net = made("net", skill={"text": 1.0})
    store = writer(folds=2, **SMALL)
    store.tuned(net, net, keep=[1])
    (path,) = store.root.glob("grids/*.json")
    grid = json.loads(path.read_text())
    grid["search"]["space"]["warmup"] = "0 to .2, if schedule is cosine"
    grid["config"]["warmup"] = 0.05
    path.write_text(json.dumps(grid))
    # Fold 0 chose a trial in which it plays no part, fold 1 the preset.
    assert lines(store)["warmup"] == ["0.05", "–", "0.05", "0 to .2, if schedule is cosine"]
    assert lines(store)["hidden"][:3] == ["64", "66", "64"]


def test_the_preset_of_a_solved_row_is_that_of_trial_0(
    writer: Callable[..., Any], made: Any
) -> None:
    net = made("net", skill={"text": 1.0})
    store = writer(**SMALL)
    store.tuned(net, net, config={})
    assert lines(store)["hidden"] == ["64", "66", "16 to 128, log-uniform"]


def test_of_many_folds_values_are_counted(writer: Callable[..., Any], made: Any) -> None:
    net = made("net", skill={"text": 1.0})
    store = writer(folds=9, **SMALL)
    store.tuned(net, net, keep=range(3))
    assert lines(store)["hidden"][1] == "66 × 6, 64 × 3"
    assert lines(store)["chosen trial"][1] == "2 × 6, preset × 3"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0001234, "0.0001234"), (1e-6, "1e-06"), (3, "3"), (True, "True"), ("a", "a"), (None, "–")],
)
def test_values_are_printed_with_as_they_were_drawn(value: object, text: str) -> None:
    assert value_text(value) == text
