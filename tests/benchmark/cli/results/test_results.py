"""``emobench results``: counting, rewriting older folders, and merging."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from emobench.store import migration
from emobench.store.cell_reader import CellReader
from emobench.store.index import Index
from emobench.store.migration import migrate
from emobench.store.records import CellReport, TrainingReport
from emobench.store.spec import CellSpec, ConditionSpec, RegimeSpec, TrainingSpec
from emobench.store.store import Store

Command = Callable[..., Any]
TRAINING = TrainingSpec(
    model="m", variant="corrected", config={"units": 8}, track="controlled",
    inputs={"text": {"tokens": 1}}, dataset="d", split="standard", fold=0,
    regime=RegimeSpec(name="full", drop=0.0), seed=0, model_digest="a", dataset_digest="b",
)  # fmt: skip


def spec(rate: float) -> CellSpec:
    condition = ConditionSpec(present=None, rate=rate, mask_seed=1)
    return CellSpec(training=TRAINING.key(), condition=condition)


def table(value: float) -> pd.DataFrame:
    return pd.DataFrame({"id": ["a", "b"], "label": [0, 1], "logit_0": [value, 0.5]})


def filled(root: Path, value: float = 1.0, weight: float = 1.0) -> Store:
    """A results folder with a training, a cell, a failed cell, a trial and a grid."""
    store = Store(root)
    store.open()
    key = TRAINING.key()
    weights = {"w": torch.full((2,), weight)}
    store.write_training(key, TRAINING, TrainingReport(train_seconds=2.0), weights)
    with store.cell_writer(key) as writer:
        writer.add(spec(0.1).key(), spec(0.1), CellReport(n=2), table(value))
        writer.add_failure(spec(0.2).key(), spec(0.2), "out of luck", "Traceback: here")
    store.write_trial("t", TRAINING, TrainingReport(dev_macro_f1=value))
    cells = [spec(rate).key() for rate in (0.1, 0.2, 0.3)]
    rows = [{"cell": cell, "training": key} for cell in cells]
    grid = {"dataset": "d", "protocol": "p", "model": "m", "rows": rows}
    (root / "grids" / "g.json").write_text(json.dumps(grid))
    return store


def old_layout(root: Path) -> Store:
    """The same as `filled`, as older versions stored it."""
    new = filled(root.with_name("new"))
    store = Store(root)
    store.open()
    for source, target in (
        (new.training(TRAINING.key()) / "training.json", store.training(TRAINING.key())),
        (new.trial("t"), store.root / "trials" / "t"),
    ):
        target.mkdir()
        for name, content in json.loads(source.read_text()).items():
            (target / f"{name}.json").write_text(json.dumps(content))
    shutil.copy(
        new.training(TRAINING.key()) / "checkpoint.safetensors", store.training(TRAINING.key())
    )
    reader = CellReader(new.root)
    for cell in reader.every():
        folder = root / "cells" / cell.key
        folder.mkdir(parents=True)
        (folder / "spec.json").write_text(json.dumps(cell.spec))
        if cell.report is not None:
            (folder / "report.json").write_text(json.dumps(cell.report))
            reader.table(cell).to_pandas().to_parquet(folder / "predictions.parquet", index=False)
        else:
            (folder / "failure.json").write_text(json.dumps(cell.failure))
    shutil.copytree(new.root / "grids", root / "grids", dirs_exist_ok=True)
    return store


def content(root: Path) -> dict[str, Any]:
    """All that a results folder holds, whatever its layout."""
    reader, store = CellReader(root), Store(root)
    found: dict[str, Any] = {
        cell.key: (
            cell.spec,
            cell.report,
            cell.failure,
            reader.table(cell).to_pydict() if cell.has_table else None,
        )
        for cell in reader.every()
    }
    index = Index(root)
    found["training"] = (index.training(TRAINING.key()), [plain for _, plain in index.specs()])
    found["trial"] = store.trial_report("t")
    found["weights"] = store.checkpoint(TRAINING.key())["w"].tolist()
    return found


def test_the_list_counts_by_corpus_protocol_and_model(cli: Command, tmp_path: Path) -> None:
    filled(tmp_path / "r")
    said = cli("results", "list", tmp_path / "r")
    assert said.returncode == 0, said.stderr
    head, row, *_ = said.stdout.splitlines()
    assert head.split() == ["corpus", "protocol", "model", "trainings", "cells", "failed", "absent"]
    assert row.split() == ["d", "p", "m", "1", "1", "1", "1"]
    assert "holds 1 training (0 more failed), 1 cell (1 more failed) and 1 trial: 6 files" in (
        said.stdout
    )
    found = json.loads(cli("results", "list", tmp_path / "r", "--json").stdout)
    assert found["subjects"] == [
        {"dataset": "d", "protocol": "p", "model": "m", "trainings": 1, "done": 1, "failed": 1,
         "absent": 1}
    ]  # fmt: skip
    failed = cli("results", "list", tmp_path / "r", "--failed").stdout
    assert "out of luck" in failed
    assert "Traceback: here" in failed


def test_the_list_explains_why_its_rows_sum_to_more(cli: Command, tmp_path: Path) -> None:
    filled(tmp_path / "r")
    assert "the rows name" not in cli("results", "list", tmp_path / "r").stdout
    (grid,) = (tmp_path / "r" / "grids").glob("*.json")
    other = grid.read_text().replace('"protocol": "p"', '"protocol": "q"')
    (grid.parent / "other.json").write_text(other)
    said = cli("results", "list", tmp_path / "r").stdout
    assert "the rows name 2 trainings in all, 1 of them again" in said


def test_a_folder_without_results_is_refused_in_a_sentence(cli: Command, tmp_path: Path) -> None:
    for command in (("list",), ("migrate",)):
        said = cli("results", *command, tmp_path)
        assert said.returncode == 2
        assert said.stderr.strip().endswith("holds no results; name the folder of --results.")


def test_an_old_folder_is_counted_and_rewritten_with_equal_content(
    cli: Command, tmp_path: Path
) -> None:
    store = old_layout(tmp_path / "old")
    before = content(store.root)
    assert before == content(tmp_path / "new")
    said = cli("results", "list", store.root).stdout
    assert said.splitlines()[1].split() == ["d", "p", "m", "1", "1", "1", "1"]
    assert "2 cells lie in folders of their own; `emobench results migrate" in said
    done = cli("results", "migrate", store.root)
    assert done.stdout.splitlines()[-1].startswith("rewrote 1 training, 2 cells and 1 trial of ")
    assert content(store.root) == before
    assert not list(store.root.rglob("spec.json"))
    assert not (store.root / "cells").exists()
    again = cli("results", "migrate", store.root)
    assert "holds nothing of the older layout" in again.stdout


@pytest.mark.parametrize("moment", range(14))
def test_a_migration_that_is_killed_loses_nothing_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    store = old_layout(tmp_path / "old")
    before = content(store.root)
    steps = 0

    def dying(step: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps > moment:
                raise KeyboardInterrupt
            return step(*arguments, **options)

        return call

    with monkeypatch.context() as patch:
        for name in ("write_text", "write_bytes", "replace", "unlink", "rmdir"):
            patch.setattr(Path, name, dying(getattr(Path, name)))
        patch.setattr(migration.shutil, "rmtree", dying(shutil.rmtree))
        with pytest.raises(KeyboardInterrupt):
            migrate(store.root)
    assert content(store.root) == before
    assert migrate(store.root).left == ()
    assert content(store.root) == before
    assert not list(store.root.rglob("spec.json"))


def test_what_cannot_be_rewritten_stays_and_is_named(cli: Command, tmp_path: Path) -> None:
    store = old_layout(tmp_path / "old")
    (store.root / "cells" / spec(0.1).key() / "predictions.parquet").write_bytes(b"torn")
    (store.root / "cells" / "nameless").mkdir()
    said = cli("results", "migrate", store.root).stdout
    assert f"{spec(0.1).key()} stays as it is" in said
    assert "nameless stays as it is" in said
    assert (store.root / "cells" / spec(0.1).key() / "report.json").is_file()


@pytest.mark.parametrize("make", [filled, old_layout])
def test_folders_are_merged_and_what_contradicts_is_named(
    cli: Command, tmp_path: Path, make: Callable[[Path], Store]
) -> None:
    first, second = make(tmp_path / "a"), filled(tmp_path / "b")
    with second.cell_writer(TRAINING.key()) as writer:
        writer.add(spec(0.2).key(), spec(0.2), CellReport(n=2), table(7.0))
        writer.add(spec(0.3).key(), spec(0.3), CellReport(n=2), table(8.0))
    said = cli("results", "merge", first.root, second.root, "-o", tmp_path / "out")
    assert said.returncode == 0, said.stdout
    assert "copied 1 training, 4 cells, 1 trial into" in said.stdout
    states = Index(tmp_path / "out").states(
        TRAINING.key(), [spec(rate).key() for rate in (0.1, 0.2, 0.3)]
    )
    assert list(states.values()) == [True, True, True]
    again = cli("results", "merge", first.root, second.root, "-o", tmp_path / "out")
    assert "copied 0 trainings, 0 cells, 0 trials" in again.stdout

    third = filled(tmp_path / "c", value=9.0)
    said = cli("results", "merge", third.root, "-o", tmp_path / "out")
    assert said.returncode == 1
    assert f"conflict: cell {spec(0.1).key()} of {third.root} has other predictions" in said.stdout
    assert f"conflict: trial t of {third.root} has another score" in said.stdout
    kept = Store(tmp_path / "out").predictions(TRAINING.key(), spec(0.1).key())
    assert kept["logit_0"].tolist() == [1.0, 0.5]

    other = filled(tmp_path / "d", weight=2.0)
    with other.cell_writer(TRAINING.key()) as writer:
        writer.add(spec(0.4).key(), spec(0.4), CellReport(n=2), table(1.0))
    said = cli("results", "merge", other.root, "-o", tmp_path / "out")
    assert said.returncode == 1
    assert "has other weights, so that its cells are not copied" in said.stdout
    assert Store(tmp_path / "out").cell(TRAINING.key(), spec(0.4).key()) is None


def test_a_folder_is_not_merged_into_itself(cli: Command, tmp_path: Path) -> None:
    filled(tmp_path / "a")
    said = cli("results", "merge", tmp_path / "a", "-o", tmp_path / "a")
    assert said.returncode == 2
    assert "cannot be merged into itself" in said.stderr
