from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from emobench.leaderboard.results import group_reader
from emobench.leaderboard.results.group_reader import GroupReader
from emobench.leaderboard.results.predictions import Predictions
from emobench.leaderboard.results.reader import Results
from emobench.store.cell_reader import CellReader
from emobench.store.records import CellReport, Slot
from emobench.store.spec import ConditionSpec
from emobench.store.store import Store

SPEC = ConditionSpec(present=("text",), rate=0.0, mask_seed=1)
Read = Callable[[str], Predictions]


def table(ids: str, seed: int) -> pd.DataFrame:
    """Predictions for the utterances of which each character of `ids` names one."""
    logits = np.random.default_rng(seed).normal(size=(len(ids), 2))
    columns = {"id": list(ids), "label": [ord(i) % 2 for i in ids]}
    return pd.DataFrame(columns | {f"logit_{c}": logits[:, c] for c in range(2)})


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a training's cell; two have the same utterances, and one has others."""
    store = Store(tmp_path)
    store.open()
    for seed, (name, ids) in enumerate({"one": "abcd", "two": "abcd", "other": "abce"}.items()):
        with store.cell_writer(name) as writer:
            writer.add("cell", SPEC, CellReport(n=4), table(ids, seed))
    cells, groups = CellReader(tmp_path), GroupReader()

    def one(training: str) -> Predictions:
        found = cells.cell(training, "cell")
        assert found is not None
        predictions = groups.predictions(found, "")
        assert predictions is not None
        return predictions

    return one


def test_equal_ids_and_labels_are_held_once(read: Read) -> None:
    one, two, other = read("one"), read("two"), read("other")
    assert np.shares_memory(one.ids, two.ids)
    assert np.shares_memory(one.truth, two.truth)
    assert not np.shares_memory(one.ids, other.ids)
    assert other.ids.tolist() == list("abce")
    assert not np.array_equal(one.logits, two.logits)
    for shared in (one.ids, one.truth):
        with pytest.raises(ValueError, match="read-only"):
            shared[0] = shared[1]


def test_what_was_forgotten_is_read_again(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_reader, "ROWS", 4)
    before = {name: read(name) for name in ("one", "two", "other")}
    for name, known in before.items():
        again = read(name)
        assert again.ids.tolist() == known.ids.tolist()
        assert np.array_equal(again.logits, known.logits)


def test_tables_are_not_kept_beside_the_arrays_that_are_made_of_them(tmp_path: Path) -> None:
    """What a page takes grew by a table for every training."""
    store = Store(tmp_path)
    store.open()
    names = [f"t{number}" for number in range(12)]
    for seed, name in enumerate(names):
        with store.cell_writer(name) as writer:
            writer.add("cell", SPEC, CellReport(n=5000), table("abcdefghij" * 500, seed))
    results, before = Results(tmp_path), pa.total_allocated_bytes()
    taken = []
    for name in names:
        slot = Slot(regime="full", condition="text", fold=0, seed=0, training=name, cell="cell")
        assert len(results.predictions(slot).ids) == 5000
        taken.append(pa.total_allocated_bytes() - before)
    assert max(taken) < 3 * taken[0]


def test_labels_that_differ_are_not_shared(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.open()
    for name, label in (("one", 0), ("two", 1)):
        with store.cell_writer(name) as writer:
            writer.add("cell", SPEC, CellReport(n=4), table("abcd", 0).assign(label=label))
    cells, groups = CellReader(tmp_path), GroupReader()
    truth = []
    for name in ("one", "two"):
        found = cells.cell(name, "cell")
        assert found is not None
        predictions = groups.predictions(found, "")
        assert predictions is not None
        truth.append(predictions.truth.tolist())
    assert truth == [[0] * 4, [1] * 4]
