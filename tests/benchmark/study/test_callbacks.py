"""A run with callbacks: they hear everything once, and change nothing."""

from __future__ import annotations

import contextlib
import io
import pickle
import random
import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch

import emobench
from emobench.callbacks import CellEnd, Epoch, RunEnd, RunStart, TrainingEnd
from emobench.store.cell_reader import CellReader
from emobench.store.store import Store

from .conftest import OPTIONS


class Recorder(emobench.Callback):
    """Keeps all records."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def on_run_start(self, run: RunStart) -> None:
        self.heard.append(run)

    def on_epoch(self, epoch: Epoch) -> None:
        self.heard.append(epoch)

    def on_cell(self, cell: CellEnd) -> None:
        self.heard.append(cell)

    def on_training(self, training: TrainingEnd) -> None:
        self.heard.append(training)

    def on_run_end(self, run: RunEnd) -> None:
        self.heard.append(run)

    def of(self, kind: type) -> list[Any]:
        return [one for one in self.heard if isinstance(one, kind)]

    def courses(self) -> dict[str, list[Epoch]]:
        found = defaultdict(list)
        for one in self.of(Epoch):
            found[one.training.key].append(one)
        return found


class Everything(Recorder):
    wants_stored = True


class Meddler(Recorder):
    """Does what could change numbers, and then fails."""

    def on_epoch(self, epoch: Epoch) -> None:
        torch.set_num_threads(4)
        torch.set_default_dtype(torch.float64)
        torch.manual_seed(1)
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002 - the old way is what others use
        epoch.training.config.clear()
        raise RuntimeError("the tracker is away")

    on_cell = on_training = on_epoch  # type: ignore[assignment]


def predictions(folder: Path) -> dict[str, pd.DataFrame]:
    reader = CellReader(folder / "results")
    cells = [cell for cell in reader.every() if cell.has_table]
    return {cell.key: reader.table(cell).to_pandas() for cell in cells}


def check_whole(recorder: Recorder, results: Path) -> None:
    """Every stored course was heard, each record once and in its order, before its end."""
    store = Store(results)
    courses = recorder.courses()
    for end in recorder.of(TrainingEnd):
        report = store.training_report(end.training.key)
        assert report is not None
        told = courses.pop(end.training.key, [])
        assert [one.number for one in told] == list(range(1, len(report.epochs) + 1))
        for mine, stored in zip(told, report.epochs, strict=True):
            for name in ("stage", "train_loss", "dev_macro_f1", "dev_loss", "updates", "seconds"):
                assert getattr(mine, name) == getattr(stored, name), name
        assert end.training.folder == store.training(end.training.key).absolute()
        assert (end.params, end.best_epoch) == (report.params, report.best_epoch)
        last = [n for n, one in enumerate(recorder.heard) if key_of(one) == end.training.key][-1]
        assert recorder.heard[last] is end
    assert not courses


def key_of(record: Any) -> str:
    return record.training.key if hasattr(record, "training") else ""


class Watched(NamedTuple):
    """The study of this folder with callbacks: an object, one that meddles, and one in a file."""

    folder: Path
    recorder: Recorder
    result: emobench.RunResult
    printed: str


@pytest.fixture(scope="module")
def watched(make, at) -> Watched:
    folder = make("watched")
    recorder, out = Recorder(), io.StringIO()
    (folder / "tally.py").write_text(TALLY)
    with at(folder), contextlib.redirect_stdout(out):
        result = emobench.run(**OPTIONS, callbacks=[Meddler(), recorder, "tally.py"])
    return Watched(folder, recorder, result, out.getvalue())


TALLY = """
import emobench


class Tally(emobench.Callback):
    def on_epoch(self, epoch):
        with open("tally.txt", "a") as file:
            file.write("x")
"""


def test_everything_is_heard_once_and_in_order(watched):
    recorder = watched.recorder
    check_whole(recorder, watched.folder / "results")
    assert isinstance(recorder.heard[0], RunStart)
    assert isinstance(recorder.heard[-1], RunEnd)
    assert len(recorder.of(TrainingEnd)) == 4
    assert len({cell.key for cell in recorder.of(CellEnd)}) == len(recorder.of(CellEnd)) == 50
    assert not any(one.is_stored for one in recorder.heard[1:-1])
    epochs = recorder.of(Epoch)
    assert len(epochs) == len((watched.folder / "tally.txt").read_text()) == 2
    assert all(one.planned == 1 and one.gigabytes > 0.01 for one in epochs)
    (end,) = recorder.of(RunEnd)
    assert (end.done, end.failed, end.skipped, end.stopped) == (50, 0, 6, "")
    assert end.page == watched.result.page


def test_scores_are_those_of_the_page(watched):
    """With one seed and one fold a row is a cell."""
    frame = watched.result.frame
    for cell in watched.recorder.of(CellEnd):
        regime = cell.training.regime
        rows = frame[(frame["model"] == cell.training.row) & (frame["regime"] == regime)]
        (row,) = rows[rows["condition"] == cell.condition].to_dict("records")
        for name, value in cell.scores.items():
            assert value == pytest.approx(row[name], abs=1e-6), name
        assert cell.n == row["n_test"] == len(cell.predictions())
        assert cell.path.is_file()
    assert set(cell.scores) == {"accuracy", "macro_f1", "weighted_f1", "uar", "ece"}


def test_nothing_is_changed_by_them(watched, make, at):
    plain = make("plain")
    with at(plain):
        emobench.run(**OPTIONS)
    without = predictions(plain)
    with_them = predictions(watched.folder)
    assert set(without) == set(with_them)
    for key, table in without.items():
        pd.testing.assert_frame_equal(table, with_them[key], check_exact=True)
    grids = [{p.name for p in (f / "results" / "grids").iterdir()} for f in (plain, watched.folder)]
    assert grids[0] == grids[1]
    assert list((watched.folder / "results" / "unfinished").iterdir()) == []


def test_a_fault_is_said_once(watched):
    lines = [line for line in watched.printed.splitlines() if "Meddler" in line]
    assert len([line for line in lines if " raised RuntimeError: the tracker is away" in line]) == 3
    assert "warning: on_cell of the callback Meddler raised 50 times" in lines
    # What the meddler did to a record is its own.
    assert all(one.training.config for one in watched.recorder.of(CellEnd))


def test_the_same_again_tells_nothing_unless_asked(watched, at):
    again, every = Recorder(), Everything()
    with at(watched.folder):
        result = emobench.run(**OPTIONS, callbacks=[again, every])
    assert [type(one) for one in again.heard] == [RunStart, RunEnd]
    check_whole(every, watched.folder / "results")
    assert all(one.is_stored for one in every.heard[1:-1])
    first = watched.recorder
    for kind, key in ((TrainingEnd, key_of), (CellEnd, lambda one: one.key)):
        assert {key(one) for one in every.of(kind)} == {key(one) for one in first.of(kind)}
    scores = {one.key: one.scores for one in first.of(CellEnd)}
    assert {one.key: one.scores for one in every.of(CellEnd)} == scores
    assert "callbacks" not in result.request.toml.replace("# a callback", "")
    assert "# a callback that Python gave as an object is not in it: Everything" in (
        result.request.toml
    )


def test_new_cells_of_a_stored_training_are_told_with_its_end(watched, at):
    options = OPTIONS | {"protocol": "missing_modality:fill=zero", "models": "mine.py"}
    some, every = Recorder(), Everything()
    with at(watched.folder):
        emobench.run(**options, callbacks=[some, every])
    assert some.of(Epoch) == []
    assert some.of(CellEnd)
    assert all(not cell.is_stored for cell in some.of(CellEnd))
    told = every.of(CellEnd)
    assert len({cell.key for cell in told}) == len(told) > len(some.of(CellEnd)) > 0
    for recorder in (some, every):
        ends = [one.training.key for one in recorder.of(TrainingEnd)]
        assert len(ends) == len(set(ends))
        assert {cell.training.key for cell in recorder.of(CellEnd)} == set(ends)
        assert isinstance(recorder.heard[-2], TrainingEnd)


def test_failures_are_told_with_their_reason(make, at):
    folder = make("failing")
    text = (folder / "mine.py").read_text()
    (folder / "mine.py").write_text(text.replace("words = ", 'raise ValueError("no") or ', 1))
    options = OPTIONS | {"protocol": "full_modalities"}
    first, again, retried = Recorder(), Everything(), Everything()
    with at(folder):
        emobench.run(**options, callbacks=first)
        emobench.run(**options, callbacks=again)
        emobench.run(**options, callbacks=retried, retry_failed=True)
    for recorder, is_stored in ((first, False), (again, True), (retried, False)):
        (failed,) = [one for one in recorder.of(TrainingEnd) if one.status == "failed"]
        assert failed.training.model == "mine"
        assert failed.reason.startswith("ValueError: no (mine.py:")
        assert failed.is_stored == is_stored
        assert [cell.training.model for cell in recorder.of(CellEnd)] == ["majority"]


def test_a_study_names_its_callbacks_and_paths_start_from_its_folder(make, cli):
    folder = make("in_a_file")
    (folder / "tally.py").write_text(TALLY)
    text = (folder / "study.toml").read_text().replace("missing_modality", "full_modalities")
    (folder / "study.toml").write_text(text + 'callbacks = ["tally.py"]\n')
    dry = cli("run", folder / "study.toml", "--dry-run")
    assert dry.returncode == 0, dry.stdout + dry.stderr
    assert not (folder / "tally.txt").exists()
    done = cli("run", folder / "study.toml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "tally.txt").read_text() == "x"
    printed = cli("run", folder / "study.toml", "--callback", "a.py", "--print-toml").stdout
    assert 'callbacks = "a.py"\n' in printed


def test_objects_are_called_beside_the_callbacks_of_a_file(make, monkeypatch):
    folder, asked = make("beside"), []
    (folder / "study.toml").write_text('models = "majority"\ncallbacks = "tally.py"\n')
    monkeypatch.setattr("emobench.study.call._run", asked.append)
    one = Recorder()
    for given, words in ((one, ("tally.py",)), ([one, "other.py"], ("other.py",))):
        emobench.run_file(folder / "study.toml", callbacks=given)
        assert asked[-1].objects == (one,)
        assert asked[-1].grids[0].callbacks == words


def test_a_callback_that_is_not_there_is_refused_before_anything(cli, tmp_path):
    done = cli("run", "--models", "majority", "--callback", "nowhere.py", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "error: There is no file nowhere.py.\n"
    assert list(tmp_path.iterdir()) == []


WATCHED = """
import os, pickle, signal, sys
import emobench

class Log(emobench.Callback):
    def __init__(self):
        self.looks = 0

    def log(self, record):
        with open("log.pickle", "ab") as file:
            pickle.dump(record, file)

    def on_epoch(self, epoch):
        self.log(epoch)
        self.looks += 1
        if self.looks == 5 and os.environ.get("KILL"):
            os.killpg(0, signal.SIGKILL)

    on_cell = on_training = on_run_start = on_run_end = log
"""


def logged(folder: Path) -> list[Any]:
    found = []
    with (folder / "log.pickle").open("rb") as file, contextlib.suppress(EOFError):
        while True:
            found.append(pickle.load(file))
    return found


def process(folder: Path, environment: dict[str, str], *words: str) -> int:
    (folder / "log.py").write_text(WATCHED)
    command = [sys.executable, "-m", "emobench", "run", "--callback", "log.py", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, start_new_session=True, check=False, timeout=500
    ).returncode


def recorder_of(records: list[Any]) -> Recorder:
    found = Recorder()
    found.heard = records
    return found


SLOW = (
    *("--protocol", "full_modalities", "--dataset", "simulated:size=84:speakers=7"),
    *("--seeds", "2", "--save-every", "2"),
)


@pytest.mark.slow
def test_workers_that_are_killed_and_go_on_give_whole_courses(tmp_path, environment):
    """Looks come while it is trained; a training that goes on tells its earlier looks as such."""
    words = (*SLOW, "--models", "bilstm:min_updates=80:min_epochs=0:looks=20", "--jobs", "2")
    assert process(tmp_path, environment | {"KILL": "1"}, *words) == -signal.SIGKILL
    before = recorder_of(logged(tmp_path))
    assert len(before.of(Epoch)) == 5
    assert all(one.planned == 20 for one in before.of(Epoch))
    assert not before.of(TrainingEnd)
    (tmp_path / "log.pickle").unlink()
    assert process(tmp_path, environment, *words) == 0
    after = recorder_of(logged(tmp_path))
    check_whole(after, tmp_path / "results")
    assert len(after.of(TrainingEnd)) == len(after.of(CellEnd)) == 2
    earlier = [one.is_stored for one in after.of(Epoch)]
    assert 0 < sum(earlier) < len(earlier)
    assert not any(one.is_stored for one in after.of(TrainingEnd))
    assert list((tmp_path / "results" / "unfinished").iterdir()) == []


@pytest.mark.slow
def test_trials_of_a_search_are_told_up_to_where_they_are_stopped(tmp_path, environment):
    words = ("--models", "mlp:min_updates=60:min_epochs=0:looks=20", "--tune", "8", "--halving")
    assert process(tmp_path, environment, *SLOW, *words, "--jobs", "2") == 0
    heard = recorder_of(logged(tmp_path))
    trials = [one for one in heard.of(TrainingEnd) if one.training.is_trial]
    assert {one.status for one in trials} == {"paused", "done"}
    assert len({one.training.key for one in trials}) == 8
    for course in heard.courses().values():
        assert [one.number for one in course] == list(range(1, len(course) + 1))
    lengths = {key: len(course) for key, course in heard.courses().items()}
    store = Store(tmp_path / "results")
    done = [one.training.key for one in trials if one.status == "done"]
    assert {key: lengths[key] for key in done} == {
        key: len(report.epochs) for key in done if (report := store.trial_report(key))
    }
    assert min(lengths.values()) == 2
    evaluated = recorder_of([one for one in heard.heard if not is_of_trial(one)])
    check_whole(evaluated, tmp_path / "results")
    assert len(evaluated.of(TrainingEnd)) == len(evaluated.of(CellEnd)) >= 2


def is_of_trial(record: Any) -> bool:
    return hasattr(record, "training") and record.training.is_trial


@pytest.mark.slow
def test_tasks_of_a_cluster_tell_their_looks(tmp_path, environment):
    pytest.importorskip("ray", reason="emobench[ray] is not installed")
    words = ("--models", "mlp:min_updates=60:min_epochs=0:looks=20,majority", "--executor", "ray")
    assert process(tmp_path, environment, *SLOW, *words, "--jobs", "2") == 0
    heard = recorder_of(logged(tmp_path))
    check_whole(heard, tmp_path / "results")
    assert len(heard.of(Epoch)) > 10
    assert all(one.planned == 20 for one in heard.of(Epoch))
