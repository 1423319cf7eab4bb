from __future__ import annotations

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
from emobench.store.records import CellReport, CorpusRecord, Record, TrainingReport
from emobench.store.spec import ConditionSpec, RegimeSpec, TrainingSpec
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


def files(root: Path) -> set[str]:
    return {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}


def test_what_is_written_is_done_and_reads_back_the_same(store):
    weights = {
        "a.weight": torch.randn(3, 4).T,
        "count": torch.tensor(7),
        "half": torch.randn(2).to(torch.bfloat16),
    }
    weights["shared"] = weights["a.weight"]
    store.write(store.training("t"), SPEC, TrainingReport(params=1), checkpoint=weights)
    back = store.checkpoint("t")
    assert back.keys() == weights.keys()
    assert all(torch.equal(back[k], weights[k]) and back[k].dtype == weights[k].dtype for k in back)
    assert store.done(store.training("t"))
    assert store.failure(store.training("t")) is None


def test_predictions_read_back_the_same(store):
    table = pd.DataFrame(
        {
            "id": ["ä/1", "b"],
            "label": np.array([0, 5]),
            "logit_0": np.array([0.1, -1e-30], dtype=np.float32),
            "present_text": [True, False],
        }
    )
    store.write(store.cell("c"), SPEC, CellReport(n=2), predictions=table)
    back = pd.read_parquet(store.cell("c") / "predictions.parquet")
    pd.testing.assert_frame_equal(back, table, check_exact=True)


def test_a_crash_in_between_leaves_nothing(store, monkeypatch):
    def crash(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", crash)
    with pytest.raises(OSError, match="disk full"):
        store.write(store.cell("c"), SPEC, CellReport(), predictions=pd.DataFrame({"id": ["a"]}))
    assert files(store.root) == set()
    assert list((store.root / "cells").iterdir()) == []
    assert not store.done(store.cell("c"))


KILLED = """
import os, signal, sys
from pathlib import Path
import pandas as pd
from emobench.store.records import CellReport
from emobench.store.spec import ConditionSpec
from emobench.store.store import Store

pd.DataFrame.to_parquet = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
store = Store(Path(sys.argv[1]))
spec = ConditionSpec(present=None, rate=0.0, mask_seed=1)
store.write(store.cell("c"), spec, CellReport(), predictions=pd.DataFrame({"id": ["a"]}))
"""


def test_a_killed_process_leaves_no_cell_and_the_next_run_sweeps_its_remains(store):
    run = subprocess.run([sys.executable, "-c", KILLED, str(store.root)], check=False)
    assert run.returncode == -9
    assert not store.cell("c").exists()
    assert any(".partial-" in name for name in files(store.root))
    store.open()
    assert files(store.root) == set()
    assert list((store.root / "cells").iterdir()) == []


def test_only_the_remains_of_dead_processes_of_this_machine_are_swept(store):
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
    host = socket.gethostname()
    folder = store.root / "cells"
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
    folder = store.cell("c")
    store.write_failure(folder, SPEC, "out of luck", "Traceback ...")
    assert store.failure(folder) == "out of luck"
    assert not store.done(folder)
    store.write_failure(folder, SPEC, "again", "")
    assert store.failure(folder) == "again"
    store.write(folder, SPEC, CellReport(n=1))
    assert store.done(folder)
    assert store.failure(folder) is None
    assert {p.name for p in folder.iterdir()} == {"spec.json", "report.json"}


def test_what_is_done_is_never_replaced(store):
    folder = store.cell("c")
    store.write(folder, SPEC, CellReport(n=1))
    before = (folder / "report.json").read_text()
    store.write(folder, SPEC, CellReport(n=2))
    store.write_failure(folder, SPEC, "late", "")
    assert (folder / "report.json").read_text() == before
    assert store.failure(folder) is None
    assert [p.name for p in (store.root / "cells").iterdir()] == ["c"]


def test_a_results_folder_that_cannot_be_made_is_one_clear_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "file", tmp_path / "file" / "results"):
        with pytest.raises(
            RequestError, match=r"results folder .*file.* cannot be written: .*--results"
        ):
            Store(root).open()


def test_a_file_in_place_of_a_folder_is_one_clear_sentence(store):
    shutil.rmtree(store.root / "cells")
    (store.root / "cells").write_text("")
    with pytest.raises(RequestError, match="cannot be written"):
        store.open()
    with pytest.raises(RequestError, match="Cannot write into"):
        store.write(store.cell("c"), SPEC, CellReport())


def test_opening_leaves_no_trace_but_the_folders(store):
    store.open()
    assert sorted(p.name for p in store.root.iterdir()) == [
        "cells",
        "corpora",
        "grids",
        "trainings",
        "transfers",
        "trials",
        "unfinished",
    ]


def fill(store: Store) -> None:
    store.write(store.training("t"), SPEC, CellReport(n=1), checkpoint={"w": torch.ones(2)})
    store.write(store.cell("c"), SPEC, CellReport(n=1), predictions=pd.DataFrame({"id": ["a"]}))
    store.write_failure(store.cell("f"), SPEC, "why", "trace")
    store.write_record("grids", "g", Record())


def test_nothing_in_a_results_folder_is_a_pickle(store):
    fill(store)
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
    other.write(other.cell("c"), SPEC, CellReport(n=99))
    other.write(other.cell("d"), SPEC, CellReport(n=2))
    other.write_record("grids", "g", Record())
    other.write_record("grids", "h", Record())
    shutil.copytree(other.root, store.root, dirs_exist_ok=True)
    assert {p.name for p in (store.root / "cells").iterdir()} == {"c", "d", "f"}
    assert all(store.done(store.cell(k)) for k in "cd")
    assert {p.name for p in (store.root / "grids").iterdir()} == {"g.json", "h.json"}
    assert torch.equal(store.checkpoint("t")["w"], torch.ones(2))


def test_where_one_machine_failed_and_another_succeeded_the_success_counts(store, tmp_path):
    store.write_failure(store.cell("c"), SPEC, "out of memory", "")
    other = Store(tmp_path / "other")
    other.write(other.cell("c"), SPEC, CellReport(n=2))
    shutil.copytree(other.root, store.root, dirs_exist_ok=True)
    assert store.done(store.cell("c"))
    assert store.failure(store.cell("c")) is None


def test_stored_training_specs_are_listed_and_a_broken_one_is_passed_over(store):
    for key in "abc":
        store.write(store.training(key), TRAINING, TrainingReport(train_seconds=2.5))
    (store.training("a") / "spec.json").write_text("{broken")
    (store.training("b") / "spec.json").write_text('{"of": "another version"}')
    assert list(store.specs()) == [TRAINING]
    assert list(store.reports()) == [(TRAINING, TrainingReport(train_seconds=2.5))]


def test_a_record_is_replaced_in_one_step(store):
    store.write_record("corpora", "k", CorpusRecord(dataset="d", classes=("Ärger",)))
    store.write_record("corpora", "k", CorpusRecord(dataset="d", classes=("Freude",)))
    assert files(store.root) == {"corpora/k.json"}
    assert "Freude" in (store.root / "corpora" / "k.json").read_text(encoding="utf-8")


def test_everybody_can_read_what_is_stored(store):
    store.write(store.training("w"), TRAINING, TrainingReport(), checkpoint={"w": torch.ones(2)})
    written = [path for path in store.training("w").iterdir() if path.is_file()]
    assert len(written) == 3
    assert [path.name for path in written if not path.stat().st_mode & 0o044] == []
