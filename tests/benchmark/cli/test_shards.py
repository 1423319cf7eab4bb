"""``emobench run --shard``: parts of a grid on machines that share nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from emobench.store.index import Index
from emobench.store.store import Store

MODELS = "majority,text_only,audio_only"


def stored(root: Path) -> dict[str, str]:
    """The predictions of every cell, by its training and its key, as exact text."""
    store, rows = Store(root), Index(root).rows.values()
    return {
        f"{row.key} {key}": store.predictions(row.key, key).to_csv()
        for row in rows
        for key in row.done.split()
    }


def scores(root: Path) -> pd.DataFrame:
    table = pd.read_csv(root / "leaderboard" / "leaderboard.csv")
    return table.drop(columns=[name for name in table if "second" in name or "_ms_" in name])


@pytest.mark.slow
def test_shards_merge_by_copying_to_what_one_machine_makes(run_small: Any, tmp_path: Path) -> None:
    fixed = ("--models", MODELS, "--protocol", "missing_modality")
    whole = tmp_path / "whole"
    assert run_small(whole, *fixed).returncode == 0
    seen: dict[str, bytes] = {}
    for number in (1, 2):
        part = tmp_path / f"part{number}"
        done = run_small(part, *fixed, "--shard", f"{number}/2")
        assert done.returncode == 0, done.stderr
        assert f"shard {number}/2 of it: " in done.stdout
        page = (part / "leaderboard" / "index.html").read_text()
        assert f"holds shard {number} of 2" in page
        statuses = set(scores(part)["status"])
        assert "incomplete" in statuses
        assert stored(part)
        assert not set(seen) & set(stored(part)), "a training is in two shards"
        seen |= stored(part)
        shutil.copytree(part, tmp_path / "merged", dirs_exist_ok=True)
    assert seen == stored(whole) == stored(tmp_path / "merged")

    again = run_small(tmp_path / "merged", *fixed)
    assert "; to do: 0 trainings, 0 cells" in again.stdout
    pd.testing.assert_frame_equal(scores(tmp_path / "merged"), scores(whole))
    assert "with --shard" not in (tmp_path / "merged/leaderboard/index.html").read_text()
    records = {p.name for p in (tmp_path / "merged" / "grids").glob("*.json")}
    assert records == {p.name for p in (whole / "grids").glob("*.json")}
    assert len(list((tmp_path / "merged" / "shards").glob("*.json"))) == 2
    assert json.loads((tmp_path / "part1/shards/1-of-2.json").read_text())["count"] == 2


def test_a_shard_without_trainings_claims_nothing(run_small: Any, tmp_path: Path) -> None:
    done = [
        run_small(tmp_path / f"{n}", "--models", "majority", "--shard", f"{n}/2") for n in (1, 2)
    ]
    assert [one.returncode for one in done] == [0, 0]
    (empty,) = [one for one in done if "no training falls into this part" in one.stdout]
    number = 1 + done.index(empty)
    assert "no page is made" in empty.stdout
    assert "in the results already" not in empty.stdout
    assert not (tmp_path / f"{number}" / "leaderboard").exists()
    # It counts as computed: the merged folder lacks no part.
    shutil.copytree(tmp_path / f"{number}", tmp_path / f"{3 - number}", dirs_exist_ok=True)
    assert len(list((tmp_path / f"{3 - number}" / "shards").iterdir())) == 2


def test_a_shard_that_makes_no_sense_is_refused(run_small: Any, tmp_path: Path) -> None:
    done = run_small(tmp_path / "r", "--models", "majority", "--shard", "4/3")
    assert done.returncode == 2
    assert "--shard 4/3: the first number is from 1 to the second" in done.stderr


@pytest.mark.slow
def test_shards_at_one_address_need_no_copying(
    cli: Any, run_small: Any, shared_cache: Path, tmp_path: Path
) -> None:
    run_small(tmp_path / "first", "--models", "majority,text_only")  # prepares the corpus
    for number in (1, 2):
        # Another cache is another machine; what is prepared is the same.
        (tmp_path / f"machine{number}").mkdir()
        for child in shared_cache.iterdir():
            (tmp_path / f"machine{number}" / child.name).symlink_to(child)
    address = f"file://{tmp_path}/bucket"
    fixed = ("run", "--models", "majority,text_only", "--protocol", "full_modalities")
    fixed += ("--dataset", "simulated:size=126:speakers=7", "--seeds", "1", "--results", address)
    for number in (1, 2):
        more = ("--shard", f"{number}/2", "--cache-dir", tmp_path / f"machine{number}")
        done = cli(*fixed, *more)
        assert done.returncode == 0, done.stderr
    merged = cli(*fixed, "--cache-dir", tmp_path / "machine1")
    assert "; to do: 0 trainings, 0 cells" in merged.stdout, merged.stdout
    assert "2 cells are there" in merged.stdout
    refused = cli(*fixed, "--executor", "slurm")
    assert refused.returncode == 2
    assert "needs a results folder that all machines see" in refused.stderr
