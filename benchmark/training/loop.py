"""The training loop that all models share, so that a comparison compares architectures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch

from emobench.denormals import denormals_flushed
from emobench.errors import ModelError
from emobench.interface.batch import Batch
from emobench.interface.model import Loss, Model, Session, Stateful
from emobench.interface.training_config import TrainingConfig
from emobench.training.continuation import Continuation
from emobench.training.course import Course
from emobench.training.step import OrdinaryStep

Optimizers = torch.optim.Optimizer | Sequence[torch.optim.Optimizer]


def train(
    model: Model,
    session: Session,
    config: TrainingConfig | None = None,
    step: Callable[[Batch], Loss] | None = None,
    optimizer: Optimizers | None = None,
    stage: str = "",
    state: Mapping[str, Stateful] | None = None,
) -> None:
    """Train until the budget or the patience is at its end, and keep the best look's weights.

    AdamW unless the model chooses otherwise, the config's schedule, gradient clipping,
    accumulation, bfloat16 on a GPU. Of two looks with equal dev macro-F1, the one with the lower
    dev loss is better.

    Parameters
    ----------
    model, session
        The model, and its training.
    config
        Budget, schedule, patience, clipping and accumulation of this stage, if not the session's.
    step
        Replaces the ordinary step: given a batch, it makes its own updates and returns
        the loss to report, or several by name. The one named ``classification`` is the record's
        ``train_loss``.
    optimizer
        Replaces ``model.optimizer()``; with `step`, all optimisers that it uses, so that the
        schedule reaches them.
    stage
        A word for this stage in the record of looks.
    state
        What `step` keeps beside its optimisers, by name, so that a killed training can go on.

    Raises
    ------
    ModelError
        The loss is not finite, the logits have the wrong shape, or the schedule reaches nothing.
    """
    config = config or session.config
    optimizers = _optimizers(model, config, step, optimizer)
    _check_shared(session, step)
    if step is None:
        step = OrdinaryStep(model, session, config, optimizers[0])
    course = Course(model, session, config, step, optimizers, stage, state)
    continuation: Continuation | None = getattr(session, "continuation", None)
    with denormals_flushed():
        if continuation is not None and continuation.skip_loop(model, session):
            return
        if continuation is not None:
            continuation.enter_loop(course)
        while not course.ended:
            course.train_to_next_look()
            course.look()
            # A step's own optimisers, unnamed, could not be restored.
            if continuation is not None and optimizers:
                continuation.looked(course)
        course.schedule.end()
        model.load_state_dict(course.best_weights)
        if continuation is not None:
            continuation.leave_loop(model, session)


def _check_shared(session: Session, step: Callable[[Batch], Loss] | None) -> None:
    """Refuse what several processes cannot share: updates that a model makes itself."""
    if step is not None and getattr(session, "team", None) is not None:
        raise ModelError(
            "it makes its own updates, which several processes cannot share; run it without "
            "--processes"
        )


def _optimizers(
    model: Model,
    config: TrainingConfig,
    step: Callable[[Batch], Loss] | None,
    named: Optimizers | None,
) -> list[torch.optim.Optimizer]:
    """The optimisers of a loop; none if a step keeps its own to itself."""
    if named is None and step is None:
        named = model.optimizer()
    found = [named] if isinstance(named, torch.optim.Optimizer) else list(named or [])
    if not found and config.schedule != "constant":
        raise ModelError(
            f"session.loop got a step and no optimizer, so schedule={config.schedule} cannot reach "
            "the step's step sizes; name its optimisers (optimizer=…) or use schedule=constant"
        )
    return found
