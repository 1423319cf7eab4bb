"""Rows on two states of one corpus are never shown side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from emobench import RequestError
from emobench.leaderboard import compare, outdated, render


@pytest.fixture
def two_states(writer: Callable[..., Any], made: Any) -> Any:
    """`old` and `both` were run before the files changed, `both` and `new` after it."""
    small: dict[str, Any] = {"subsets": (), "rates": (), "seeds": 1}
    before = writer(created="2026-01-01T00:00:00+00:00", state="before", **small)
    after = writer(created="2026-01-02T00:00:00+00:00", state="after", **small)
    before.grid(made("old", skill={"text": 1.0}))
    before.grid(made("both", skill={"text": 1.0}, identity="one"))
    after.grid(made("both", skill={"text": 1.0}, identity="two"))
    after.grid(made("new", skill={"text": 1.0}))
    return after


def test_rows_on_an_earlier_state_are_left_out_and_named(two_states: Any) -> None:
    page = render(two_states.root)
    table = pd.read_csv(page.parent / "leaderboard.csv")
    assert set(table["model"]) == {"both", "new"}
    for text in (page.read_text(), (page.parent / "leaderboard.md").read_text()):
        assert "the corpus has changed since: old" in text
    assert [line for line in outdated(two_states.root) if ": old;" in line]


def test_two_states_are_not_compared(two_states: Any) -> None:
    with pytest.raises(RequestError, match="two states of simulated"):
        compare(two_states.root, "old", "new")
    assert compare(two_states.root, "both", "new")


def test_one_state_leaves_nothing_out(
    writer: Callable[..., Any], made: Any, two_states: Any
) -> None:
    again = writer(
        created="2026-01-03T00:00:00+00:00", state="after", subsets=(), rates=(), seeds=1
    )
    again.grid(made("old", skill={"text": 1.0}, identity="again"))
    assert outdated(two_states.root) == []
    table = pd.read_csv(render(two_states.root).parent / "leaderboard.csv")
    assert set(table["model"]) == {"old", "both", "new"}


def test_a_state_of_the_corpus_that_a_condition_tests_on_counts_too(
    writer: Callable[..., Any], made: Any
) -> None:
    other = {"name": "to_meld", "description": "On MELD.", "corpus": "meld"}
    results = writer(subsets=(), rates=(), seeds=1)
    for name, digest, day in (("old", "before", 1), ("new", "after", 2)):
        row = {"regime": "full", "condition": "to_meld", "fold": 0, "seed": 0, "cell": name}
        results.created = f"2026-01-0{day}T00:00:00+00:00"
        results.json(f"cells/{name}/spec.json", {"condition": {"corpus": digest}})
        results.grid(made(name, skill={"text": 1.0}), conditions=[other], rows=[row])
    assert [line for line in outdated(results.root) if line.endswith(": old; run them again")]
