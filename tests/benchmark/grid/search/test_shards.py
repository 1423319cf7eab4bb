"""A search is whole in one shard, and the merged folder is that of the whole run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from emobench.grid.plan.shard import Shard
from emobench.store.index import Index
from emobench.store.records import GridRecord
from emobench.store.store import Store


def cells(root: Path) -> dict[str, pd.DataFrame]:
    store = Store(root)
    rows = Index(root).rows.values()
    return {key: store.predictions(row.key, key) for row in rows for key in row.done.split()}


def grids(root: Path) -> set[str]:
    found = (GridRecord.model_validate_json(p.read_bytes()) for p in root.glob("grids/*.json"))
    return {grid.model for grid in found}


@pytest.mark.slow
def test_shards_of_a_search_merge_to_the_whole(
    bag: Callable[..., Any], tune: Callable[..., Any], tmp_path: Path
) -> None:
    models = [bag(f"bag{i}", more=f"# {i}") for i in range(3)]
    tune(models, 2, root="whole")
    trials, waiting = [], 0
    for number in (1, 2):
        _, heard = tune(models, 2, root=f"part{number}", shard=Shard(number, 2))
        trials.append(heard.trials)
        waiting += sum("must wait for searches of other shards" in line for line in heard.said)
        assert all(outcome.failed == 0 for outcome in heard.outcomes)
    # Each search is in one shard, with all of its trials, and neither shard has them all.
    assert sum(trials) == 6
    assert all(0 < n < 6 and n % 2 == 0 for n in trials)
    assert waiting == 2
    whole, parts = tmp_path / "whole", [tmp_path / "part1", tmp_path / "part2"]
    tuned = [grids(part) - {f"bag{i}" for i in range(3)} for part in parts]
    assert tuned[0] | tuned[1] == {f"bag{i} tuned:2" for i in range(3)}
    assert not tuned[0] & tuned[1]

    for part in parts:
        shutil.copytree(part, tmp_path / "merged", dirs_exist_ok=True)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "merged").glob("trainings/*/*")}
    _, heard = tune(models, 2, root="merged")
    assert heard.outcomes == []
    after = {p: p.stat().st_mtime_ns for p in (tmp_path / "merged").glob("trainings/*/*")}
    assert after == before
    found, expected = cells(tmp_path / "merged"), cells(whole)
    assert expected
    assert set(found) == set(expected)
    for name, table in expected.items():
        pd.testing.assert_frame_equal(found[name], table, check_exact=True)
    assert grids(tmp_path / "merged") == grids(whole)
