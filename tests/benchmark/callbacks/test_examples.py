"""The examples for trackers log what happened: read back by the trackers' own readers."""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emobench.store.records import TrainingReport
from emobench.store.store import Store

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "callbacks"
REQUEST = (
    *("--models", "mlp:epochs=3,majority", "--protocol", "full_modalities"),
    *("--dataset", "simulated:size=84:speakers=7", "--seeds", "2"),
)


def test_each_example_is_short_and_a_whole_file():
    files = sorted(EXAMPLES.glob("*.py"))
    assert len(files) == 3
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 60, path.name
        assert len(re.findall(r"^class \w+\(emobench\.Callback\):$", text, re.MULTILINE)) == 1


@pytest.fixture(scope="module")
def logged(cli, tmp_path_factory):
    """Run a small grid with one example; its folder."""

    def run(name: str, options: str = "") -> Path:
        folder = tmp_path_factory.mktemp(name)
        callback = f"{EXAMPLES / f'{name}_callback.py'}{options}"
        done = cli("run", *REQUEST, "--callback", callback, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "warning: on_" not in done.stdout, done.stdout
        return folder

    return run


def reports(folder: Path) -> dict[str, TrainingReport]:
    """Every training by its key, with the reports of its course."""
    store = Store(folder / "results")
    found = {p.name: store.training_report(p.name) for p in (store.root / "trainings").iterdir()}
    assert len(found) == 3
    return {key: report for key, report in found.items() if report is not None}


def curve(report: TrainingReport, name: str) -> list[Any]:
    return [getattr(epoch, name) for epoch in report.epochs]


@pytest.mark.slow
def test_tensorboard_has_curves_and_test_scores_also_of_what_was_stored(cli, logged):
    pytest.importorskip("tensorboard", reason="emobench[trackers] is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder = logged("tensorboard", ":folder=curves")
    callback = f"{EXAMPLES / 'tensorboard_callback.py'}:folder=again:wants_stored=true"
    assert cli("run", *REQUEST, "--callback", callback, cwd=folder).returncode == 0
    every = itertools.product(reports(folder).items(), ("curves", "again"))
    for (key, report), home in every:
        (place,) = (folder / home).glob(f"*-{key[:8]}")
        events = EventAccumulator(str(place))
        events.Reload()
        names = events.Tags()["scalars"]
        assert "test macro_f1/full" in names
        if not report.epochs:
            continue
        for name in ("train_loss", "dev_macro_f1"):
            points = events.Scalars(name)
            assert [p.step for p in points] == [1, 2, 3]
            assert [p.value for p in points] == pytest.approx(curve(report, name), rel=1e-6)


@pytest.mark.slow
def test_mlflow_has_parameters_curves_and_test_scores(logged):
    pytest.importorskip("mlflow", reason="emobench[trackers] is not installed")
    from mlflow import MlflowClient

    folder = logged("mlflow")
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    (home,) = [e for e in client.search_experiments() if e.name == "emobench"]
    runs = {run.data.tags["key"]: run for run in client.search_runs([home.experiment_id])}
    assert set(runs) == set(reports(folder))
    for key, report in reports(folder).items():
        run = runs[key]
        assert run.info.status == "FINISHED"
        assert 0 < run.data.metrics["test macro_f1 full"] < 1
        assert run.data.params["learning_rate"] == "0.001"
        if report.epochs:
            points = client.get_metric_history(run.info.run_id, "dev_macro_f1")
            assert [(p.step, p.value) for p in points] == list(
                enumerate(curve(report, "dev_macro_f1"), start=1)
            )


BLOCK = 32768


def messages(path: Path) -> Iterator[Any]:
    """The messages of an offline run, by the package's own definition of them.

    It has no reader in Python. The file is a log of LevelDB: blocks of 32 KiB with pieces, each
    with its length (2 bytes at 4) and its type (1: whole, 2: first, 3: middle, 4: last).
    """
    from wandb.proto.wandb_internal_pb2 import Record

    content, place, message = path.read_bytes(), 7, b""
    assert content[:4] == b":W&B"
    while place + 7 <= len(content):
        if BLOCK - place % BLOCK < 7:  # what is left of a block is empty
            place += BLOCK - place % BLOCK
            continue
        size, kind = struct.unpack_from("<HB", content, place + 4)
        message += content[place + 7 : place + 7 + size]
        place += 7 + size
        if kind in (1, 4):
            yield Record.FromString(message)
            message = b""


@pytest.mark.slow
def test_weights_and_biases_has_an_offline_run_for_each_training(logged):
    pytest.importorskip("wandb", reason="emobench[trackers] is not installed")
    folder = logged("wandb")
    for key, report in reports(folder).items():
        (file,) = (folder / "wandb").glob(f"offline-run-*/run-{key}.wandb")
        curves: list[str] = []
        summary: dict[str, str] = {}
        exits = []
        for record in messages(file):
            if record.WhichOneof("record_type") == "history":
                items = {i.key or "/".join(i.nested_key): i.value_json for i in record.history.item}
                curves.append(items["dev_macro_f1"])
            for item in record.summary.update:
                summary[item.key or "/".join(item.nested_key)] = item.value_json
            if record.HasField("exit"):
                exits.append(record.exit.exit_code)
        assert list(map(float, curves)) == curve(report, "dev_macro_f1")
        assert 0 < float(summary["test macro_f1/full"]) < 1
        assert exits == [0]
