"""The forward pass of a trained model over utterances that it was not trained with."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.split import Split
from emobench.corpus.view import FoldView
from emobench.denormals import denormals_flushed
from emobench.executor import alone
from emobench.inference.preparation import Preparation
from emobench.interface.model import Model
from emobench.interface.task import Task
from emobench.missingness import Mask
from emobench.training.predict import predict

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Pass:
    """What came out of a forward pass.

    Parameters
    ----------
    table
        ``id`` and ``logit_0`` to ``logit_{C-1}`` of the rows that could be predicted.
    present
        ``[N, M]`` which of the task's modalities each row of the corpus has.
    absent
        Modalities of the task that none of the rows has.
    """

    table: pd.DataFrame
    present: Mask
    absent: tuple[str, ...]


@alone
def forward_pass(
    model: Model,
    task: Task,
    preparation: Preparation,
    target: Prepared,
    rows: Rows,
    reads_all: bool,
) -> Pass:
    """Predict `rows` of a corpus whose extracted representations are prepared.

    Parameters
    ----------
    model, task
        The model, in the state of its training.
    preparation
        How its inputs are made.
    target, rows
        The corpus, and row numbers of it.
    reads_all
        Whether the model reads every modality of its training's corpus. It never met an utterance
        without any, so such rows are left out.
    """
    with tempfile.TemporaryDirectory(prefix="emobench-inputs-") as scratch:
        features, present, absent = preparation.features(target, rows, Path(scratch))
        shown = rows[present[rows].any(axis=1)] if reads_all and task.inputs else rows
        corpus, size = target.corpus, len(target.corpus.table)
        shape = (size, len(task.classes)) if task.multilabel else (size,)
        nothing = np.zeros(0, dtype=np.int64)
        view = FoldView(
            modalities=task.modalities,
            source_rows=np.arange(size),
            available=present,
            ids=corpus.ids,
            speakers=[""] * size,
            labels=np.zeros(shape, dtype=np.int64),
            corpora=np.zeros(size, dtype=np.int64),
            corpus_names=(),
            auxiliary=np.zeros(size, dtype=bool),
            features=features,
            parts=Split(nothing, nothing, shown),
            task=task,
        )
        with denormals_flushed():
            table = predict(model, view, present[shown], _device_of(model))
    return Pass(table, present, tuple(absent))


def _device_of(model: Model) -> torch.device:
    tensors = [*model.parameters(), *model.buffers()]
    return tensors[0].device if tensors else torch.device("cpu")
