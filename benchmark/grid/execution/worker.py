"""The work of a worker: one training, and one forward pass per condition."""

from __future__ import annotations

import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from emobench.conditions.build import batch_transforms
from emobench.conditions.masks import condition_mask
from emobench.corpus.leakage.flawed_splits import BEST_PER_MEASURE
from emobench.corpus.view import FoldView
from emobench.denormals import denormals_flushed
from emobench.disk.refusal import raise_refusal
from emobench.disk.seal import DamageError
from emobench.errors import EmobenchError, ModelError
from emobench.executor import alone
from emobench.grid.execution.evaluation_views import tested_view, trained_view
from emobench.grid.execution.kept_looks import best_looks, with_best_looks
from emobench.grid.execution.outcome import Outcome
from emobench.grid.execution.team_processes import team_of
from emobench.grid.execution.time_left import work_kind
from emobench.grid.execution.training import build, train
from emobench.grid.mixture import refuse_mixture
from emobench.grid.open_corpora import OpenCorpora
from emobench.grid.plan.jobs import Job, PlannedCell
from emobench.interface.model import Model
from emobench.isolation.containment import contained, gpu_is_in_error
from emobench.isolation.surroundings import Surroundings, note, seed_everything
from emobench.missingness import missing_rate
from emobench.provenance.circumstances import circumstances
from emobench.provenance.view_digests import input_digests, mask_digest, split_record
from emobench.remote.team import Team
from emobench.store.cell_reader import CellReader
from emobench.store.cell_writer import CellWriter
from emobench.store.records import CellReport
from emobench.store.store import Store
from emobench.training.class_restriction import restricted
from emobench.training.device import choose_device
from emobench.training.memory.batch_parts import BatchParts, need
from emobench.training.predict import predict

HERE = OpenCorpora(most=5)
"""The corpora that this worker keeps open between jobs."""


@alone
def run_job(job: Job, root: Path, device_name: str) -> Outcome:
    """Train unless the checkpoint is stored, then predict every cell that is not stored."""
    with denormals_flushed(), Surroundings(job.key) as around:
        outcome = _run(job, Store(root), choose_device(device_name), around)
        around.restore()
    return marked(outcome, around)


def marked(outcome: Outcome, around: Surroundings) -> Outcome:
    """Return `outcome` with what its model changed, and whether its process is of use still."""
    is_spoiled = gpu_is_in_error()
    return replace(outcome, note=outcome.note + note(around.disturbed), spoiled=is_spoiled)


def _run(job: Job, store: Store, device: torch.device, around: Surroundings) -> Outcome:
    started = time.perf_counter()
    seconds, said = 0.0, "checkpoint was there"
    trains = not store.training_done(job.key)
    done, failed = 0, 0
    try:
        with contained():
            check_digest(job)
            view = trained_view(HERE, job)
            model = build(job, view, device)
            damage = _restore(model, job, store) if store.training_done(job.key) else ""
            if damage is not None:
                seconds, said = _train(job, model, view, device, store, around, bool(damage))
                # Another run may have ended it first: cells are those of the weights that are kept.
                model.load_state_dict(store.checkpoint(job.key))
                said = f"{said}; {damage}" if damage else said
    except DamageError:
        raise  # what was prepared rotted meanwhile: the same command makes it again
    except Exception as error:
        raise_refusal(error, store.root)  # the same command goes on: nothing failed for good
        said, failed = reason_of(error), len(job.cells)
        write_job_failure(store, job, said, traceback.format_exc())
    else:
        here = _circumstances_here(store, job, device)
        with store.cell_writer(job.key) as writer:
            for name, cell in job.cells.items():
                # Each cell starts as in a process that has just loaded the stored weights.
                around.restore()
                seed_everything(name)
                reason = _evaluate(store, writer, job, name, cell, model, device, here)
                done, failed = done + (reason is None), failed + (reason is not None)
                said = reason or said
                writer.write_due()
    elapsed = time.perf_counter() - started
    kind = work_kind(job.model, job.spec.dataset if trains else None)
    return Outcome(job.label, done, failed, seconds, said, elapsed, kind)


def _circumstances_here(store: Store, job: Job, device: torch.device) -> dict[str, str]:
    """The circumstances of the cells, if they are not those of their training."""
    trained, here = store.training_report(job.key), circumstances(device)
    return here if trained is not None and trained.circumstances != here else {}


def _restore(model: Model, job: Job, store: Store) -> str | None:
    """Load the stored weights into `model`; return why it must be trained again, if it must."""
    try:
        weights = store.checkpoint(job.key)
        if job.flaw == BEST_PER_MEASURE:
            store.looks(job.key)  # before the weights are loaded: a new training starts without
        model.load_state_dict(weights)
    except DamageError as error:
        return str(error)
    store.unfinished(job.key).unlink(missing_ok=True)
    return None


def check_digest(job: Job) -> None:
    """Raise an error if the corpus has changed since it was planned for."""
    expected = job.spec.dataset_digest
    if HERE.get(job.corpus).digest != expected:
        HERE.forget(job.corpus)  # an earlier run may have opened an older state
    if HERE.get(job.corpus).digest != expected:
        raise ModelError("the corpus changed on disk while the run was going on; start it again")


def _train(
    job: Job,
    model: Model,
    view: FoldView,
    device: torch.device,
    store: Store,
    around: Surroundings,
    damaged: bool,
) -> tuple[float, str]:
    """Train and store; return the seconds, and a note on the dev score.

    `damaged`: what is stored as finished cannot be used, and gives way.
    """
    key = job.key
    process = HERE.get(job.corpus).dataset.generating_process()
    looks = best_looks(job, view)
    solved = getattr(job.entry.card, "closed_form", False)
    count = 1 if solved else job.processes
    with team_of(count, device.type == "cpu", _follow, job, store) as team:
        found = train(
            job, model, view.without_test(), process, device, store, key, looks=looks, team=team
        )
    kept = looks.table() if looks else None
    around.restore()
    weights = found.model.state_dict()
    refuse_mixture(store, key, found.report, weights)
    split = split_record(view)
    store.write_record("splits", split.digest, split)
    changes: dict[str, Any] = {
        "circumstances": circumstances(device),
        "inputs": input_digests(view),
        "split": split.digest,
    }
    if around.disturbed:
        changes["disturbed"] = tuple(around.disturbed)
    report = found.report.model_copy(update=changes)
    store.write_training(key, job.spec, report, weights, kept, replace=damaged)
    store.unfinished(key).unlink(missing_ok=True)
    return found.report.train_seconds or 0.0, found.note


def _follow(team: Team, job: Job, store: Store) -> None:
    """Train as the leader of `team` does; nothing is written here."""
    device = team.accelerator.device
    view = trained_view(HERE, job)
    model = build(job, view, device)
    process = HERE.get(job.corpus).dataset.generating_process()
    train(job, model, view.without_test(), process, device, store, job.spec.key(), team=team)


def _evaluate(
    store: Store,
    writer: CellWriter,
    job: Job,
    name: str,
    cell: PlannedCell,
    model: Model,
    device: torch.device,
    here: dict[str, str],
) -> str | None:
    """Predict one cell and hand it to `writer`; return the reason if that failed.

    `here` are the circumstances, if they are not those of the training.
    """
    try:
        with contained():
            report, table = _predictions(job, cell, model, device)
        if here:
            report = report.model_copy(update={"circumstances": here})
        if job.flaw == BEST_PER_MEASURE:
            table = with_best_looks(table, store.looks(job.key))
        writer.add(name, cell.spec(job.key), report, table)
    except DamageError:
        raise
    except Exception as error:
        raise_refusal(error, store.root)
        reason = reason_of(error)
        writer.add_failure(name, cell.spec(job.key), reason, traceback.format_exc())
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
    parts = BatchParts(device)
    started = time.perf_counter()
    table = predict(model, view, mask, device, transforms, parts)
    if target and target.classes:
        table = restricted(table, np.asarray(target.places), len(target.classes))
    seconds = time.perf_counter() - started
    found: dict[str, Any] = {}
    for transform in transforms:
        if report := getattr(transform, "findings", None):
            found["findings"] = report()
    if parts.most is not None:
        found["at_once"] = parts.most
    rate = missing_rate(mask, view.available[rows])
    shown = mask_digest([view.ids[i] for i in rows], view.modalities, mask & view.available[rows])
    report = CellReport(
        predict_seconds=seconds, n=len(table), missing_rate=rate, mask=shown, **found
    )
    return report, table


def write_job_failure(store: Store, job: Job, reason: str, trace: str) -> None:
    """Write that `job` failed: its training, or its open cells if the training is done."""
    if not store.training_done(job.key):
        # Its cells fail with it, whichever are asked for.
        store.write_training_failure(job.key, job.spec, reason, trace)
        return
    known = CellReader(store.root)
    with store.cell_writer(job.key) as writer:
        for name, cell in job.cells.items():
            there = known.cell(job.key, name)
            if there is None or there.report is None:
                writer.add_failure(name, cell.spec(job.key), reason, trace)


def reason_of(error: Exception) -> str:
    """The error in one line, with its place if that is in the model's own code."""
    if isinstance(error, torch.OutOfMemoryError):
        return (
            f"the memory of the GPU is used up ({need(str(error))}) where no batch can be cut, as "
            "in updates that it makes itself; NAME:batch_size=N with a smaller N may need less"
        )
    text = str(error).strip().splitlines()[0] if str(error).strip() else "no message"
    if isinstance(error, EmobenchError):
        return text
    frame = traceback.extract_tb(error.__traceback__)[-1]
    for candidate in reversed(traceback.extract_tb(error.__traceback__)):
        if "site-packages" not in candidate.filename:
            frame = candidate
            break
    return f"{type(error).__name__}: {text} ({Path(frame.filename).name}:{frame.lineno})"
