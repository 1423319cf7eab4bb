"""Estimates how long the trainings of a plan take, before any training starts."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean, median
from typing import Any

import torch

from emobench.contract.fixture import contract_fixture
from emobench.corpus.corpus import Corpus
from emobench.corpus.split import split
from emobench.grid.plan.jobs import Job
from emobench.interface.model import Model, build_model
from emobench.interface.training_config import TrainingConfig
from emobench.store.index import Index
from emobench.store.spec import read_spec
from emobench.training.budget import budget
from emobench.training.seeding import seeded
from emobench.training.session import TrainingSession
from emobench.wording import counted

Key = tuple[str, str, str]
"""Model, its configuration, corpus."""
UNKNOWN_WORKERS = "a single worker; how many jobs run at once is unknown before they run"
"""Where a queue that others share starts the jobs."""


@dataclass(frozen=True)
class Estimate:
    """How long trainings take.

    Parameters
    ----------
    text
        The same in words, and how it was found.
    low, high
        Seconds: if every training stops as early as it can, and if none does.
    workers
        How many jobs run at once; None if nobody knows, and the seconds are those of one worker.
    """

    text: str
    low: float
    high: float
    workers: int | None

    def __str__(self) -> str:
        return self.text


def estimate(
    left: Sequence[Job], corpora: Mapping[str, Corpus], index: Index, workers: int | None
) -> Estimate:
    """Say how long `left` takes with the given number of workers, as a range.

    Without a number (None) it is the time of one worker, and that nobody knows how many there are.

    If an equal training is stored, its duration counts. Any other training is timed here: some
    updates on a few made utterances of about a second. The range goes from the fewest looks at dev
    that its patience allows to its whole budget.
    """
    known = _stored_seconds(index)
    probed: dict[str, Cost] = {}
    low, high, measured = 0.0, 0.0, 0
    shares: dict[str, float] = defaultdict(float)
    for job in left:
        if index.training(job.key) == "done":
            continue
        key = _key(job.spec.model, job.spec.config, job.spec.dataset)
        if key in known:
            low, high = low + known[key], high + known[key]
            shares[job.spec.model] += known[key]
            continue
        measured += 1
        name = f"{job.spec.model}{job.inputs}"  # the ablations of a model cost about the same
        if name not in probed:
            probed[name] = _probe(job)
        corpus = corpora[job.corpus.label]
        size = len(split(corpus, job.policy, job.spec.fold).train)
        fewest, most = (probed[name].seconds(size, n) for n in _passes(job, size))
        low, high = low + fewest, high + most
        shares[job.spec.model] += most
    low, high = low / (workers or 1), high / (workers or 1)
    span = _span(low, high)
    how = "from trainings that are stored" if not measured else _method(measured, span)
    dear = _slowest_models(shares)
    team = counted(workers, "worker") if workers else UNKNOWN_WORKERS
    return Estimate(f"estimate: {span} with {team} ({how}){dear}", low, high, workers)


def _passes(job: Job, size: int) -> tuple[float, float]:
    """Passes over a train part of `size` utterances: as few as patience allows, and at most."""
    if getattr(job.entry.card, "closed_form", False):  # solved in one
        return 1.0, 1.0
    config: TrainingConfig = job.entry.load().Config(**job.spec.config)
    if config.epochs:
        return min(config.epochs, config.patience + 1), config.epochs
    batches = math.ceil(max(size, 1) / config.batch_size)
    most = budget(config, batches) * config.accumulation / batches
    return most * min(1.0, (config.patience + 1) / config.looks), most


def _slowest_models(shares: Mapping[str, float]) -> str:
    """The models that take most of the time, at most three, in words."""
    total = sum(shares.values())
    if len(shares) < 2 or not total:
        return ""
    most = sorted(shares, key=lambda model: -shares[model])[:3]
    return "; most of it: " + ", ".join(f"{m} {shares[m] / total:.0%}" for m in most)


def _method(measured: int, span: str) -> str:
    ends = ""
    if " to " in span:
        ends = (
            "the first figure if every training stops as early as it can, the second if none does; "
        )
    return (
        f"{measured} timed on made clips of a second, longer ones take longer; {ends}preparing "
        "data not counted"
    )


def _span(low: float, high: float) -> str:
    if high < 90:
        return f"about {max(1, round(high))} s"
    if high < 1.3 * low:
        return f"about {round(high / 60)} min"
    return f"{max(1, round(low / 60))} to {round(high / 60)} min"


def _key(model: str, config: Mapping[str, Any], dataset: str) -> Key:
    return model, str(sorted(config.items())), dataset


def stored_times(index: Index) -> Iterator[tuple[tuple[str, str], float]]:
    """Model and corpus of every stored training, and its seconds."""
    for row, plain in index.specs():
        if row.state == "done" and row.seconds is not None:
            yield (str(plain.get("model")), str(plain.get("dataset"))), row.seconds


def _stored_seconds(index: Index) -> dict[Key, float]:
    """Median seconds of the trainings that are stored."""
    found: dict[Key, list[float]] = defaultdict(list)
    for row, plain in index.specs():
        if row.state == "done" and row.seconds is not None and (spec := read_spec(plain)):
            found[_key(spec.model, spec.config, spec.dataset)].append(row.seconds)
    return {key: median(values) for key, values in found.items()}


@dataclass(frozen=True)
class Cost:
    """Seconds per train utterance: of a pass, and of what comes once, as a stage of its own."""

    of_pass: float = 0.0
    once: float = 0.0

    def seconds(self, size: int, passes: float) -> float:
        """Seconds of a training on `size` utterances."""
        return size * (self.once + passes * self.of_pass)


def _probe(job: Job) -> Cost:
    """What a training costs, from one epoch on the made corpus."""
    kind: type[Model] = job.entry.load()
    config: TrainingConfig = replace(kind.Config(**job.spec.config), epochs=1)
    here = contract_fixture()
    sources = here.corpus.sources
    inputs = {m: names for m, names in job.inputs.items() if m in sources}
    try:
        view = here.view(inputs).without_test()
        with seeded(0):
            model = build_model(kind, view.task, config, job.spec.variant)
            process = here.corpus.dataset.generating_process()
            session = TrainingSession(view, job.regime, config, 0, torch.device("cpu"), process)
            model.fit(session)  # the first epoch also loads and builds what later epochs reuse
            session.epochs.clear()
            started = time.perf_counter()
            model.fit(session)
    except Exception:
        return Cost()  # it fails in the run too, immediately
    total, size = time.perf_counter() - started, len(view.parts.train)
    looks = [one["seconds"] for one in session.epochs if "dev_macro_f1" in one]
    if not looks:  # a training without the harness's loop
        return Cost(of_pass=total / size)
    return Cost(of_pass=mean(looks) / size, once=max(0.0, total - sum(looks)) / size)
