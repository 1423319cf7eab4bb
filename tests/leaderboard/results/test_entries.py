from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from emobench import TrainingConfig
from emobench.leaderboard import render
from emobench.leaderboard.results.entries import label_of, merge
from emobench.leaderboard.results.reader import Results


def test_identities_are_never_mixed(writer: Callable[..., Any], made: Any) -> None:
    older = writer(created="2026-01-01T00:00:00+00:00", seeds=3)
    newer = writer(created="2026-01-02T00:00:00+00:00", seeds=1, rates=())
    older.grid(made("net", skill={"text": 1.0}, identity="old"))
    newer.grid(made("net", skill={"text": 1.0}, identity="new"))
    (entry,) = merge(Results(newer.root).grids())
    assert entry.newest.identity == "new"
    assert {slot.seed for slot in entry.slots} == {0}
    assert [condition.name for condition in entry.conditions] == ["full", "text", "audio"]
    assert entry.superseded == 1


def test_grids_of_one_identity_are_united(writer: Callable[..., Any], made: Any) -> None:
    net = made("net", skill={"text": 1.0})
    writer(created="2026-01-01T00:00:00+00:00", seeds=3, subsets=(), rates=(0.5,)).grid(net)
    last = writer(created="2026-01-02T00:00:00+00:00", seeds=1, subsets=("text",), rates=())
    last.grid(net)
    (entry,) = merge(Results(last.root).grids())
    assert [c.name for c in entry.conditions] == ["full", "text", "missing_0.5"]
    keys = [(s.regime, s.condition, s.fold, s.seed) for s in entry.slots]
    assert len(keys) == len(set(keys)) == 2 * (3 + 3 + 1)
    assert entry.superseded == 0


def test_the_newest_slot_wins(writer: Callable[..., Any], made: Any) -> None:
    net, setting = made("net", skill={"text": 1.0}), {"seeds": 1, "subsets": (), "rates": ()}
    skipped = {"regime": "full", "condition": "full", "skipped": "was not possible then"}
    writer(created="2026-01-01", **setting).grid(net, rows=[skipped])
    writer(created="2026-01-02", **setting).grid(net)
    (entry,) = merge(Results(writer().root).grids())
    assert all(slot.skipped is None for slot in entry.slots)


def test_variants_and_splits_are_entries_of_their_own(
    writer: Callable[..., Any], made: Any
) -> None:
    small = {"seeds": 1, "subsets": (), "rates": ()}
    writer(**small).grid(made("net"))
    writer(**small).grid(made("net", variant="as_published"))
    writer(split="random", **small).grid(made("net"))
    entries = merge(Results(writer().root).grids())
    assert {(e.label, e.dataset) for e in entries} == {
        ("net", "simulated"),
        ("net (as_published)", "simulated"),
        ("net", "simulated[random]"),
    }


@pytest.mark.parametrize(
    ("contract", "doubt", "shown"),
    [
        ({}, "", ""),
        ({"contract": None}, "", ""),
        ({"contract": {"state": "passed", "failed": []}}, "", ""),
        ({"contract": {"state": "unchecked", "failed": []}}, "unchecked", "was not run"),
        (
            {"contract": {"state": "failed", "failed": ["output", "stateless"]}},
            "contract failed",
            "emobench check fails: output, stateless",
        ),
    ],
)
def test_a_model_that_has_not_passed_its_check_is_marked(
    writer: Callable[..., Any], made: Any, contract: dict[str, Any], doubt: str, shown: str
) -> None:
    small = writer(seeds=1, subsets=(), rates=())
    small.grid(made("net", "own", {"text": 1.0}), **contract)
    (entry,) = merge(Results(small.root).grids())
    assert entry.doubt == doubt
    page = render(small.root)
    text, table = page.read_text(), page.with_name("leaderboard.md").read_text()
    # Once per regime in the overview, in its ranking and in its table; there are two.
    assert text.count(f">{doubt}</span>") == (6 if doubt else 0)
    assert shown in text
    assert (f"| net ({doubt}) |" in table) is bool(doubt)


RECIPE = {
    "learning_rate": 0.001, "min_updates": 1500, "min_epochs": 20, "looks": 30, "epochs": 0,
    "schedule": "cosine", "warmup": 0.05, "plateau": 0, "plateau_factor": 0.5,
    "plateau_watches": "dev_macro_f1", "loss": "cross_entropy", "focal_gamma": 2.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "idle"),
    [
        ({}, {"epochs", "plateau", "plateau_factor", "plateau_watches", "focal_gamma"}),
        (
            {"epochs": 2, "schedule": "plateau", "plateau": 3, "loss": "focal"},
            {"min_updates", "min_epochs", "looks", "warmup"},
        ),
    ],
)
def test_settings_that_are_out_of_force_are_not_shown(
    writer: Callable[..., Any], made: Any, changes: dict[str, Any], idle: set[str]
) -> None:
    assert set(RECIPE) <= {field.name for field in fields(TrainingConfig)}
    small = writer(seeds=1, subsets=(), rates=())
    small.grid(made("net"), config=RECIPE | changes)
    (entry,) = merge(Results(small.root).grids())
    assert set(entry.newest.config) - set(entry.settings) == idle
    assert entry.settings["learning_rate"] == 0.001


@pytest.mark.parametrize("word", ["net", "net.py", "folder/net.py"])
def test_a_stored_model_can_be_named_by_its_file(
    writer: Callable[..., Any], made: Any, word: str
) -> None:
    small = writer(seeds=1, subsets=(), rates=())
    small.grid(made("net"))
    assert label_of(word, merge(Results(small.root).grids())) == "net"
