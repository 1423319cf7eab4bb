"""One forward pass over the test split under one condition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from emobench.interface.batch import Output, validate_output
from emobench.interface.batch_transform import BatchTransform
from emobench.interface.model import Model
from emobench.interface.view import PredictionView
from emobench.training.memory.batch_parts import BatchParts
from emobench.training.sampling import evaluation_order
from emobench.training.session import EVALUATION_BATCH


def predict(
    model: Model,
    view: PredictionView,
    mask: NDArray[np.bool_],
    device: torch.device,
    changes: Sequence[BatchTransform] = (),
    parts: BatchParts | None = None,
) -> pd.DataFrame:
    """Predict the test split, showing only the modalities that `mask` ``[n_test, M]`` keeps.

    `changes` are applied to every batch in their order, after missing modalities are erased.
    `parts` says how batches are cut that do not fit into the memory of the device.

    Returns
    -------
    One row per test utterance, in the corpus's order: ``id``, ``label`` (of a multi-label corpus
    ``label_0`` to ``label_{C-1}``, zeros and ones), ``speaker``, in a joint
    corpus ``corpus`` (the member's name), ``logit_0`` to ``logit_{C-1}``, ``present_<modality>``
    and, if the model reports them, ``weight_<modality>``.

    Raises
    ------
    ModelError
        The logits have the wrong shape or are not finite.
    """
    rows = view.parts.test
    classes = len(view.task.classes)
    logits = np.empty((len(rows), classes), dtype=np.float32)
    weights: dict[str, np.ndarray] = {}
    model.eval()
    parts = parts if parts is not None else BatchParts(device)

    def ask(part: slice) -> None:
        some = positions[part]
        batch = view.batch(rows[some], mask[some], labels=False).to(device)
        for change in changes:
            batch = change(batch, rows[some], model)
        output = validate_output(model(batch), batch, classes)
        logits[some] = output.logits.float().cpu().numpy()
        _collect(weights, output, some, len(rows))

    with torch.inference_mode():
        for positions in evaluation_order(view.lengths(rows), EVALUATION_BATCH):
            for _ in parts.each(len(positions), ask):
                pass
    columns = _truth(view)
    columns |= {f"logit_{c}": logits[:, c] for c in range(classes)}
    columns |= {f"present_{name}": mask[:, i] for i, name in enumerate(view.modalities)}
    columns |= {f"weight_{name}": values for name, values in weights.items()}
    # At once: a column that is added to a table costs more than the forward pass of a small model.
    return pd.DataFrame(columns)


def _truth(view: PredictionView) -> dict[str, Any]:
    """The columns of the test utterances that do not depend on a model."""
    rows = view.parts.test
    columns: dict[str, Any] = {"id": [view.ids[i] for i in rows]}
    if view.task.multilabel:
        columns |= {f"label_{c}": view.labels[rows, c] for c in range(len(view.task.classes))}
    else:
        columns["label"] = view.labels[rows]
    columns["speaker"] = [view.speakers[i] for i in rows]
    if view.corpus_names:
        columns["corpus"] = [view.corpus_names[i] for i in view.corpora[rows]]
    return columns


def _collect(
    weights: dict[str, np.ndarray], output: Output, positions: np.ndarray, total: int
) -> None:
    for modality, values in (output.modality_weights or {}).items():
        column = weights.setdefault(modality, np.zeros(total, dtype=np.float32))
        column[positions] = values.float().cpu().numpy()
