"""Checks on the output of `forward`: shapes, single utterances, lengths, absent modalities."""

from __future__ import annotations

import itertools

import numpy as np
import torch

from emobench.contract.agreement import answer, same, sound, tolerance
from emobench.contract.batch_changes import shortened, take
from emobench.contract.failure import ContractError, Symptom, trying
from emobench.contract.subject import DROP, Subject
from emobench.corpus.split import Split
from emobench.interface.batch import Batch, Output
from emobench.interface.model import Model
from emobench.training.seeding import seeded

SINGLES = 4
"""Number of utterances of the training with batches of a single utterance."""
PER_SUBSET = 3


def check_output(subject: Subject) -> None:
    """Logits ``[B, C]``, finite and float; modality weights zero where absent, summing to 1."""
    batch = subject.batch()
    for stage, model in subject.stages():
        tried = f"{len(batch)} utterances, {stage} model"
        with trying(tried, subject.path):
            output = answer(subject, model, batch, tried)
        if not output.logits.is_floating_point():
            happened = f"the logits are {output.logits.dtype}, not float"
            raise ContractError(tried, happened, subject.place("forward"))
        _check_weights(subject, output, batch, tried)
        for name, value in output.losses.items():
            if value.numel() != 1 or not torch.isfinite(value).all():
                happened = f"the auxiliary loss {name!r} is not one finite number"
                raise ContractError(tried, happened, subject.place("forward"))


def _check_weights(subject: Subject, output: Output, batch: Batch, tried: str) -> None:
    weights = output.modality_weights
    if weights is None:
        return
    look = subject.place("forward")
    strange = sorted(set(weights) - set(batch.present))
    if strange:
        raise ContractError(tried, f"there is a modality weight for {strange[0]!r}", look)
    total = torch.zeros(len(batch))
    for modality, values in weights.items():
        if tuple(values.shape) != (len(batch),) or not torch.isfinite(values).all():
            happened = f"the weights of {modality} are not {len(batch)} finite numbers"
            raise ContractError(tried, happened, look)
        if (values[~batch.present[modality]] != 0).any():
            share = float(values[~batch.present[modality]].abs().max())
            happened = f"{modality} weighs {share:.2g} where it is absent, and should weigh 0"
            raise ContractError(tried, happened, look)
        total = total + values
    something = torch.stack([batch.present[m] for m in weights]).any(dim=0)
    if not torch.allclose(total, something.float(), atol=1e-4):
        worst = float(total[(total - something.float()).abs().argmax()])
        happened = f"the modality weights of an utterance sum to {worst:.4g}, not to 1"
        raise ContractError(tried, happened, look)


def check_batch_of_one(subject: Subject) -> None:
    """A single utterance has the same logits alone as in a batch, and can be trained on alone."""
    batch = subject.batch()
    chosen = [0, 1, len(batch) - 1]
    for stage, model in subject.stages():
        tried = f"one utterance alone, {stage} model"
        with trying(tried, subject.path):
            together = answer(subject, model, batch, "the same among others").logits
            for i in chosen:
                one = take(batch, torch.tensor([i]))
                alone = answer(subject, model, one, tried).logits
                look = f"what mixes utterances or drops dimensions in {subject.place('forward')}"
                same(together[[i]], alone, one.ids, tried, look, tolerance(together))
    with trying("training on a single utterance", subject.path):
        _train_on_one(subject)


def _train_on_one(subject: Subject) -> None:
    complete = subject.complete(SINGLES * 2)
    model = subject.build(epochs=1, patience=1, batch_size=1)
    for row in complete[:2]:
        _training_step(subject, model, subject.batch(np.array([row])), "training on one utterance")
    parts = Split(complete, subject.view.parts.dev, complete[:0])
    # A closed form cannot be solved if a class has lost its only utterance.
    drop = 0.0 if subject.short_fit.closed_form else DROP
    session = subject.session(model, parts=parts, drop=drop)
    with seeded(1):
        model.fit(session)


def _training_step(subject: Subject, model: Model, batch: Batch, tried: str) -> None:
    """Forward and backward in training mode; the loss and every gradient must be finite."""
    if subject.short_fit.closed_form:
        return
    model.train()
    model.zero_grad()
    with seeded(1):
        loss = model.loss(sound(subject, model(batch), batch, tried), batch)
        if not torch.isfinite(loss):
            raise ContractError(tried, f"the loss is {float(loss)}", subject.place("loss"))
        loss.backward()  # type: ignore[no-untyped-call]
    for name, parameter in model.named_parameters():
        if parameter.grad is not None and not torch.isfinite(parameter.grad).all():
            happened = f"the gradient of {name} is NaN or infinite, though the loss is finite"
            raise ContractError(tried, happened, subject.place("forward"), Symptom.NOT_FINITE)
    model.eval()


def check_ragged_lengths(subject: Subject) -> None:
    """A batch can mix very different lengths, down to a single step."""
    rows = subject.complete(12)
    shortest = subject.view.parts.train[:1]
    batches = {
        "lengths from one step to the longest": shortened(subject.batch(rows)),
        "the shortest clips alone": subject.batch(np.repeat(shortest, 2)),
        "the shortest clip beside long ones": subject.batch(np.concatenate([shortest, rows])),
    }
    for what, batch in batches.items():
        for stage, model in subject.stages():
            tried = f"{what}, {stage} model"
            with trying(tried, subject.path):
                answer(subject, model, batch, tried)
        with trying(f"{what}, training", subject.path):
            _training_step(subject, subject.build(), batch, f"{what}, training")


def check_every_subset(subject: Subject) -> None:
    """Every subset of the model's modalities works, separately and mixed in a batch."""
    view = subject.view
    own = subject.modalities
    subsets = [s for n in range(1, len(own) + 1) for s in itertools.combinations(own, n)]
    if set(own) < set(view.modalities):
        # An utterance may have only modalities that the model does not read.
        subsets.append(())
    rows = subject.complete(PER_SUBSET * 4)[:PER_SUBSET]
    masks = {}
    for subset in subsets:
        kept = [m in subset or m not in own for m in view.modalities]
        masks["+".join(subset) or "none of its modalities"] = np.tile(kept, (len(rows), 1))
    batches = {f"only {name}": subject.batch(rows, mask) for name, mask in masks.items()}
    batches["all subsets mixed"] = subject.batch(
        np.tile(rows, len(masks)), np.concatenate(list(masks.values()))
    )
    for what, batch in batches.items():
        for stage, model in subject.stages():
            tried = f"{what} present, {stage} model"
            with trying(tried, subject.path):
                answer(subject, model, batch, tried)
        with trying(f"{what} present, training", subject.path):
            _training_step(subject, subject.build(), batch, f"{what} present, training")
