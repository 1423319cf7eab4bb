"""The check of models that generate a modality from the others."""

from __future__ import annotations

import itertools

import numpy as np
import torch

from emobench.contract.agreement import tolerance
from emobench.contract.batch_changes import erased, take
from emobench.contract.failure import ContractError, NotApplicable, Symptom, trying
from emobench.contract.subject import Subject
from emobench.interface.batch import Batch, Sequence
from emobench.interface.model import Model

COUNT = 8


def check_generate(subject: Subject) -> None:
    """Every modality is generated from every subset of the others, without reading itself."""
    if not subject.build().can_generate:
        raise NotApplicable("it implements no generate")
    whole = subject.batch(subject.complete(COUNT))
    for stage, model in subject.stages():
        for target in subject.modalities:
            others = [m for m in subject.modalities if m != target]
            made = {}
            for n in range(len(others) + 1):
                for given in itertools.combinations(others, n):
                    words = " and ".join(given) or "nothing"
                    tried = f"generating {target} from {words}, {stage} model"
                    showing = _show_only(whole, (target, *given))
                    with trying(tried, subject.path):
                        made[given] = _check_one(subject, model, showing, target, tried)
            tried = f"generating {target} from another subset for each utterance, {stage} model"
            with trying(tried, subject.path):
                _check_mixed(subject, model, made, target, tried)


def _show_only(batch: Batch, kept: tuple[str, ...]) -> Batch:
    for modality in batch.present:
        if modality not in kept:
            batch = erased(batch, modality)
    return batch


def _check_mixed(
    subject: Subject,
    model: Model,
    made: dict[tuple[str, ...], Sequence],
    target: str,
    tried: str,
) -> None:
    """A batch of mixed subsets generates the same values as each subset separately."""
    rows, subsets = subject.complete(COUNT), list(made)
    chosen = [subsets[i % len(subsets)] for i in range(len(rows))]
    kept = [[m in given for m in subject.view.modalities] for given in chosen]
    mixed = _generate(model, subject.batch(rows, np.array(kept)), target)
    for given, apart in made.items():
        where = torch.tensor([i for i, other in enumerate(chosen) if other == given])
        expected = Sequence(apart.values[where], apart.lengths[where])
        found = Sequence(mixed.values[where], mixed.lengths[where])
        why = f"not what {' and '.join(given) or 'nothing'} alone gave"
        _require_equal(expected, found, tried, why, subject.place("generate"))


def _check_one(subject: Subject, model: Model, batch: Batch, target: str, tried: str) -> Sequence:
    look = subject.place("generate")
    made = _generate(model, batch, target)
    expected = (len(batch), batch[target].values.shape[2])
    if made.values.dim() != 3 or (made.values.shape[0], made.values.shape[2]) != expected:
        happened = f"the values have shape {tuple(made.values.shape)}, expected "
        raise ContractError(tried, f"{happened}({expected[0]}, T, {expected[1]})", look)
    if tuple(made.lengths.shape) != (len(batch),) or made.lengths.dtype != torch.int64:
        happened = f"the lengths are {made.lengths.dtype} {tuple(made.lengths.shape)}, expected"
        raise ContractError(tried, f"{happened} int64 ({len(batch)},)", look)
    if (made.lengths < 1).any() or (made.lengths > made.values.shape[1]).any():
        happened = f"lengths run from {int(made.lengths.min())} to {int(made.lengths.max())} with "
        raise ContractError(tried, f"{happened}{made.values.shape[1]} steps of values", look)
    if not torch.isfinite(made.values).all():
        raise ContractError(tried, "there are NaN or infinite values", look, Symptom.NOT_FINITE)
    if made.values[~made.mask].any():
        raise ContractError(tried, "values beyond the lengths are not zero", look)
    again = _generate(model, batch, target)
    _require_equal(made, again, f"{tried}, twice", "something is drawn at random or kept", look)
    hidden = erased(batch, target)
    why = f"its own {target} is read"
    _require_equal(
        made, _generate(model, hidden, target), f"{tried}, its own {target} erased", why, look
    )
    turned = torch.arange(len(batch) - 1, -1, -1)
    other = _generate(model, _with_values_of(batch, target, turned), target)
    _require_equal(made, other, f"{tried}, its own {target} exchanged", why, look)
    for m in subject.modalities:
        if m != target and not batch.present[m].any():
            other = _generate(model, _erased_garbage(batch, m, subject), target)
            _require_equal(
                made, other, f"{tried}, other values where {m} is absent", f"{m} is read", look
            )
    half = torch.arange(0, len(batch), 2)
    few = _generate(model, take(batch, half), target)
    some = Sequence(made.values[half], made.lengths[half])
    _require_equal(some, few, f"{tried}, with fewer batch mates", "utterances are mixed", look)
    return made


def _generate(model: Model, batch: Batch, target: str) -> Sequence:
    model.eval()
    with torch.inference_mode():
        return model.generate(batch, target)


def _with_values_of(batch: Batch, modality: str, order: torch.Tensor) -> Batch:
    """`batch` with `modality` exchanged among its utterances."""
    inputs = {m: dict(parts) for m, parts in batch.inputs.items()}
    inputs[modality] = dict(take(batch, order).inputs[modality])
    return Batch(batch.ids, inputs, batch.present, batch.labels)


def _erased_garbage(batch: Batch, modality: str, subject: Subject) -> Batch:
    """`batch` with real values at `modality`, which all its utterances lack."""
    real = subject.batch(subject.complete(COUNT))
    inputs = {m: dict(parts) for m, parts in batch.inputs.items()}
    inputs[modality] = {
        name: Sequence(real.inputs[modality][name].values, sequence.lengths)
        for name, sequence in batch.inputs[modality].items()
    }
    return Batch(batch.ids, inputs, batch.present, batch.labels)


def _require_equal(first: Sequence, second: Sequence, tried: str, why: str, look: str) -> None:
    if not torch.equal(first.lengths, second.lengths):
        raise ContractError(tried, f"the lengths change: {why}", look)
    steps = int(first.lengths.max())
    one, two = first.values[:, :steps], second.values[:, :steps]
    gap = float((one - two).abs().max())
    if not gap <= tolerance(one):
        raise ContractError(tried, f"the values change by {gap:.2g}: {why}", look, Symptom.UNEQUAL)
