"""Whether a rebuilt model gives its stored test predictions again, by the way that clips take."""

from __future__ import annotations

import numpy as np

from emobench.errors import RequestError
from emobench.inference.choice import ChosenTraining
from emobench.inference.description import Description, Proof
from emobench.inference.forward_pass import forward_pass
from emobench.inference.origin import Origin
from emobench.inference.preparation import Preparation
from emobench.interface.model import Model
from emobench.store.cell_reader import CellReader
from emobench.store.spec import ConditionSpec

QUICK = 64
"""Utterances that are compared at most where not all are asked for."""

ALIKE = 1e-5
"""Largest difference of a logit on the machine and the device that trained."""

FOREIGN = 1e-2
"""Largest difference that other devices and versions of libraries explain."""


def proof_of(
    chosen: ChosenTraining,
    origin: Origin,
    about: Description,
    preparation: Preparation,
    model: Model,
    whole: bool = False,
) -> Proof | None:
    """Predict test utterances of the training's corpus as if they were new clips, and compare.

    Parameters
    ----------
    chosen, origin
        The training and its corpus.
    about, preparation, model
        What was rebuilt.
    whole
        Whether all test utterances are predicted, not the first `QUICK`.

    Returns
    -------
    What came out; None if no stored cell shows the whole inputs of the test part.

    Raises
    ------
    RequestError
        The predictions are others.
    """
    stored = stored_logits(chosen, about.modalities)
    if stored is None:
        return None
    rows = origin.view.source_rows[origin.view.parts.test]
    # Defects of `as_published` can make an utterance depend on its batch; speakers' means do.
    every = whole or chosen.spec.variant != "corrected" or preparation.standardise != "source"
    rows = np.unique(rows) if len(np.unique(rows)) != len(rows) else rows
    rows = rows if every else rows[:QUICK]
    reads_all = set(about.task.inputs) == set(about.modalities)
    found = forward_pass(model, about.task, preparation, origin.source, rows, reads_all).table
    kept = found[found["id"].isin(stored)]
    if kept.empty:
        return None
    logits = kept[[f"logit_{c}" for c in range(len(about.task.classes))]].to_numpy(np.float64)
    before = np.stack([stored[name] for name in kept["id"]])
    largest = float(np.abs(logits - before).max())
    if largest > FOREIGN:
        file = origin.job.entry
        same = file.digest == chosen.spec.model_digest
        what = "Libraries or prepared data are" if same else f"Its code, {file.path.name}, is"
        raise RequestError(
            f"{chosen.title} does not give its stored test predictions again: of "
            f"{len(kept)} utterances a logit differs by up to {largest:.2g}. {what} not what it "
            "was trained with. Train again."
        )
    return Proof(count=len(kept), largest=largest)


def stored_logits(
    chosen: ChosenTraining, modalities: tuple[str, ...]
) -> dict[str, np.ndarray] | None:
    """Id to the stored logits ``[C]`` under the condition that changes nothing.

    None where there is no such cell. `modalities`: those of the corpus.
    """
    reader = CellReader(chosen.root)
    cell = reader.cell(chosen.key, chosen.slot.cell) if chosen.slot.cell else None
    if cell is None or cell.report is None:
        return None
    condition = ConditionSpec.model_validate(cell.spec["condition"])
    if condition.fill not in ("native", "learned"):
        return None
    whole = condition.present is None or set(condition.present) >= set(modalities)
    bare = condition.model_copy(update={"fill": "native", "present": None})
    if not whole or bare != ConditionSpec(present=None, rate=0.0, mask_seed=condition.mask_seed):
        return None
    table = reader.table(cell)
    if table is None:
        return None
    frame = table.to_pandas()
    names = sorted((c for c in frame if c.startswith("logit_") and c[6:].isdigit()),
                   key=lambda c: int(c[6:]))  # fmt: skip
    return dict(zip(frame["id"], frame[names].to_numpy(np.float64), strict=True))


def proof_sentence(proof: Proof) -> str:
    """What a proof says, in a sentence."""
    return (
        f"It gave {proof.count:,} of its stored test predictions again; the largest difference of "
        f"a logit is {proof.largest:.1g}."
    )
