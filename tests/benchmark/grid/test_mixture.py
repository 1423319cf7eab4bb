"""A training that is made again is compared with the one whose cells are stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from emobench.errors import ModelError
from emobench.grid.mixture import refuse_mixture
from emobench.store.records import CellReport, TrainingReport
from emobench.store.spec import TrainingSpec
from emobench.store.store import Store
from emobench.store.training_folder import TRAINING

COURSE = {"epochs": [{"epoch": 1, "dev_macro_f1": 0.4, "dev_loss": 1.25}], "dev_macro_f1": 0.4}
WEIGHTS = {"w": torch.arange(3.0)}


def report(**changes: Any) -> TrainingReport:
    return TrainingReport.model_validate({**COURSE, **changes})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path)
    made.open()
    spec = TrainingSpec.model_construct(model="m")
    made.write_training("t", spec, report(train_seconds=1.0), WEIGHTS)
    return made


def add_cell(store: Store) -> None:
    with store.cell_writer("t") as writer:
        spec = TrainingSpec.model_construct(model="m")
        writer.add("c", spec, CellReport(predict_seconds=1.0, n=0, missing_rate=0.0))


def test_the_same_course_is_the_same_training(store: Store) -> None:
    add_cell(store)
    refuse_mixture(store, "t", report(train_seconds=9.0), {})


def test_another_course_is_refused_beside_stored_cells_alone(store: Store) -> None:
    other = report(dev_macro_f1=0.5)
    refuse_mixture(store, "t", other, {})
    add_cell(store)
    with pytest.raises(ModelError, match=r"dev macro-F1 of 0\.5 instead of 0\.4.*1 cell .* is st"):
        refuse_mixture(store, "t", other, {})
    loss = report(epochs=[{"epoch": 1, "dev_macro_f1": 0.4, "dev_loss": 1.25000001}])
    with pytest.raises(ModelError, match="another course on dev"):
        refuse_mixture(store, "t", loss, {})


@pytest.mark.parametrize("content", [b"{", None])
def test_without_a_record_the_weights_tell(store: Store, content: bytes | None) -> None:
    add_cell(store)
    record = store.training("t") / TRAINING
    record.write_bytes(content) if content else record.unlink()
    refuse_mixture(store, "t", report(), WEIGHTS)
    with pytest.raises(ModelError, match="weights that are not those of before"):
        refuse_mixture(store, "t", report(), {"w": torch.zeros(3)})
    (store.training("t") / "checkpoint.safetensors").unlink()
    refuse_mixture(store, "t", report(), {})
    if content is None:  # cells that were copied without their training
        refuse_mixture(store, "t", report(), WEIGHTS)
    else:
        with pytest.raises(ModelError, match="as far as anything is left of these"):
            refuse_mixture(store, "t", report(), WEIGHTS)


@pytest.mark.parametrize("content", [b"{", None])
@pytest.mark.parametrize("moves", [0, 1])
def test_a_kill_between_the_new_files_leaves_what_the_same_training_agrees_with(
    moves: int, content: bytes | None, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_cell(store)
    weights = store.training("t") / "checkpoint.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    if content:
        (store.training("t") / TRAINING).write_bytes(content)
        weights.write_bytes(safetensors.torch.save(WEIGHTS))
    replace, left = Path.replace, [None] * moves

    def killed(self: Path, target: Path) -> Path:
        if target.parent == store.training("t"):
            if not left:
                raise KeyboardInterrupt
            left.pop()
        return replace(self, target)

    spec = TrainingSpec.model_construct(model="m")
    refuse_mixture(store, "t", report(), WEIGHTS)
    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        store.write_training("t", spec, report(), WEIGHTS, replace=True)
    monkeypatch.undo()
    refuse_mixture(store, "t", report(), WEIGHTS)
    with pytest.raises(ModelError):
        refuse_mixture(store, "t", report(dev_macro_f1=0.5), {"w": torch.zeros(3)})
    store.write_training("t", spec, report(), WEIGHTS, replace=True)
    assert torch.equal(store.checkpoint("t")["w"], WEIGHTS["w"])
