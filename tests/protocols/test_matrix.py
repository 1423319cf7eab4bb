"""Every protocol with every model, for real, on a small simulated corpus: one run."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest

from emobench.discovery.registry import registry
from emobench.store.cell_reader import CellReader

pytestmark = pytest.mark.slow
"""199 trainings."""

DATASET = "simulated:size=126:speakers=7"


@pytest.fixture(scope="module")
def ran(cli, tmp_path_factory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """What the one run printed, and its results folder."""
    folder = tmp_path_factory.mktemp("matrix")
    words = ["--models", "all", "--protocol", "all", "--dataset", DATASET, "--seeds", "1"]
    return cli("run", *words, "--epochs", "1", "--jobs", "1", cwd=folder), folder / "results"


@pytest.fixture(scope="module")
def table(ran) -> pd.DataFrame:
    return pd.read_csv(ran[1] / "leaderboard" / "leaderboard.csv", keep_default_na=False)


def test_every_model_under_every_protocol_is_done_or_skipped_with_a_reason(ran, table):
    outcome, _ = ran
    assert outcome.returncode == 0, outcome.stdout[-3000:] + outcome.stderr[-3000:]
    assert set(table["status"]) == {"done", "skipped"}
    assert (table.loc[table["status"] == "skipped", "reason"] != "").all()
    asked = {(m, p) for m in registry("model") for p in registry("protocol")}
    there = set(zip(table["model"].str.split(":").str[0], table["protocol"], strict=True))
    assert there == asked


def test_every_protocol_but_those_that_need_more_scores_every_model_somewhere(table):
    """One corpus is no transfer, and nobody published a result on the simulated one."""
    done = table[table["status"] == "done"]
    for protocol in set(registry("protocol")) - {"cross_dataset", "reproduce"}:
        models = set(done.loc[done["protocol"] == protocol, "model"].str.split(":").str[0])
        assert models == set(registry("model")), protocol


def test_no_training_is_done_twice_and_the_planner_said_how_many(ran):
    outcome, results = ran
    specs = [json.loads(p.read_text())["spec"] for p in results.glob("trainings/*/training.json")]
    what = [json.dumps(s, sort_keys=True) for s in specs]
    for spec in specs:
        spec["regime"].pop("name")
    unnamed = [json.dumps(s, sort_keys=True) for s in specs]
    assert len(set(unnamed)) == len(set(what)) == len(specs)
    planned, alone, shared = map(
        int,
        re.search(
            r"planned: (\d+) distinct trainings.* need (\d+) trainings one by one, (\d+) of them",
            outcome.stdout,
        ).groups(),
    )
    assert (planned, alone - shared) == (len(specs), len(specs))
    assert shared > 0


def test_masks_are_the_same_for_every_model_and_regime_and_differ_between_rates(ran):
    digests = defaultdict(set)
    reader = CellReader(ran[1])
    for cell in reader.every():
        condition = cell.spec["condition"]
        if condition["rate"] > 0:
            shown = reader.table(cell).to_pandas().filter(like="present_")
            digest = hashlib.sha256(shown.to_numpy().tobytes()).hexdigest()
            digests[condition["rate"]].add(digest)
    assert len(digests) == 7
    assert {len(found) for found in digests.values()} == {1}
    assert len(set.union(*digests.values())) == 7
