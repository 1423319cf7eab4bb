"""Checks that an utterance's logits depend only on its own visible inputs."""

from __future__ import annotations

import torch

from emobench.contract.agreement import answer, same, same_answers, tolerance
from emobench.contract.batch_changes import padded, renamed, take, with_garbage
from emobench.contract.failure import ContractError, NotApplicable, trying
from emobench.contract.subject import Subject


def check_padding_invariance(subject: Subject) -> None:
    """More padding, and garbage in the padding, change nothing."""
    _reads_something(subject)
    batch = subject.batch()
    longer = padded(batch)
    for stage, model in subject.stages():
        tried = f"more padding, {stage} model"
        with trying(tried, subject.path):
            look = f"steps beyond lengths in {subject.place('forward')}; batch[m].mask says which"
            same_answers(subject, model, batch, longer, tried, look)
        for m in subject.modalities:
            tried = f"other values in the padding of {m}, {stage} model"
            with trying(tried, subject.path):
                look = f"what reads {m} in {subject.place('forward')}; weigh by batch[{m!r}].mask"
                garbage = with_garbage(longer, m, absent=False)
                same_answers(subject, model, longer, garbage, tried, look)


def check_batch_mates(subject: Subject) -> None:
    """Other utterances in the batch, and their order, change nothing."""
    batch = subject.batch()
    count = len(batch)
    for stage, model in subject.stages():
        look = f"statistics or mixing over the batch's first axis in {subject.place('forward')}"
        tried = f"the same utterances in another order, {stage} model"
        order = torch.arange(count - 1, -1, -1)
        with trying(tried, subject.path):
            whole = answer(subject, model, batch, tried).logits
            turned = answer(subject, model, take(batch, order), tried).logits[order]
            same(whole, turned, batch.ids, tried, look, tolerance(whole))
        for step in (2, 3):
            tried = (
                f"with {-(-count // step) - 1} batch mates instead of {count - 1}, {stage} model"
            )
            some = torch.arange(0, count, step)
            with trying(tried, subject.path):
                fewer = answer(subject, model, take(batch, some), tried).logits
                ids = tuple(batch.ids[i] for i in some.tolist())
                same(whole[some], fewer, ids, tried, look, tolerance(whole))


def check_erased_values(subject: Subject) -> None:
    """Values of absent modalities, labels and ids change nothing."""
    batch = subject.batch()
    for stage, model in subject.stages():
        for m in subject.modalities:
            assert not batch.present[m].all(), f"nobody lacks {m}: nothing would be tried"
            tried = f"other values where {m} is absent, {stage} model"
            with trying(tried, subject.path):
                look = f"what reads {m} in {subject.place('forward')}; batch.present[{m!r}] says"
                garbage = with_garbage(batch, m, absent=True)
                same_answers(subject, model, batch, garbage, tried, f"{look} where it is absent")
        tried = f"other labels and ids, {stage} model"
        with trying(tried, subject.path):
            look = f"batch.labels or batch.ids in {subject.place('forward')}"
            same_answers(subject, model, batch, renamed(batch), tried, look)


def check_stateless(subject: Subject) -> None:
    """A batch has the same logits before and after another batch, and no buffer changes."""
    batch = subject.batch()
    other = subject.batch(subject.complete(12))
    for stage, model in subject.stages():
        tried = f"the same batch twice with another between, {stage} model"
        with trying(tried, subject.path):
            before = {k: v.detach().clone() for k, v in model.state_dict().items()}
            first = answer(subject, model, batch, tried).logits.clone()
            answer(subject, model, other, tried)
            second = answer(subject, model, batch, tried).logits
            look = f"what forward keeps, or draws at random, in {subject.place('forward')}"
            same(first, second, batch.ids, tried, look, 0.0)
        changed = [k for k, v in model.state_dict().items() if not torch.equal(v, before[k])]
        if changed:
            happened = f"{changed[0]} changed in evaluation"
            raise ContractError(tried, happened, f"what writes to it in {subject.place('forward')}")


def _reads_something(subject: Subject) -> None:
    if not subject.modalities:
        raise NotApplicable("its card names no inputs")
