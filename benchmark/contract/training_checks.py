"""Checks on a training: its gradients, reproducibility, saving and learning."""

from __future__ import annotations

import math
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor
from torch.optim.lr_scheduler import ReduceLROnPlateau

from emobench.contract.agreement import answer
from emobench.contract.failure import ContractError, NotApplicable, Symptom, trying
from emobench.contract.subject import ShortFit, Subject
from emobench.corpus.split import Split
from emobench.interface.batch import Batch
from emobench.interface.model import Model
from emobench.interface.search_space import corners, preset_defect, space_defect
from emobench.training.schedule import idle_plateau, idle_schedule
from emobench.training.seeding import seeded
from emobench.training.session import TrainingSession

BY_HEART = 32
"""Utterances to be learned by heart."""
ACCURACY = 0.9
HEART_BATCH = 16
HEART_EPOCHS = 150
CORNER_ROWS = 16
"""Utterances that a corner of the search space is trained on, for one epoch."""


def check_gradients(subject: Subject) -> None:
    """Every parameter gets a gradient in a short training with absent modalities."""
    fit = subject.short_fit
    tried = "a short training in which some utterances lack each modality"
    if not fit.gradients.start:
        raise NotApplicable("it has no trainable parameters")
    if fit.closed_form:
        _check_closed_form(subject, fit)
    broken = sorted(fit.gradients.broken)
    if broken:
        happened = f"the gradient of {broken[0]} was NaN or infinite"
        raise ContractError(tried, happened, subject.place("forward"), Symptom.NOT_FINITE)
    without = fit.gradients.without
    if without:
        count = len(fit.gradients.largest)
        listed = ", ".join(without[:3]) + (f" and {len(without) - 3} more" if without[3:] else "")
        happened = f"{len(without)} of {count} parameters never got a gradient: {listed}"
        look = f"whether {subject.place('forward')} uses them, and whether anything detaches them"
        raise ContractError(tried, happened, look)


def _check_closed_form(subject: Subject, fit: ShortFit) -> None:
    """Raise `NotApplicable` for a closed form that has set every parameter, else fail."""
    after = dict(fit.model.named_parameters())
    still = [n for n, values in fit.gradients.start.items() if torch.equal(values, after[n])]
    if still:
        raise ContractError(
            "a short training",
            f"it makes no backward pass, and {still[0]} is as it was before",
            subject.place("fit"),
        )
    raise NotApplicable(
        f"its training makes no backward pass (a closed form); it set all {len(after)} parameters"
    )


def check_same_seed(subject: Subject) -> None:
    """Two trainings with the same seed give the same model, bit by bit."""
    first, second = subject.build(3).state_dict(), subject.build(3).state_dict()
    differ = [k for k, v in first.items() if not torch.equal(v, second[k])]
    if differ:
        raise ContractError(
            "building the model twice with the same seed",
            f"{differ[0]} differs",
            f"the random numbers in {subject.place('__init__')}; draw them from torch's generator",
        )
    tried = "the same short training twice with the same seed"
    look = f"random numbers in {subject.place('fit')} and {subject.place('forward')}; draw them "
    look += "from torch's generator or session.generator"
    _same_result(subject, subject.short_fit, subject.fit_shortly(), tried, look)
    if subject.card.deterministic:
        tried = "two trainings with different seeds of a model whose card says deterministic=True"
        one, other = (subject.fit_shortly(seed, drop=0.0) for seed in (0, 1))
        _same_result(subject, one, other, tried, subject.place("fit"))


def _same_result(
    subject: Subject, first: ShortFit, second: ShortFit, tried: str, look: str
) -> None:
    batch = subject.batch()
    with trying(tried, subject.path):
        one, two = (answer(subject, f.model, batch, tried).logits for f in (first, second))
    _require_equal(one, two, tried, look)


def _require_equal(first: Tensor, second: Tensor, tried: str, look: str) -> None:
    if not torch.equal(first, second):
        gap = float((first - second).abs().max())
        raise ContractError(tried, f"the logits differ by up to {gap:.2g}", look, Symptom.UNEQUAL)


def check_save_and_load(subject: Subject) -> None:
    """The saved weights in a model built with another seed give the same logits."""
    batch = subject.batch()
    for stage, model in subject.stages():
        tried = f"saving the {stage} model and loading it into one built with another seed"
        look = f"what {subject.place('__init__')} or {subject.place('fit')} keeps outside of "
        look += "parameters and registered buffers"
        with trying(tried, subject.path):
            expected = answer(subject, model, batch, tried).logits
            tensors = {k: v.detach().contiguous().clone() for k, v in model.state_dict().items()}
            reloaded = subject.build(seed=99)
            try:
                reloaded.load_state_dict(load(save(tensors)))
            except RuntimeError as error:
                happened = " ".join(str(error).split())
                raise ContractError(tried, happened, subject.place("__init__")) from None
            found = answer(subject, reloaded, batch, tried).logits
        _require_equal(expected, found, tried, look)


def check_schedule(subject: Subject) -> None:
    """The step size's schedule can act before patience or the budget ends the training."""
    if subject.card.closed_form:
        raise NotApplicable("it is solved in closed form")
    model = subject.build()
    try:
        own = model.scheduler(model.optimizer())
    except ValueError:  # no parameter, so no optimiser
        raise NotApplicable("it has no trainable parameters") from None
    config = subject.config
    tried, look = "the config's budget, patience and schedule", f"{type(config).__name__}'s values"
    idle = idle_schedule(config) if own is None else ""
    if isinstance(own, ReduceLROnPlateau):
        tried, look = "model.scheduler() beside the config's patience", subject.place("scheduler")
        idle = idle_plateau(config, own.patience)
    if idle:
        raise ContractError(tried, idle, look)


def check_search_space(subject: Subject) -> None:
    """The search space makes sense, and every corner of it trains: an epoch on 16 utterances."""
    space = subject.kind.search_space
    defect = space_defect(space, subject.config)
    # Further presets are a paper's: a whole corpus has other steps and sizes than are searched.
    if not defect and subject.track == "controlled" and "preset" not in subject.options:
        defect = preset_defect(space, subject.config, subject.options)
    if defect:
        happened = defect.removeprefix("search_space: ").rstrip(".")
        raise ContractError("its search_space", happened, f"it in {subject.path.name}")
    # What was set by hand after the name is not searched.
    searched = {name: p for name, p in space.items() if name not in subject.options}
    if not searched:
        raise NotApplicable("it has nothing to search")
    rows = subject.complete(CORNER_ROWS)
    parts = Split(rows, rows, rows[:0])
    batch = subject.batch(rows)
    chosen = list(corners(searched, subject.config))
    # Backbones are dear: all low, and all high.
    for corner in chosen if subject.track == "controlled" else chosen[-2:]:
        named = ", ".join(f"{name}={value}" for name, value in corner.items())
        tried = f"a training of one epoch with {named}, a corner of its search_space"
        model = _built_at(subject, corner, tried)
        with trying(tried, subject.path), seeded(1):
            model.fit(subject.session(model, parts=parts))
        answer(subject, model, batch, tried)


def _built_at(subject: Subject, corner: dict[str, Any], tried: str) -> Model:
    try:
        return subject.build(**corner | {"epochs": 1, "patience": 1})
    except ContractError as error:  # it says nothing of the corner
        raise ContractError(tried, str(error), "", error.symptom, error.cause) from error


class _Learned(Exception):  # noqa: N818 - it ends a training early, with success
    """The utterances are known by heart."""


class _HeartSession(TrainingSession):
    """Ends the training as soon as the utterances are known by heart."""

    def dev_score(self, model: Model) -> tuple[float, float]:
        """Macro-F1 and mean loss on the utterances to be learned."""
        score = super().dev_score(model)
        if score[0] >= ACCURACY and _accuracy(model, list(self.dev_batches())) >= ACCURACY:
            raise _Learned
        return score


def check_learns_by_heart(subject: Subject) -> None:
    """32 utterances, each with its class in every modality, are learned to 90%."""
    if not subject.modalities:
        raise NotApplicable("its card names no inputs, so it cannot tell utterances apart")
    if subject.track != "controlled":
        raise NotApplicable("on this track a training takes hours; the controlled one is checked")
    rows = subject.complete(BY_HEART)
    training = subject.ordinary_training
    training |= {
        "epochs": HEART_EPOCHS,
        "patience": HEART_EPOCHS,
        "batch_size": min(training["batch_size"], HEART_BATCH),
        "accumulation": 1,
        # Whether it can learn, not whether it does before a schedule lowers the step size.
        "schedule": "constant",
        "plateau": 0,
    }
    model = subject.build(**training)
    parts = Split(rows, rows, rows[:0])
    ordinary = subject.session(model, parts=parts)
    session = _HeartSession(
        ordinary.view, ordinary.regime, ordinary.config, 0, ordinary.device,
        ordinary.generating_process,
    )  # fmt: skip
    tried = f"{HEART_EPOCHS} epochs on {BY_HEART} utterances"
    with trying(tried, subject.path), seeded(1):
        try:
            model.fit(session)
        except _Learned:
            return
    accuracy = _accuracy(model, list(session.dev_batches()))
    if not accuracy >= ACCURACY:
        losses = [x for e in session.epochs if (x := e.get("train_loss")) is not None]
        fell = f", the loss went from {losses[0]:.2f} to {losses[-1]:.2f}" if losses else ""
        happened = f"it gets {accuracy:.0%} of them right, {ACCURACY:.0%} are expected{fell}"
        look = f"{subject.place('forward')}, {subject.place('fit')} and the learning rate"
        raise ContractError(tried, happened, look)


def _accuracy(model: Model, batches: list[Batch]) -> float:
    model.eval()
    with torch.inference_mode():
        right = [model(b).logits.argmax(dim=1) == b.labels for b in batches]
    share = float(torch.cat(right).float().mean())
    return share if math.isfinite(share) else 0.0
