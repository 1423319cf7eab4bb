"""One training in a worker: its model, its session, and the report of its course."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from emobench.conditions.learned_fill import check_learned, fill_lengths, learn_to_fill
from emobench.corpus.view import FoldView
from emobench.digest import core_digest
from emobench.errors import ModelError
from emobench.grid.execution.live_look import LookWriter
from emobench.grid.execution.software import software
from emobench.grid.plan.jobs import Job
from emobench.interface.model import Model, build_model
from emobench.isolation.containment import contained
from emobench.randomness import TrainingSeeds, training_seeds
from emobench.remote.team import Team
from emobench.store.records import Epoch, TrainingReport
from emobench.store.store import Store
from emobench.store.training_state import read_state, write_state, write_weights
from emobench.training.continuation import Continuation, Paused, looks_at_dev
from emobench.training.course import DivergenceError
from emobench.training.looks.best_looks import BestLooks
from emobench.training.memory.batch_parts import exceptions
from emobench.training.seeding import seeded
from emobench.training.session import TrainingSession
from emobench.wording import counted, score_text


class Trained(NamedTuple):
    """A model after its training.

    Parameters
    ----------
    model
        The model, with the best look's weights unless the training was paused.
    report
        Cost, course and dev score.
    note
        The dev score in words.
    ended
        Whether the training came to its end, and was not paused.
    """

    model: Model
    report: TrainingReport
    note: str
    ended: bool


def build(job: Job, view: FoldView, device: torch.device) -> Model:
    """Build the model of `job` with the initial weights of its seed."""
    kind: type[Model] = job.entry.load()
    config = kind.Config(**job.spec.config)
    with seeded(_seeds(job).start):
        model = build_model(kind, view.task, config, job.spec.variant)
        if job.regime.fill == "learned":
            learn_to_fill(model, fill_lengths(view))
    return model.to(device)


def train(
    job: Job,
    model: Model,
    view: FoldView,
    process: NDArray[np.float64] | None,
    device: torch.device,
    store: Store,
    key: str,
    pause: int = 0,
    looks: BestLooks | None = None,
    team: Team | None = None,
) -> Trained:
    """Train `model` on `view`, which has no test rows.

    Parameters
    ----------
    job, model
        The training, and its model as `build` made it.
    view
        The fold, without its test rows.
    process
        The generating process of a simulated corpus, else None.
    device
        Where the model is.
    store, key
        Keeps the state of the training while it is not finished, under this name.
    pause
        Looks at dev after which the training is paused, its state saved; 0: it is not.
    looks
        Keeps predictions of the looks, for a training whose flaw is to watch the test part.
    team
        The processes that share the training. Only the one that leads writes anything.
    """
    assert not len(view.parts.test), "a training sees no test row"
    _load_libraries()
    started = time.perf_counter()
    session = _session(job, model, view, process, device)
    session.best_looks, session.team = looks, team
    leads = team is None or team.leads
    # What was kept of the looks is no part of a saved state: such a training starts again.
    continuation = _continuation(job, device, store, key, pause, looks is None, leads)
    session.continuation = continuation
    if team is not None:
        team.check_alike(continuation.looks_saved, _sum_of_weights(model))
    resumed = continuation.looks_saved
    watcher = LookWriter(store.look(key), device, session.epochs, resumed)
    session.watcher = watcher if leads else None
    if leads:
        watcher.remove()  # what a killed run has left
    ended = _fit(job, model, session, store, key)
    if ended and job.regime.fill == "learned":
        check_learned(model)
    seconds = continuation.seconds_before + time.perf_counter() - started
    score = session.dev_score(model)[0] if ended else best_of_stage(session.epochs, pause)
    place = _place(session) if ended else f" after {counted(pause, 'look')}"
    note = f"dev macro-F1 {score_text(score)}{place}{_went_on(resumed)}{_cut(session, model)}"
    return Trained(model, _report(session, model, seconds, score), note, ended)


def _fit(job: Job, model: Model, session: TrainingSession, store: Store, key: str) -> bool:
    """Train; whether the training came to its end, and was not paused."""
    try:
        with seeded(_seeds(job).fit), contained():
            model.fit(session)
    except Paused:
        return False
    except DivergenceError as error:
        if session.watcher is None and session.team is not None:
            raise  # the process that leads keeps them
        raise ModelError(f"{error}{kept_weights(error, store.last_good(key))}") from error
    store.last_good(key).unlink(missing_ok=True)
    return True


def kept_weights(error: DivergenceError, path: Path) -> str:
    """Keep the weights of the best look before a divergence, and say so."""
    if not error.weights:
        return "; it had made no look at dev before"
    about = {"look": str(error.look), "dev_macro_f1": str(error.score)}
    write_weights(path, error.weights, about)
    return (
        f"; the weights of its best look until then, look {error.look} with dev macro-F1 "
        f"{score_text(error.score or 0.0)}, are kept in {path.parent.name}/{path.name}"
    )


def _session(
    job: Job,
    model: Model,
    view: FoldView,
    process: NDArray[np.float64] | None,
    device: torch.device,
) -> TrainingSession:
    start = _seeds(job).start
    return TrainingSession(view, job.regime, model.config, start, device, process)


def _went_on(looks: int) -> str:
    return f" (went on after {counted(looks, 'look')} at dev)" if looks else ""


def _cut(session: TrainingSession, model: Model) -> str:
    """Say that batches were cut, if they were, and whether that changed the updates."""
    if session.parts.most is None:
        return ""
    return (
        f"; batches went through it {session.parts.most} utterances at a time, as many as the "
        f"memory of {session.device} held, with the updates of whole batches"
        f"{exceptions(model, session.config.loss)}"
    )


def _sum_of_weights(model: Model) -> float:
    return sum(float(p.detach().sum()) for p in model.parameters())


def _report(session: TrainingSession, model: Model, seconds: float, score: float) -> TrainingReport:
    report = TrainingReport(
        params=sum(p.numel() for p in model.parameters()),
        train_seconds=seconds,
        epochs=tuple(Epoch(**epoch) for epoch in session.epochs),
        best_epoch=session.best_epoch,
        dev_macro_f1=score,
        device=str(session.device) + (f" ({session.team.size} processes)" if session.team else ""),
        software=software(session.device),
    )
    if session.parts.most is None:
        return report
    return report.model_copy(update={"at_once": session.parts.most})


def best_of_stage(epochs: Sequence[Mapping[str, Any]], looks: int) -> float:
    """Best dev macro-F1 among the first `looks` looks at dev that are of the last one's stage."""
    seen = [epoch for epoch in epochs if epoch.get("dev_macro_f1") is not None][:looks]
    stage = seen[-1].get("stage", "")
    return max(float(e["dev_macro_f1"]) for e in seen if e.get("stage", "") == stage)


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
    best = looks_at_dev(session.epochs[: session.best_epoch])
    return f" at look {best} of {looks_at_dev(session.epochs)}"


def _continuation(
    job: Job,
    device: torch.device,
    store: Store,
    key: str,
    pause: int,
    goes_on: bool,
    leads: bool,
) -> Continuation:
    """What saves the training's state, and goes on from one that a killed run has left."""
    path = store.unfinished(key)
    # The same numbers can be expected of the same arithmetic alone.
    made_by = {
        "emobench": version("emobench"), "source": core_digest(),
        "torch": torch.__version__, "device": device.type,
    }  # fmt: skip
    return Continuation(
        lambda state: write_state(path, state, made_by) if leads else None,
        read_state(path, made_by) if goes_on else None,
        every=job.save_every if goes_on else 0,
        pause=pause,
    )


def _seeds(job: Job) -> TrainingSeeds:
    return training_seeds(job.spec.model, job.spec.fold, job.spec.seed)
