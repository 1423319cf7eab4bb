"""The work of a worker on a trial: a training without its test rows, and its score on dev."""

from __future__ import annotations

import time
import traceback
from pathlib import Path

import torch

from emobench.denormals import denormals_flushed
from emobench.disk.refusal import raise_refusal
from emobench.disk.seal import DamageError
from emobench.executor import alone
from emobench.grid.execution.evaluation_views import trained_view
from emobench.grid.execution.outcome import Outcome
from emobench.grid.execution.training import build, train
from emobench.grid.execution.worker import HERE, check_digest, marked, reason_of
from emobench.grid.search.trial import TrialJob, whole
from emobench.isolation.containment import contained
from emobench.isolation.surroundings import Surroundings
from emobench.store.store import Store
from emobench.training.device import choose_device

UNIT = "trial run"
"""What is counted: a trial, or with halving its part up to a rung."""


@alone
def run_trial(trial: TrialJob, root: Path, device_name: str) -> Outcome:
    """Train a trial as far as it is to be trained now, and store its dev score."""
    with denormals_flushed(), Surroundings(trial.key) as around:
        outcome = _run(trial, Store(root), choose_device(device_name))
        around.restore()
    return marked(outcome, around)


def _run(trial: TrialJob, store: Store, device: torch.device) -> Outcome:
    started = time.perf_counter()
    try:
        with contained():
            seconds, note = _train(trial, store, device)
    except DamageError:
        raise  # what was prepared rotted meanwhile: the same command makes it again
    except Exception as error:
        raise_refusal(error, store.root)
        note = reason_of(error)
        write_trial_failure(store, trial, note, traceback.format_exc())
        elapsed = time.perf_counter() - started
        return Outcome(trial.label, 0, 1, 0.0, note, elapsed, trial.kind, UNIT)
    elapsed = time.perf_counter() - started
    return Outcome(trial.label, 1, 0, seconds, note, elapsed, trial.kind, UNIT)


def _train(trial: TrialJob, store: Store, device: torch.device) -> tuple[float, str]:
    job = trial.job
    check_digest(job)
    # The test rows are taken away before there is a model: nothing of a search can read them.
    view = trained_view(HERE, job, trial.spec.inner).without_test()
    model = build(job, view, device)
    process = HERE.get(job.corpus).dataset.generating_process()
    found = train(job, model, view, process, device, store, trial.key, trial.spec.looks)
    spec = whole(trial.spec) if found.ended else trial.spec
    store.write_trial(spec.key(), spec, found.report)
    if found.ended:
        store.unfinished(trial.key).unlink(missing_ok=True)
    return found.report.train_seconds or 0.0, found.note


def write_trial_failure(store: Store, trial: TrialJob, reason: str, trace: str) -> None:
    """Write that `trial` failed."""
    spec = whole(trial.spec)
    store.write_trial_failure(spec.key(), spec, reason, trace)
    store.unfinished(trial.key).unlink(missing_ok=True)
