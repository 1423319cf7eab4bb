"""What models do to their process, and what is stored of it; the work is done in this process."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from emobench.grid.execution.worker import run_job
from emobench.isolation import process_settings
from emobench.store.store import Store

FULL = "raise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 2.00 GiB.')"
LOOP = "session.loop(self)"


@pytest.fixture
def ran(tmp_path, plan_of, written):
    """Run a written model with its options; returns its store, job and outcome."""

    def run(name, epochs=2, **deeds):
        entry, _ = written(name, **deeds)
        plan = plan_of([(entry, {"epochs": str(epochs), "patience": "50"})], seeds=1)
        (job,) = plan.jobs.values()
        store = Store(tmp_path / "results")
        store.open()
        return store, job, run_job(job, store.root, "cpu")

    return run


def table_of(store, job):
    (cell,) = job.cells
    return store.predictions(job.key, cell), store.cell(job.key, cell).report


def test_who_leaves_the_process_fails_with_the_line(ran):
    store, job, outcome = ran("leaves", fit="raise SystemExit(3)")
    assert outcome.failed == 1
    assert "it raised SystemExit (3) to end the process (leaves.py:" in outcome.note
    assert store.training_failure(job.key) == outcome.note


def test_what_was_changed_is_put_back_and_recorded(ran):
    before = process_settings.current()
    deed = f"torch.set_default_dtype(torch.float64); os.environ['X'] = '1'; {LOOP}"
    store, job, outcome = ran("changes", fit=deed)
    assert process_settings.current() == before
    assert outcome.done == 1
    assert "it changed torch.set_default_dtype, which was put back" in outcome.note
    assert "X" not in os.environ
    report = store.training_report(job.key)
    assert report.disturbed == ("torch.set_default_dtype",)


def test_what_changes_nothing_stores_nothing_of_it(ran):
    store, job, _ = ran("calm", fit=LOOP)
    stored = json.loads((store.training(job.key) / "training.json").read_text())["report"]
    assert not {"disturbed", "at_once"} & set(stored)
    assert "at_once" not in table_of(store, job)[1]


def test_a_cut_batch_is_stated_and_gives_what_the_whole_gives(ran):
    store, job, outcome = ran("cut", fit=LOOP)  # seeds depend on the name
    whole, _ = table_of(store, job)
    store, job, outcome = ran("cut", fit=LOOP, forward=f"if len(batch) > 10: {FULL}")
    cut, report = table_of(store, job)
    assert "8 utterances at a time, as many as the memory of cpu held" in outcome.note
    assert store.training_report(job.key).at_once == 8
    assert report["at_once"] in (7, 8, 9, 10)
    logits = [name for name in whole if name.startswith("logit_")]
    assert np.allclose(whole[logits], cut[logits], atol=1e-5)


def test_what_does_not_fit_at_all_says_its_need(ran):
    _, _, outcome = ran("large", fit=LOOP, forward=FULL)
    assert outcome.failed == 1
    assert outcome.note.startswith("its training does not fit into the memory of cpu")
    assert "Tried to allocate 2.00 GiB" in outcome.note


def test_who_makes_its_own_updates_is_told_what_to_type(ran):
    _, _, outcome = ran("own", fit=FULL)
    assert "updates that it makes itself" in outcome.note
    assert "batch_size=N" in outcome.note


def test_a_divergence_keeps_the_best_weights_and_says_where(ran):
    deed = "self.calls = getattr(self, 'calls', 0) + self.training\n"
    deed += "        if self.calls > 6: logits = logits * float('nan')"
    store, job, outcome = ran("diverges", epochs=9, fit=LOOP, forward=deed)
    assert outcome.failed == 1
    kept = store.last_good(job.key)
    assert f"are kept in unfinished/{kept.name}" in outcome.note
    assert "update 7)" in outcome.note
    weights = load_file(kept)
    assert torch.isfinite(weights["weight"]).all()
    assert not store.training_done(job.key)
