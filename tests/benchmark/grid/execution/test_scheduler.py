"""Jobs in real worker processes, some of which die."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import Future
from dataclasses import asdict

import pytest

from emobench.executors.local import LocalPool
from emobench.grid.execution.expected_time import ExpectedTimes
from emobench.grid.execution.live_look import LiveLook
from emobench.grid.execution.outcome import Outcome
from emobench.grid.execution.scheduler import DIED, Execution, remaining
from emobench.grid.execution.worker import run_job, write_job_failure
from emobench.store.index import Index
from emobench.store.store import Store

DEADLY = "os.kill(os.getpid(), signal.SIGKILL)"


class SharedPool(LocalPool):
    """A pool whose workers also train models of strangers, as built-in models share workers."""

    separates = False


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "results")
    made.open()
    return made


def execute(store, jobs, executor, timeout=400.0):
    """Run `jobs`; a run that does not come to its end fails the test instead of hanging."""
    outcomes = {}
    started = time.monotonic()

    def report(outcome):
        assert outcome.label not in outcomes, f"{outcome.label} is reported twice"
        outcomes[outcome.label] = outcome

    def tick(labels):
        assert time.monotonic() - started < timeout, f"still running: {labels}"
        assert len(labels) <= executor.count

    times = ExpectedTimes(lambda job: (job.model, "simulated"))
    execution = Execution(
        executor, store.root, "cpu", report, tick, run_job, write_job_failure, times
    )
    execution.run(jobs)
    return {label.split(" on ")[0]: outcome for label, outcome in outcomes.items()}


@pytest.mark.slow
def test_who_dies_raises_or_answers_nonsense_fails_alone(store, plan_of, written):
    models = [
        written("deadly", fit=DEADLY),
        written("good"),
        written("raising", fit="raise ValueError('no luck')"),
        written("exiting", fit="os._exit(3)"),
        written("nan", forward="logits = logits * float('nan')"),
        written("wide", forward="logits = logits.repeat(1, 2)"),
        "majority",
    ]
    jobs = list(plan_of(models, seeds=1).jobs.values())
    with SharedPool(2) as executor:
        outcomes = execute(store, jobs, executor)
    assert set(outcomes) == {"deadly", "good", "raising", "exiting", "nan", "wide", "majority"}
    notes = {name: o.note for name, o in outcomes.items() if o.failed}
    assert notes["deadly"] == notes["exiting"] == DIED
    assert "ValueError: no luck" in notes["raising"]
    assert "NaN" in notes["nan"]
    assert "(6, 12)" in notes["wide"] or "shape" in notes["wide"]
    assert {name for name, o in outcomes.items() if not o.failed} == {"good", "majority"}
    for job in jobs:
        (cell,) = job.cells
        stored = store.cell(job.key, cell)
        assert (stored is not None) is (job.spec.model in ("good", "majority"))
    index = Index(store.root)
    assert remaining(jobs, index, retry_failed=False) == []
    retried = remaining(jobs, index, retry_failed=True)
    assert {j.spec.model for j in retried} == set(notes)


@pytest.mark.slow
def test_a_worker_that_dies_while_predicting_loses_its_cells_and_not_the_checkpoint(
    store, plan_of, written
):
    # Dev is evaluated too: die at test only, where labels are hidden.
    model = written("late", forward=f"batch.labels.any() or {DEADLY}")
    (job,) = plan_of([model], seeds=1).jobs.values()
    with SharedPool(1) as executor:
        outcomes = execute(store, [job], executor)
    assert outcomes["late"].note == DIED
    assert store.training_done(job.key)
    (cell,) = job.cells
    assert store.cell(job.key, cell).failure["reason"] == DIED


@pytest.mark.slow
def test_a_pool_that_broke_between_two_jobs_is_no_ones_fault(store, plan_of, written):
    (job,) = plan_of([written("good")], seeds=1).jobs.values()
    with SharedPool(1) as executor:
        executor.submit(os._exit, 1).exception()
        outcomes = execute(store, [job], executor)
    assert outcomes["good"].done == 1


def test_nothing_to_do_starts_no_process(store):
    with LocalPool(2) as executor:
        assert execute(store, [], executor) == {}
        assert executor._pool is None


class Submitted:
    """An executor whose work is done at once, and does nothing."""

    count = 1
    separates = False

    def submit(self, work, *arguments):
        future = Future()
        future.set_result(Outcome("good", 1, 0, 0.0, "", 0.0, "good"))
        return future


def test_a_look_that_a_killed_run_has_left_is_not_shown(store, plan_of, written):
    (job,) = plan_of([written("good")], seeds=1).jobs.values()
    left = LiveLook("", 7, 30, 0.5, 0.25, 25.0, 0.3)
    path = store.look(job.spec.key())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"place": 0, "content": {}, "look": asdict(left)}) + "\n")
    run = Execution(
        Submitted(), store.root, "cpu", lambda _: None, lambda _: None, run_job, write_job_failure,
        ExpectedTimes(lambda job: None),
    )  # fmt: skip
    assert run._running(job).look == left
    run._start(job)
    assert run._running(job).look is None
