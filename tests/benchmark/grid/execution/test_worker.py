from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from emobench.discovery.registry import registry
from emobench.grid.execution import worker
from emobench.grid.execution.scheduler import remaining
from emobench.grid.execution.worker import run_job
from emobench.store.index import Index
from emobench.store.store import Store

EMOTIWAVE = {"units": "4", "hidden": "8"}


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "results")
    made.open()
    return made


def only(plan):
    (job,) = plan.jobs.values()
    return job


def predictions(store, job):
    return {k: store.predictions(job.key, k) for k in job.cells}


def reports(store, job):
    return {k: store.cell(job.key, k).report for k in job.cells}


@pytest.fixture
def emotiwave(plan_of):
    """The jobs of a small EmotiWave under every condition, full regime first."""
    entry = registry("model")["emotiwave"]
    plan = plan_of([(entry, EMOTIWAVE | {"epochs": "2"})], "missing_modality", seeds=1)
    return sorted(plan.jobs.values(), key=lambda j: j.spec.regime.drop)


def test_a_job_stores_its_training_and_every_cell(store, small, emotiwave):
    for job in emotiwave:
        outcome = run_job(job, store.root, "cpu")
        assert (outcome.done, outcome.failed) == (14, 0)
        training = json.loads((store.training(job.key) / "training.json").read_text())["report"]
        score = f"{training['dev_macro_f1']:.3f}".replace("0.", ".", 1)
        assert outcome.note == f"dev macro-F1 {score} at look {training['best_epoch']} of 2"
        assert len(training["epochs"]) == 2
        assert training["best_epoch"] in (1, 2)
        assert training["params"] == sum(
            v.numel() for v in store.checkpoint(job.spec.key()).values()
        )
        test = [small.corpus.ids[i] for i in small.parts.test]
        for table in predictions(store, job).values():
            assert table["id"].tolist() == test


def test_a_report_tells_the_missing_rate_that_was_reached(store, emotiwave):
    job = emotiwave[0]
    run_job(job, store.root, "cpu")
    found = {job.cells[k][1].name: r["missing_rate"] for k, r in reports(store, job).items()}
    assert found["full"] == 0
    assert found["text"] == pytest.approx(2 / 3, abs=0.1)
    rates = [found[f"missing_0.{i}"] for i in range(1, 8)]
    assert rates == sorted(rates)
    assert rates[0] < rates[-1]


def test_done_twice_it_is_the_same_to_the_bit(tmp_path, emotiwave):
    tables = []
    for name in "ab":
        store = Store(tmp_path / name)
        store.open()
        run_job(emotiwave[1], store.root, "cpu")
        tables.append(predictions(store, emotiwave[1]))
    assert tables[0].keys() == tables[1].keys()
    for key, table in tables[0].items():
        pd.testing.assert_frame_equal(table, tables[1][key], check_exact=True)


def test_from_the_stored_checkpoint_a_lost_cell_comes_back_the_same(store, lose, emotiwave):
    job = emotiwave[0]
    run_job(job, store.root, "cpu")
    before = predictions(store, job)
    lost = next(iter(job.cells))
    lose(store.root, lost)
    (left,) = remaining([job], Index(store.root), retry_failed=False)
    assert list(left.cells) == [lost]
    outcome = run_job(left, store.root, "cpu")
    assert (outcome.done, outcome.seconds, outcome.note) == (1, 0, "checkpoint was there")
    pd.testing.assert_frame_equal(predictions(store, job)[lost], before[lost], check_exact=True)


def test_cells_are_those_of_the_weights_that_another_run_stored_first(
    tmp_path, store, emotiwave, monkeypatch
):
    job, first = emotiwave[0], {}
    usual = worker.train

    def overtaken(*args, **options):
        found = usual(*args, **options)
        other = {n: w + 0.5 for n, w in found.model.state_dict().items()}
        store.write_training(job.key, job.spec, found.report, other)
        first.update(other)
        return found

    monkeypatch.setattr(worker, "train", overtaken)
    run_job(job, store.root, "cpu")
    assert all(w.equal(first[name]) for name, w in store.checkpoint(job.key).items())
    theirs = Store(tmp_path / "theirs")
    shutil.copytree(store.root, theirs.root)
    for pack in theirs.training(job.key).glob("cells-*"):
        pack.unlink()
    monkeypatch.setattr(worker, "train", usual)
    assert run_job(job, theirs.root, "cpu").note == "checkpoint was there"
    for key, table in predictions(theirs, job).items():
        pd.testing.assert_frame_equal(predictions(store, job)[key], table, check_exact=True)


def test_what_is_there_is_not_done_again(store, emotiwave):
    job = emotiwave[0]
    run_job(job, store.root, "cpu")
    assert remaining([job], Index(store.root), retry_failed=False) == []
    assert remaining([job], Index(store.root), retry_failed=True) == []


BROKEN = [
    ({"fit": "raise ValueError('no luck\\nmore')"}, r"ValueError: no luck \(broken.py:15\)"),
    ({"fit": "session.config.nothing"}, r"AttributeError: .*'nothing' \(broken.py:15\)"),
    ({"fit": "session.loop(self)", "forward": "logits = logits * float('nan')"}, "NaN"),
    ({"forward": "logits = logits * float('nan')"}, r"logits of \d+ of \d+ utterances are NaN"),
    ({"forward": "logits = logits[:, :2] if not self.training else logits"}, r"shape"),
]


@pytest.mark.parametrize(("behaviour", "reason"), BROKEN)
def test_a_model_that_breaks_its_contract_fails_with_the_reason(
    store, plan_of, written, behaviour, reason
):
    job = only(plan_of([written("broken", **behaviour)], seeds=1))
    outcome = run_job(job, store.root, "cpu")
    assert (outcome.done, outcome.failed) == (0, 1)
    assert re.search(reason, outcome.note), outcome.note
    assert "\n" not in outcome.note
    (cell,) = job.cells
    stored = store.cell(job.key, cell)
    failure = stored.failure["reason"] if stored else store.training_failure(job.key)
    assert outcome.note == failure


def test_a_failed_job_is_left_alone_until_it_is_to_be_retried(store, plan_of, written):
    job = only(plan_of([written("broken", fit="raise ValueError('no')")], seeds=1))
    run_job(job, store.root, "cpu")
    assert remaining([job], Index(store.root), retry_failed=False) == []
    (again,) = remaining([job], Index(store.root), retry_failed=True)
    assert again.cells == job.cells


def test_a_failed_cell_is_left_alone_until_it_is_to_be_retried(store, lose, emotiwave):
    job = emotiwave[0]
    run_job(job, store.root, "cpu")
    key = next(iter(job.cells))
    lose(store.root, key)
    with store.cell_writer(job.key) as writer:
        writer.add_failure(key, job.cells[key].spec(job.key), "out of memory", "")
    assert remaining([job], Index(store.root), retry_failed=False) == []
    (again,) = remaining([job], Index(store.root), retry_failed=True)
    assert list(again.cells) == [key]
    run_job(again, store.root, "cpu")
    assert store.cell(job.key, key).report is not None


def test_a_checkpoint_that_cannot_be_read_is_trained_again_for_the_cells_that_need_it(
    store, lose, emotiwave
):
    job = emotiwave[0]
    run_job(job, store.root, "cpu")
    key = next(iter(job.cells))
    before = store.predictions(job.key, key)
    lose(store.root, key)
    (store.training(job.key) / "checkpoint.safetensors").write_bytes(b"broken")
    (left,) = remaining([job], Index(store.root), retry_failed=False)
    outcome = run_job(left, store.root, "cpu")
    assert (outcome.done, outcome.failed) == (1, 0)
    assert "checkpoint.safetensors is damaged" in outcome.note
    assert store.predictions(job.key, key).equals(before)
    assert store.checkpoint(job.key)


def test_a_corpus_that_changed_meanwhile_is_noticed(store, plan_of):
    job = only(plan_of(["majority"], seeds=1))
    job = replace(job, spec=job.spec.model_copy(update={"dataset_digest": "other"}))
    assert "corpus changed on disk" in run_job(job, store.root, "cpu").note
