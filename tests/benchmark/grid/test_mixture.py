"""A training that is made again is compared with the one whose cells are stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
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
    with pytest.raises(ModelError, match="other weights than those that are stored"):
        refuse_mixture(store, "t", report(), {"w": torch.zeros(3)})
    (store.training("t") / "checkpoint.safetensors").unlink()
    refuse_mixture(store, "t", report(), {"w": torch.zeros(3)})
