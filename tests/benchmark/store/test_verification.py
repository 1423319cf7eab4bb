"""Whatever happens to a file of a results folder, it is named, or means what it meant."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch

from emobench.disk.seal import SEAL, DamageError, sealed
from emobench.store.index import Index
from emobench.store.pack import read_pack
from emobench.store.records import CellReport, CorpusRecord, Record, TrainingReport
from emobench.store.spec import CellSpec, ConditionSpec, RegimeSpec, TrainingSpec
from emobench.store.store import Store
from emobench.store.training_state import read_state, write_state
from emobench.store.verification import repair, verify

TRAINING = TrainingSpec(
    model="m", variant="corrected", config={"units": 8}, track="controlled",
    inputs={"text": {"tokens": 1}}, dataset="d", split="standard", fold=0,
    regime=RegimeSpec(name="full", drop=0.0), seed=0, model_digest="a", dataset_digest="b",
)  # fmt: skip
KEY = TRAINING.key()
WEIGHTS = {"w": torch.arange(64.0).reshape(8, 8), "b": torch.ones(3)}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with a file of each kind."""
    store = Store(tmp_path_factory.mktemp("whole") / "results")
    store.open()
    looks = pd.DataFrame({"id": ["a", "b"], "logit_0": [0.25, 0.5]})
    report = TrainingReport(params=67, train_seconds=2.0, dev_macro_f1=0.5)
    store.write_training(KEY, TRAINING, report, WEIGHTS, looks)
    table = pd.DataFrame(
        {"id": [f"u{i}" for i in range(40)], "logit_0": [i / 7 for i in range(40)]}
    )
    with store.cell_writer(KEY) as writer:
        for rate in (0.1, 0.2):
            condition = ConditionSpec(present=None, rate=rate, mask_seed=1)
            spec = CellSpec(training=KEY, condition=condition)
            writer.add(spec.key(), spec, CellReport(n=40), table)
    store.write_trial("t", TRAINING, report)
    store.write_record("corpora", "k", CorpusRecord(dataset="d", classes=("Ärger", "Freude")))
    store.write_record("grids", "g", Record())
    Index(store.root, kept=True)
    return store.root


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def damage(path: Path, draw: random.Random) -> str:
    """Change the file as disks and strangers do; return how."""
    content = bytearray(path.read_bytes())
    how = draw.choice(["flipped", "flipped", "flipped", "cut short", "emptied", "overwritten"])
    if how == "flipped":
        place = draw.randrange(len(content) * 8)
        content[place // 8] ^= 1 << place % 8
    elif how == "cut short":
        del content[draw.randrange(1, len(content)) :]
    elif how == "emptied":
        content.clear()
    else:
        begin = draw.randrange(len(content))
        content[begin : begin + 64] = draw.randbytes(len(content[begin : begin + 64]))
    status = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # as a failing disk leaves it
    return how


def meaning(root: Path, path: Path) -> object:
    """What a file says to its reader."""
    store = Store(root)
    if path.suffix == ".json":
        content = json.loads(path.read_bytes())
        return {k: v for k, v in content.items() if not _is_sum(v)}
    if path.name == "checkpoint.safetensors":
        return {name: tensor.tolist() for name, tensor in store.checkpoint(KEY).items()}
    if path.name == "predictions.parquet":
        return store.looks(KEY).to_dict()
    if path.name == "index.parquet":
        return Index(root).rows
    pack = read_pack(path)
    return {key: pack.table(key).to_pydict() for key in pack.entries}


def _is_sum(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64


def test_what_was_written_is_whole(whole):
    found = verify(whole)
    assert not found.faults
    assert [found.absent, found.partial, found.unknown, found.unmarked] == [[], [], [], 0]
    assert found.whole == {"training": 1, "weights": 1, "pack": 1, "record": 4, "index": 1}
    assert found.cells == 2


@pytest.mark.parametrize("damages", [32, pytest.param(400, marks=pytest.mark.slow)])
def test_damages_of_every_kind_of_file_are_named_or_change_nothing(whole, tmp_path, damages):
    draw, named = random.Random(damages), 0
    kinds = files(whole)
    assert len(kinds) == 8
    for number in range(damages):
        root = tmp_path / str(number)
        shutil.copytree(whole, root)
        path = root / kinds[number % len(kinds)].relative_to(whole)
        before = meaning(root, path)
        how = damage(path, draw)
        if path.read_bytes() == (whole / path.relative_to(root)).read_bytes():
            continue  # it was overwritten by what it had
        found = verify(root)
        about = f"{path.relative_to(root)} {how} ({number})"
        if found.faults:
            named += 1
            paths = {fault.path for fault in found.faults}
            assert paths <= {str(path.relative_to(root)), "index.parquet"}, about
            aside = repair(root, found)
            assert all((aside / name).is_file() for name in paths), about
            again = verify(root)
            assert not again.faults, about
        else:
            assert meaning(root, path) == before, about
        shutil.rmtree(root)
    assert named > 0.9 * damages


@pytest.mark.parametrize(
    "changes",
    [
        {"spec": [1]}, {"report": 7}, {"report": [1]}, {"report": None, "failure": "x"},
        {"report": None, "failure": [1]}, {"files": [1]}, {"files": "x"},
    ],
)  # fmt: skip
def test_a_record_of_other_kinds_of_values_is_named(whole, tmp_path, changes):
    shutil.copytree(whole, root := tmp_path / "r")
    path = root / "trainings" / KEY / "training.json"
    said = {k: v for k, v in json.loads(path.read_bytes()).items() if k != SEAL} | changes
    path.write_text(sealed({k: v for k, v in said.items() if v is not None}))
    assert [fault.path for fault in verify(root).faults] == [f"trainings/{KEY}/training.json"]
    index = Index(root)
    assert index.is_damaged(KEY)
    assert index.training(KEY) == ""
    assert "is no JSON object" in index.notes[0]
    assert Store(root).training_report(KEY) is None


def test_damaged_weights_are_never_loaded(whole, tmp_path):
    shutil.copytree(whole, root := tmp_path / "r")
    store = Store(root)
    path = store.training(KEY) / "checkpoint.safetensors"
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamageError, match=r"checkpoint\.safetensors is damaged .*trains again"):
        store.checkpoint(KEY)
    path.unlink()
    with pytest.raises(DamageError, match="cannot be read"):
        store.checkpoint(KEY)
    assert verify(root).absent == [f"trainings/{KEY}/checkpoint.safetensors"]


def test_a_record_of_another_training_under_this_ones_name_is_named(whole, tmp_path):
    shutil.copytree(whole, root := tmp_path / "r")
    other = TRAINING.model_copy(update={"seed": 1})
    Store(root).write_training(other.key(), other, TrainingReport(params=1))
    shutil.copy(root / "trainings" / other.key() / "training.json", root / "trainings" / KEY)
    (fault, *_) = verify(root).faults
    assert fault.path == f"trainings/{KEY}/training.json"
    assert "another training" in fault.what


def test_strangers_and_leftovers_are_named_and_stay(whole, tmp_path):
    shutil.copytree(whole, root := tmp_path / "r")
    (root / "trainings" / KEY / "notes.txt").write_text("mine")
    (root / "unfinished" / ".partial-host-1-x").write_text("half")
    found = verify(root)
    assert found.unknown == [f"trainings/{KEY}/notes.txt"]
    assert found.partial == ["unfinished/.partial-host-1-x"]
    assert not found.faults
    assert verify(root).plain()["unknown"] == found.unknown


def test_a_saved_state_with_a_flipped_bit_is_not_gone_on_from(tmp_path):
    path, made_by = tmp_path / "s.safetensors", {"torch": "2"}
    write_state(path, {"w": torch.arange(100.0), "epoch": 3}, made_by)
    content = path.read_bytes()
    assert read_state(path, made_by)["epoch"] == 3
    draw = random.Random(1)
    for _ in range(100):
        changed = bytearray(content)
        place = draw.randrange(len(content) * 8)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        found = read_state(path, made_by)
        assert found is None or torch.equal(found["w"], torch.arange(100.0))
        assert found is None or found["epoch"] == 3
