"""What a worker process does: one training, and one forward pass per condition."""

from __future__ import annotations

import functools
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from emobench.conditions.build import batch_transforms
from emobench.conditions.learned_fill import check_learned, learn_to_fill
from emobench.conditions.masks import condition_mask
from emobench.corpus.corpus import Corpus, CorpusRequest, open_corpus
from emobench.corpus.view import FoldView
from emobench.errors import EmobenchError, ModelError
from emobench.grid.execution.evaluation_views import is_elsewhere, open_view, tested_view
from emobench.grid.plan.jobs import Cell, Job
from emobench.interface.model import Model
from emobench.missingness import missing_rate
from emobench.randomness import TrainingSeeds, training_seeds
from emobench.store.store import Store
from emobench.training.class_restriction import restricted
from emobench.training.predict import predict
from emobench.training.seeding import seeded
from emobench.training.session import TrainingSession


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Parameters
    ----------
    label
        Whose it is.
    done, failed
        Number of cells.
    seconds
        Seconds of training, 0 if the checkpoint was there.
    elapsed
        Seconds of the whole job.
    model
        The model's name: jobs of one model take about as long as one another.
    note
        Dev macro-F1, or the reason of the failure.
    """

    label: str
    done: int
    failed: int
    seconds: float
    note: str
    elapsed: float = 0.0
    model: str = ""


def choose_device(name: str) -> torch.device:
    """Turn ``auto``, ``cpu``, ``cuda`` or ``cuda:1`` into a device."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)


def run_job(job: Job, root: Path, device_name: str) -> Outcome:
    """Train unless the checkpoint is there, then predict every cell that is not."""
    started = time.perf_counter()
    store, device = Store(root), choose_device(device_name)
    seconds, note = 0.0, "checkpoint was there"
    done, failed = 0, 0
    try:
        view = _view(job)
        model = _build(job, view, device)
        if store.done(store.training(job.spec.key())):
            model.load_state_dict(store.checkpoint(job.spec.key()))
        else:
            seconds, note = _train(job, view, model, device, store)
    except Exception as error:
        note, failed = _reason(error), len(job.cells)
        write_job_failure(store, job, note, traceback.format_exc())
    else:
        for name, cell in job.cells.items():
            reason = _evaluate(store, job, name, cell, view, model, device)
            done, failed = done + (reason is None), failed + (reason is not None)
            note = reason or note
    elapsed = time.perf_counter() - started
    return Outcome(job.label, done, failed, seconds, note, elapsed, job.spec.model)


def _evaluate(
    store: Store,
    job: Job,
    name: str,
    cell: Cell,
    trained: FoldView,
    model: Model,
    device: torch.device,
) -> str | None:
    """Predict and store one cell; return the reason if that failed."""
    condition, ground = cell.condition, cell.ground
    try:
        view = _tested(job, trained, cell)
        rows = view.parts.test
        mask = condition_mask(
            condition, [view.ids[i] for i in rows], view.modalities, view.available[rows], job.masks
        )
        made = batch_transforms(condition, view)
        started = time.perf_counter()
        table = predict(model, view, mask, device, made)
        if ground and ground.classes:
            table = restricted(table, np.asarray(ground.places), len(ground.classes))
        report = {
            "predict_seconds": time.perf_counter() - started,
            "n": len(table),
            "missing_rate": missing_rate(mask, view.available[rows]),
        }
        for change in made:
            if findings := getattr(change, "findings", None):
                report["findings"] = findings()
        store.write(store.cell(name), cell.spec, report, predictions=table)
    except Exception as error:
        reason = _reason(error)
        store.write_failure(store.cell(name), cell.spec, reason, traceback.format_exc())
        return reason
    return None


def _tested(job: Job, trained: FoldView, cell: Cell) -> FoldView:
    """What `cell` is tested on."""
    if cell.ground is None:
        return trained
    corpus = _corpus(job.corpus)
    elsewhere = corpus
    if is_elsewhere(cell.ground, corpus):
        elsewhere = _opened_elsewhere(cell.ground.request)
    return tested_view(trained, corpus, job.policy, job.spec.fold, cell, elsewhere)


def write_job_failure(store: Store, job: Job, reason: str, trace: str) -> None:
    """Write that `job` failed: its training, or its open cells if the training is done."""
    training = store.training(job.spec.key())
    if not store.done(training):
        store.write_failure(training, job.spec, reason, trace)
    for name, cell in job.cells.items():
        if not store.done(store.cell(name)):
            store.write_failure(store.cell(name), cell.spec, reason, trace)


def _build(job: Job, view: FoldView, device: torch.device) -> Model:
    kind: type[Model] = job.entry.load()
    config = kind.Config(**job.spec.config)
    with seeded(_seeds(job).start):
        model = kind(view.task, config, job.spec.variant)
        if job.regime.fill == "learned":
            learn_to_fill(model, view)
    return model.to(device)


def _train(
    job: Job, view: FoldView, model: Model, device: torch.device, store: Store
) -> tuple[float, str]:
    started = time.perf_counter()
    process = _corpus(job.corpus).dataset.generating_process()
    seeds = _seeds(job)
    session = TrainingSession(
        view.without_test(), job.regime, model.config, seeds.start, device, process
    )
    with seeded(seeds.fit):
        model.fit(session)
    if job.regime.fill == "learned":
        check_learned(model)
    seconds = time.perf_counter() - started
    score, _ = session.dev_score(model)
    report = {
        "params": sum(p.numel() for p in model.parameters()),
        "train_seconds": seconds,
        "epochs": session.epochs,
        "best_epoch": session.best_epoch,
        "dev_macro_f1": score,
        "device": str(device),
    }
    store.write(store.training(job.spec.key()), job.spec, report, checkpoint=model.state_dict())
    return seconds, f"dev macro-F1 {score:.3f}".replace("0.", ".", 1)


def _seeds(job: Job) -> TrainingSeeds:
    return training_seeds(job.spec.model, job.spec.fold, job.spec.seed)


def _reason(error: Exception) -> str:
    """One line that names what went wrong and, in a model's own code, where."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else "no message"
    if isinstance(error, EmobenchError):
        return text
    frame = traceback.extract_tb(error.__traceback__)[-1]
    for candidate in reversed(traceback.extract_tb(error.__traceback__)):
        if "site-packages" not in candidate.filename:
            frame = candidate
            break
    return f"{type(error).__name__}: {text} ({Path(frame.filename).name}:{frame.lineno})"


@functools.lru_cache(maxsize=1)
def _opened(key: str) -> tuple[Corpus, dict[str, FoldView]]:
    return open_corpus(_requests[key]), {}


@functools.lru_cache(maxsize=4)
def _opened_other(key: str) -> Corpus:
    return open_corpus(_requests[key])


_requests: dict[str, CorpusRequest] = {}


def _opened_elsewhere(request: CorpusRequest) -> Corpus:
    key = f"{request.label}|{request.folders}"
    _requests[key] = request
    return _opened_other(key)


def _corpus(request: CorpusRequest) -> Corpus:
    return _remember(request)[0]


def _remember(request: CorpusRequest) -> tuple[Corpus, dict[str, FoldView]]:
    key = f"{request.label}|{request.folders}"
    _requests[key] = request
    return _opened(key)


def _view(job: Job) -> FoldView:
    """Open the fold, or take it from the last jobs' ones."""
    corpus, views = _remember(job.corpus)
    if corpus.digest != job.spec.dataset_digest:
        raise ModelError("the corpus changed on disk while the run was going on; start it again")
    key = f"{job.policy.name}|{job.flaw}|{job.spec.fold}|{sorted(job.inputs.items())}"
    if key not in views:
        views[key] = open_view(corpus, job.policy, job.spec.fold, job.inputs, job.flaw)
    return views[key]
