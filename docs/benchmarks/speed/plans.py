"""Jobs of a grid, opened in this process as a worker opens them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import emobench.grid.execution.worker as work
from emobench import Folders
from emobench.corpus.joint.request import corpus_requests
from emobench.discovery.registry import resolve
from emobench.executors.in_process import InProcess
from emobench.grid.execution.preparation import DataPreparation
from emobench.grid.open_corpora import OpenCorpora
from emobench.grid.plan.corpora import distinct_parts, open_scopes
from emobench.grid.plan.jobs import Job
from emobench.grid.plan.plan import make_plan
from emobench.grid.plan.request import Request
from emobench.grid.screen import SilentScreen
from emobench.store.index import Index
from emobench.store.records import TrainingReport
from emobench.store.spec import read_spec
from emobench.store.store import Store
from emobench.store.training_folder import read_training


class Made(NamedTuple):
    """A training of a results folder.

    Parameters
    ----------
    model
        Its model.
    updates, looks
        Optimiser updates, and looks at dev.
    seconds
        How long it took.
    """

    model: str
    updates: int
    looks: int
    seconds: float


def folders() -> Folders:
    """The folders that the environment names."""
    return Folders(Path(os.environ["EMOBENCH_DATA"]), Path(os.environ["EMOBENCH_CACHE"]))


def jobs(
    models: str,
    dataset: str,
    protocol: str = "full_modalities",
    seeds: int = 1,
    track: str = "controlled",
    device: str = "cpu",
) -> list[Job]:
    """The jobs of a request, with everything prepared that they read."""
    request = Request(
        models=resolve("model", models),
        protocols=resolve("protocol", protocol),
        corpora=corpus_requests(dataset, None, None, folders()),
        seeds=seeds,
        track=track,
    )
    corpora, screen = OpenCorpora(), SilentScreen()
    scopes = open_scopes(request, corpora, screen)
    plan = make_plan(scopes)
    with InProcess() as executor:
        parts = distinct_parts(scopes)
        DataPreparation(plan, parts, corpora, executor, device, screen).run()
    work.HERE.clear()
    return list(plan.jobs.values())


def trainings(results: Path) -> Iterator[Made]:
    """What the records of a results folder say of its trainings."""
    store = Store(results)
    for row, plain in Index(results).specs():
        spec = read_spec(plain)
        if row.state != "done" or spec is None:
            continue
        stored = read_training(store.training(row.key))
        if stored is None or stored.report is None:
            continue
        report = TrainingReport.model_validate(stored.report)
        last: dict[str, int] = {}
        looks = [epoch for epoch in report.epochs if epoch.dev_macro_f1 is not None]
        for epoch in looks:
            last[epoch.stage or ""] = epoch.updates or 0
        yield Made(spec.model, sum(last.values()), len(looks), report.train_seconds or 0.0)
