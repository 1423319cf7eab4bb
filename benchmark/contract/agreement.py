"""Comparing two answers of a model, up to rounding."""

from __future__ import annotations

import torch
from torch import Tensor

from emobench.contract.failure import ContractError, Symptom, diagnosis
from emobench.contract.subject import Subject
from emobench.errors import ModelError
from emobench.interface.batch import Batch, Output, validate_output
from emobench.interface.model import Model

RELATIVE_TO_SPREAD = 2e-5
"""Allowed difference, as a share of the spread of the answers over utterances."""
RELATIVE_TO_SIZE = 5e-6
"""Allowance for float32 rounding in a deep model, as a share of the largest answer."""


def answer(subject: Subject, model: Model, batch: Batch, tried: str) -> Output:
    """Output of `model` in evaluation, checked for its shape and for finite logits."""
    model.eval()
    with torch.inference_mode():
        return sound(subject, model(batch), batch, tried)


def sound(subject: Subject, output: Output, batch: Batch, tried: str) -> Output:
    """Return `output` if its logits are finite and ``[B, C]``; else raise `ContractError`."""
    try:
        validate_output(output, batch, len(subject.view.task.classes))
    except ModelError as error:
        rows = _odd(output, batch)
        place = subject.place("forward")
        raise ContractError(tried, f"{error}{rows}", place, *diagnosis(error)) from None
    return output


def _odd(output: Output, batch: Batch) -> str:
    """Name the modalities that the first utterance with NaN logits lacks."""
    logits = getattr(output, "logits", None)
    if logits is None or tuple(logits.shape[:1]) != (len(batch),):
        return ""
    bad = ~torch.isfinite(logits).flatten(1).all(dim=1)
    if not bad.any():
        return ""
    first = int(bad.nonzero()[0])
    lacking = [m for m, p in batch.present.items() if not p[first]]
    state = f"lacks {' and '.join(lacking)}" if lacking else "lacks nothing"
    return f" (the first of them {state})"


def tolerance(values: Tensor) -> float:
    """How much two answers may differ, given `values` ``[B, ...]`` of one of them."""
    spread = float((values - values.mean(dim=0)).abs().max())
    return RELATIVE_TO_SPREAD * spread + RELATIVE_TO_SIZE * float(values.abs().max()) + 1e-7


def same(
    first: Tensor, second: Tensor, ids: tuple[str, ...], tried: str, look: str, allowed: float
) -> None:
    """Raise `ContractError` unless `first` and `second` ``[B, ...]`` agree to `allowed`."""
    gaps = (first - second).abs().flatten(1).amax(dim=1)
    worst = int(torch.nan_to_num(gaps, nan=torch.inf).argmax())
    if not gaps[worst] <= allowed:
        raise ContractError(
            tried,
            f"the logits of utterance {ids[worst]} change by {float(gaps[worst]):.2g} "
            f"(rounding explains {allowed:.1g})",
            look,
            Symptom.UNEQUAL,
        )


def same_answers(
    subject: Subject, model: Model, first: Batch, second: Batch, tried: str, look: str
) -> None:
    """Raise `ContractError` unless `model` gives both batches equal answers, row by row."""
    reference = answer(subject, model, first, f"{tried}, before any change").logits
    changed = answer(subject, model, second, tried).logits
    same(reference, changed, first.ids, tried, look, tolerance(reference))
