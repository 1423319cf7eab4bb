from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from emobench import RequestError
from emobench.disk.claim import Claims
from emobench.store.index import Index
from emobench.store.records import CellReport, CorpusRecord, Record, TrainingReport
from emobench.store.spec import ConditionSpec, RegimeSpec, TrainingSpec, read_spec
from emobench.store.store import Store

SPEC = ConditionSpec(present=("text",), rate=0.0, mask_seed=1)
TRAINING = TrainingSpec(
    model="m", variant="corrected", config={"units": 8}, track="controlled",
    inputs={"text": {"tokens": 1}}, dataset="d", split="standard", fold=0,
    regime=RegimeSpec(name="full", drop=0.0), seed=0, model_digest="a", dataset_digest="b",
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "results")
    made.open()
    return made


def put(store: Store, key: str, table: pd.DataFrame | None = None, n: int = 2) -> None:
    """Write a cell of the training ``t``."""
    rows = pd.DataFrame({"id": ["a", "b"]}) if table is None else table
    with store.cell_writer("t") as writer:
        writer.add(key, SPEC, CellReport(n=n), rows)


def fail(store: Store, key: str, reason: str) -> None:
    with store.cell_writer("t") as writer:
        writer.add_failure(key, SPEC, reason, "Traceback ...")


def states(store: Store, *keys: str) -> dict[str, bool]:
    return Index(store.root).states("t", keys)


def files(root: Path) -> set[str]:
    return {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}


def test_what_is_written_is_done_and_reads_back_the_same(store):
    weights = {
        "a.weight": torch.randn(3, 4).T,
        "count": torch.tensor(7),
        "half": torch.randn(2).to(torch.bfloat16),
    }
    weights["shared"] = weights["a.weight"]
    store.write_training("t", SPEC, TrainingReport(params=1), checkpoint=weights)
    back = store.checkpoint("t")
    assert back.keys() == weights.keys()
    assert all(torch.equal(back[k], weights[k]) and back[k].dtype == weights[k].dtype for k in back)
    assert store.training_done("t")
    assert store.training_failure("t") is None
    assert files(store.root) == {"trainings/t/training.json", "trainings/t/checkpoint.safetensors"}


def test_predictions_read_back_as_pandas_would_have_stored_them(store, tmp_path):
    table = pd.DataFrame(
        {
            "id": ["ä/1", "b"],
            "label": np.array([0, 5]),
            "logit_0": np.array([0.1, -1e-30], dtype=np.float32),
            "present_text": [True, False],
        }
    )
    put(store, "c", table)
    table.to_parquet(tmp_path / "alone.parquet", index=False)
    alone = pd.read_parquet(tmp_path / "alone.parquet")
    pd.testing.assert_frame_equal(store.predictions("t", "c"), alone, check_exact=True)
    pd.testing.assert_frame_equal(store.predictions("t", "c"), table, check_exact=True)


def test_a_crash_in_between_leaves_nothing(store, monkeypatch):
    def crash(*_, **__):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", crash)
        with pytest.raises(OSError, match="disk full"):
            put(store, "c")
    assert files(store.root) == set()
    assert states(store, "c") == {}


@pytest.mark.parametrize("after", ["nothing", "a failure", "cells"])
@pytest.mark.parametrize("moment", range(4))
def test_a_training_whose_writing_is_cut_short_is_not_there(store, monkeypatch, after, moment):
    if after == "a failure":
        store.write_training_failure("t", SPEC, "out of luck", "")
    elif after == "cells":
        put(store, "c")
    steps = 0

    def cut(step):
        def call(*arguments, **options):
            nonlocal steps
            steps += 1
            if steps > moment:
                raise KeyboardInterrupt
            return step(*arguments, **options)

        return call

    with monkeypatch.context() as patch:
        for name in ("write_text", "replace", "rename", "chmod"):
            patch.setattr(Path, name, cut(getattr(Path, name)))
        with contextlib.suppress(KeyboardInterrupt):
            store.write_training("t", SPEC, TrainingReport(), checkpoint={"w": torch.ones(2)})
    if not store.training_done("t"):
        assert Index(store.root).training("t") == ("failed" if after == "a failure" else "")
        store.write_training("t", SPEC, TrainingReport(), checkpoint={"w": torch.ones(2)})
    assert store.training_done("t")
    assert torch.equal(store.checkpoint("t")["w"], torch.ones(2))
    assert states(store, "c") == ({"c": True} if after == "cells" else {})
    assert not [name for name in files(store.root) if ".partial" in name]


KILLED = """
import os, signal, sys
from pathlib import Path
import pandas as pd
from emobench.store.records import CellReport
from emobench.store.spec import ConditionSpec
from emobench.store.store import Store

Path.replace = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
spec = ConditionSpec(present=None, rate=0.0, mask_seed=1)
with Store(Path(sys.argv[1])).cell_writer("t") as writer:
    writer.add("c", spec, CellReport(), pd.DataFrame({"id": ["a"]}))
"""


def test_a_killed_process_leaves_no_cell_and_the_next_run_sweeps_its_remains(store):
    run = subprocess.run([sys.executable, "-c", KILLED, str(store.root)], check=False)
    assert run.returncode == -9
    assert states(store, "c") == {}
    assert any(".partial-" in name for name in files(store.root))
    store.open()
    # What stays tells the next process of this training to write each cell at once.
    assert files(store.root) == {"unfinished/t.predicting"}
    put(store, "c")
    assert states(store, "c") == {"c": True}
    assert not [name for name in files(store.root) if name.startswith("unfinished")]


def test_only_the_remains_of_dead_processes_of_this_machine_are_swept(store):
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
    host = socket.gethostname()
    folder = store.root / "trainings"
    names = {
        f".partial-{host}-{dead}-x": False,
        f".partial-{host}-{os.getpid()}-x": True,
        f".partial-other.{host}-{dead}-x": True,
        "finished": True,
    }
    for name in names:
        (folder / name).mkdir()
    (store.root / "grids" / f".partial-{host}-{dead}-record").touch()
    store.open()
    assert {p.name for p in folder.iterdir()} == {name for name, stays in names.items() if stays}
    assert list((store.root / "grids").iterdir()) == []


def test_a_failure_says_why_and_a_success_replaces_it(store):
    fail(store, "c", "out of luck")
    assert states(store, "c") == {"c": False}
    fail(store, "c", "again")
    assert store.cell("t", "c").failure["reason"] == "again"
    put(store, "c")
    assert states(store, "c") == {"c": True}
    assert store.cell("t", "c").failure is None


def test_a_failed_training_says_why_and_a_success_replaces_it(store):
    store.write_training_failure("t", SPEC, "out of luck", "Traceback ...")
    assert store.training_failure("t") == "out of luck"
    assert not store.training_done("t")
    store.write_training_failure("t", SPEC, "again", "")
    assert store.training_failure("t") == "again"
    store.write_training("t", SPEC, TrainingReport(params=1))
    assert store.training_done("t")
    assert store.training_failure("t") is None


def test_what_is_done_is_never_replaced(store):
    store.write_training("t", SPEC, TrainingReport(params=1))
    before = (store.training("t") / "training.json").read_text()
    store.write_training("t", SPEC, TrainingReport(params=2))
    store.write_training_failure("t", SPEC, "late", "")
    assert (store.training("t") / "training.json").read_text() == before
    put(store, "c", n=1)
    fail(store, "c", "late")
    assert store.cell("t", "c").report == {"n": 1}


def test_a_trial_is_one_file_whose_failure_can_be_forgotten(store):
    store.write_trial_failure("k", SPEC, "out of luck", "")
    assert store.trial_failure("k") == "out of luck"
    assert store.trial_report("k") is None
    store.forget_trial_failure("k")
    assert files(store.root) == set()
    store.write_trial("k", SPEC, TrainingReport(dev_macro_f1=0.5))
    store.write_trial_failure("k", SPEC, "late", "")
    store.forget_trial_failure("k")
    assert store.trial_report("k") == TrainingReport(dev_macro_f1=0.5)
    assert store.trial_failure("k") is None
    assert files(store.root) == {"trials/k.json"}


def test_a_results_folder_that_cannot_be_made_is_one_clear_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "file", tmp_path / "file" / "results"):
        with pytest.raises(
            RequestError, match=r"results folder .*file.* cannot be written: .*--results"
        ):
            Store(root).open()


def test_a_file_in_place_of_a_folder_is_one_clear_sentence(store):
    shutil.rmtree(store.root / "trainings")
    (store.root / "trainings").write_text("")
    with pytest.raises(RequestError, match="cannot be written"):
        store.open()
    with pytest.raises(RequestError, match="Cannot write into"):
        store.write_training("t", SPEC, TrainingReport())


def test_opening_leaves_no_trace_but_the_folders(store):
    store.open()
    assert sorted(p.name for p in store.root.iterdir()) == [
        "corpora",
        "grids",
        "splits",
        "trainings",
        "transfers",
        "trials",
        "unfinished",
    ]


def fill(store: Store) -> None:
    store.write_training("t", SPEC, TrainingReport(params=1), checkpoint={"w": torch.ones(2)})
    put(store, "c")
    fail(store, "f", "why")
    store.write_record("grids", "g", Record())


def test_nothing_in_a_results_folder_is_a_pickle(store):
    fill(store)
    Index(store.root, kept=True)
    assert {Path(name).suffix for name in files(store.root)} == {
        ".json",
        ".parquet",
        ".safetensors",
    }
    for name in files(store.root):
        head = (store.root / name).read_bytes()[:2]
        assert head not in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"), name


def test_two_results_folders_merge_by_copying(store, tmp_path):
    fill(store)
    other = Store(tmp_path / "other")
    other.open()
    put(other, "c", n=99)
    put(other, "d")
    put(other, "f")  # it failed here
    other.write_record("grids", "g", Record())
    other.write_record("grids", "h", Record())
    shutil.copytree(other.root, store.root, dirs_exist_ok=True)
    assert states(store, *"cdf") == dict.fromkeys("cdf", True)
    assert {p.name for p in (store.root / "grids").iterdir()} == {"g.json", "h.json"}
    assert torch.equal(store.checkpoint("t")["w"], torch.ones(2))


def test_stored_training_specs_are_listed_and_a_broken_record_is_named(store):
    for key in "ab":
        store.write_training(key, TRAINING, TrainingReport(train_seconds=2.5))
    (store.training("a") / "training.json").write_text("{broken")
    index = Index(store.root)
    assert [(row.key, row.seconds, read_spec(spec)) for row, spec in index.specs()] == [
        ("b", 2.5, TRAINING)
    ]
    assert read_spec({"of": "another version"}) is None
    assert len(index.notes) == 1
    assert index.notes[0].startswith("trainings/a/training.json")


def test_a_record_is_replaced_in_one_step(store):
    store.write_record("corpora", "k", CorpusRecord(dataset="d", classes=("Ärger",)))
    store.write_record("corpora", "k", CorpusRecord(dataset="d", classes=("Freude",)))
    assert files(store.root) == {"corpora/k.json"}
    assert "Freude" in (store.root / "corpora" / "k.json").read_text(encoding="utf-8")


def test_everybody_can_read_what_is_stored(store):
    store.write_training("t", TRAINING, TrainingReport(), checkpoint={"w": torch.ones(2)})
    put(store, "c")
    Index(store.root, kept=True)
    written = [path for path in store.root.rglob("*") if path.is_file()]
    assert len(written) == 4
    assert [path.name for path in written if not path.stat().st_mode & 0o044] == []


def test_where_files_lie(store):
    root = store.root
    assert store.training("k") == root / "trainings" / "k"
    assert store.trial("k") == root / "trials" / "k.json"
    assert store.unfinished("k") == root / "unfinished" / "k.safetensors"
    assert store.look("k") == root / "unfinished" / "k.jsonl"
    assert store.last_good("k") == root / "unfinished" / "k.last-good.safetensors"
    assert store.claims == root / "claims"


def test_what_is_left_of_trainings_that_are_done_is_forgotten_unless_it_is_claimed(store):
    paths = [place(key) for key in "abc" for place in (store.unfinished, store.look)]
    for path in paths:
        path.write_text("left")
    with Claims(store.claims) as claims:
        claims.take("b")
        store.forget_unfinished({"a", "b"}, claims)
    assert [path for path in paths if path.exists()] == paths[2:]
