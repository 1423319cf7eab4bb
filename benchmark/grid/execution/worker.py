"""The work of a worker: one training, and one forward pass per condition."""

from __future__ import annotations

import functools
import time
import traceback
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from emobench.conditions.build import batch_transforms
from emobench.conditions.learned_fill import check_learned, learn_to_fill
from emobench.conditions.masks import condition_mask
from emobench.corpus.leakage.flawed_splits import BEST_PER_MEASURE
from emobench.denormals import denormals_flushed
from emobench.digest import core_digest
from emobench.errors import EmobenchError, ModelError
from emobench.executor import alone
from emobench.grid.execution.evaluation_views import tested_view, trained_view
from emobench.grid.execution.kept_looks import best_looks, with_best_looks
from emobench.grid.execution.live_look import LookWriter
from emobench.grid.execution.outcome import Outcome
from emobench.grid.open_corpora import OpenCorpora
from emobench.grid.plan.jobs import Job, PlannedCell
from emobench.interface.model import Model
from emobench.missingness import missing_rate
from emobench.randomness import TrainingSeeds, training_seeds
from emobench.store.records import CellReport, Epoch, TrainingReport
from emobench.store.store import Store
from emobench.store.training_state import read_state, write_state
from emobench.training.class_restriction import restricted
from emobench.training.continuation import Continuation
from emobench.training.device import choose_device
from emobench.training.predict import predict
from emobench.training.seeding import seeded
from emobench.training.session import TrainingSession
from emobench.wording import counted

HERE = OpenCorpora(most=5)
"""The corpora that this worker keeps open between jobs."""


@alone
def run_job(job: Job, root: Path, device_name: str) -> Outcome:
    """Train unless the checkpoint is stored, then predict every cell that is not stored."""
    with denormals_flushed():
        return _run(job, Store(root), choose_device(device_name))


def _run(job: Job, store: Store, device: torch.device) -> Outcome:
    started = time.perf_counter()
    seconds, note = 0.0, "checkpoint was there"
    done, failed = 0, 0
    try:
        _check_digest(job)
        model = _build(job, device)
        if store.done(store.training(job.spec.key())):
            store.unfinished(job.spec.key()).unlink(missing_ok=True)
            model.load_state_dict(store.checkpoint(job.spec.key()))
        else:
            seconds, note = _train(job, model, device, store)
    except Exception as error:
        note, failed = _reason(error), len(job.cells)
        write_job_failure(store, job, note, traceback.format_exc())
    else:
        for name, cell in job.cells.items():
            reason = _evaluate(store, job, name, cell, model, device)
            done, failed = done + (reason is None), failed + (reason is not None)
            note = reason or note
    elapsed = time.perf_counter() - started
    return Outcome(job.label, done, failed, seconds, note, elapsed, job.spec.model)


def _check_digest(job: Job) -> None:
    """Raise an error if the corpus has changed since it was planned for."""
    expected = job.spec.dataset_digest
    if HERE.get(job.corpus).digest != expected:
        HERE.forget(job.corpus)  # an earlier run may have opened an older state
    if HERE.get(job.corpus).digest != expected:
        raise ModelError("the corpus changed on disk while the run was going on; start it again")


def _evaluate(
    store: Store, job: Job, name: str, cell: PlannedCell, model: Model, device: torch.device
) -> str | None:
    """Predict and store one cell; return the reason if that failed."""
    try:
        report, table = _predictions(job, cell, model, device)
        if job.flaw == BEST_PER_MEASURE:
            table = with_best_looks(table, store.looks(job.spec.key()))
        store.write(store.cell(name), cell.spec, report, predictions=table)
    except Exception as error:
        reason = _reason(error)
        store.write_failure(store.cell(name), cell.spec, reason, traceback.format_exc())
        return reason
    return None


def _predictions(
    job: Job, cell: PlannedCell, model: Model, device: torch.device
) -> tuple[CellReport, pd.DataFrame]:
    condition, target = cell.condition, cell.target
    view = tested_view(HERE, job, cell)
    rows = view.parts.test
    mask = condition_mask(
        condition, [view.ids[i] for i in rows], view.modalities, view.available[rows], job.masks
    )
    transforms = batch_transforms(condition, view)
    started = time.perf_counter()
    table = predict(model, view, mask, device, transforms)
    if target and target.classes:
        table = restricted(table, np.asarray(target.places), len(target.classes))
    seconds = time.perf_counter() - started
    findings = {}
    for transform in transforms:
        if report := getattr(transform, "findings", None):
            findings = {"findings": report()}
    rate = missing_rate(mask, view.available[rows])
    return CellReport(predict_seconds=seconds, n=len(table), missing_rate=rate, **findings), table


def write_job_failure(store: Store, job: Job, reason: str, trace: str) -> None:
    """Write that `job` failed: its training, or its open cells if the training is done."""
    training = store.training(job.spec.key())
    if not store.done(training):
        store.write_failure(training, job.spec, reason, trace)
    for name, cell in job.cells.items():
        if not store.done(store.cell(name)):
            store.write_failure(store.cell(name), cell.spec, reason, trace)


def _build(job: Job, device: torch.device) -> Model:
    kind: type[Model] = job.entry.load()
    config = kind.Config(**job.spec.config)
    view = trained_view(HERE, job)
    with seeded(_seeds(job).start):
        model = kind(view.task, config, job.spec.variant)
        if job.regime.fill == "learned":
            learn_to_fill(model, view)
    return model.to(device)


def _train(job: Job, model: Model, device: torch.device, store: Store) -> tuple[float, str]:
    """Train and store; return the seconds, and a note on the dev score."""
    _load_libraries()
    started = time.perf_counter()
    whole = trained_view(HERE, job)
    view = whole.without_test()
    process = HERE.get(job.corpus).dataset.generating_process()
    seeds = _seeds(job)
    session = TrainingSession(view, job.regime, model.config, seeds.start, device, process)
    session.continuation = continuation = _continuation(job, device, store)
    resumed = continuation.looks_saved
    session.watcher = watcher = LookWriter(store.look(job.spec.key()), device)
    watcher.remove()  # what a killed run has left
    session.best_looks = looks = best_looks(job, whole)
    try:
        with seeded(seeds.fit):
            model.fit(session)
    finally:
        watcher.remove()
    if job.regime.fill == "learned":
        check_learned(model)
    seconds = continuation.seconds_before + time.perf_counter() - started
    score, _ = session.dev_score(model)
    place = _place(session)
    report = TrainingReport(
        params=sum(p.numel() for p in model.parameters()),
        train_seconds=seconds,
        epochs=tuple(Epoch(**epoch) for epoch in session.epochs),
        best_epoch=session.best_epoch,
        dev_macro_f1=score,
        device=str(device),
    )
    kept = looks.table() if looks else None
    store.write(store.training(job.spec.key()), job.spec, report, model.state_dict(), kept)
    store.unfinished(job.spec.key()).unlink(missing_ok=True)
    went_on = f" (went on after {counted(resumed, 'look')} at dev)" if resumed else ""
    return seconds, f"dev macro-F1 {score:.3f}".replace("0.", ".", 1) + place + went_on


@functools.cache
def _load_libraries() -> None:
    """Load what is loaded at first use: seconds that belong to no training."""
    import sklearn.linear_model
    import sklearn.metrics  # noqa: F401

    torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))])


def _place(session: TrainingSession) -> str:
    """Which look the weights are from, in words; "" without a look at dev."""
    if session.best_epoch is None:
        return ""
    seen = [epoch.get("dev_macro_f1") is not None for epoch in session.epochs]
    return f" at look {sum(seen[: session.best_epoch])} of {sum(seen)}"


def _continuation(job: Job, device: torch.device, store: Store) -> Continuation:
    """What saves the training's state, and goes on from one that a killed run has left."""
    path = store.unfinished(job.spec.key())
    # The same numbers can be expected of the same arithmetic alone.
    made_by = {
        "emobench": version("emobench"), "source": core_digest(),
        "torch": torch.__version__, "device": str(device),
    }  # fmt: skip
    # What was kept of the looks is no part of a saved state: such a training starts again.
    goes_on = job.flaw != BEST_PER_MEASURE
    return Continuation(
        lambda state: write_state(path, state, made_by),
        read_state(path, made_by) if goes_on else None,
        every=job.save_every if goes_on else 0,
    )


def _seeds(job: Job) -> TrainingSeeds:
    return training_seeds(job.spec.model, job.spec.fold, job.spec.seed)


def _reason(error: Exception) -> str:
    """The error in one line, with its place if that is in the model's own code."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else "no message"
    if isinstance(error, EmobenchError):
        return text
    frame = traceback.extract_tb(error.__traceback__)[-1]
    for candidate in reversed(traceback.extract_tb(error.__traceback__)):
        if "site-packages" not in candidate.filename:
            frame = candidate
            break
    return f"{type(error).__name__}: {text} ({Path(frame.filename).name}:{frame.lineno})"
