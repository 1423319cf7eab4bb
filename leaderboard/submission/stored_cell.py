"""One stored cell as the rows of a submission have it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import expit

from emobench.leaderboard.results.predictions import Predictions, predictions_of
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.metrics import confusion_matrix, probabilities
from emobench.leaderboard.statistics.multilabel_metrics import class_matrices
from emobench.modality import MODALITIES

LOOK = "look_"


@dataclass(frozen=True)
class CellRows:
    """The predictions of a cell, ready to be written.

    Parameters
    ----------
    predictions
        As stored; their look is "" or the measure at whose best look they were taken.
    present
        Modality to ``[N]`` bool; a modality that the corpus lacks is not in it.
    speakers
        ``[N]`` as stored; None where there is no such column.
    classes
        Names in the order of the logits.
    """

    predictions: Predictions
    present: dict[str, NDArray[np.bool_]]
    speakers: NDArray[np.str_] | None
    classes: tuple[str, ...]

    @property
    def is_multilabel(self) -> bool:
        """Whether several classes can hold at once."""
        return self.predictions.truth.ndim == 2

    @property
    def scored(self) -> NDArray[np.bool_]:
        """``[N]``: which utterances are scored; of a joint corpus those that show any modality."""
        return self.predictions.is_scored

    def probabilities(self) -> NDArray[np.float64]:
        """``[N, C]``: of one class that holds, or of each of several."""
        logits = self.predictions.logits.astype(np.float64)
        found: NDArray[np.float64] = expit(logits) if self.is_multilabel else probabilities(logits)
        return found

    def names(self, decided: NDArray[np.int64]) -> list[str]:
        """Return class numbers ``[N]``, or zeros and ones ``[N, C]``, in the form of the file."""
        if not self.is_multilabel:
            return [self.classes[int(c)] for c in decided]
        return [label_list([self.classes[c] for c in np.flatnonzero(row)]) for row in decided]

    def scores(self) -> dict[str, float | None]:
        """Return the score of every measure over the scored utterances; None where it has none."""
        kept = self.predictions.take(self.scored)
        if not len(kept.truth):
            return {measure.name: None for measure in measures.MEASURES}
        found = {m.name: _score(m, kept, len(self.classes)) for m in measures.MEASURES}
        return {name: value if np.isfinite(value) else None for name, value in found.items()}


def _score(measure: measures.Measure, kept: Predictions, classes: int) -> float:
    several = kept.truth.ndim == 2
    if measure.from_logits:
        score = measure.multi_label if several else measure.single_label
        return float(score(kept.logits, kept.truth))
    if several:
        return float(measure.of(class_matrices(kept.truth, kept.decisions), several))
    return float(measure.of(confusion_matrix(kept.truth, kept.decisions, classes), several))


def label_list(names: Sequence[str]) -> str:
    """Several class names as one text, a JSON list."""
    return json.dumps(list(names), ensure_ascii=False, separators=(",", ":"))


def cell_rows(table: pa.Table, classes: tuple[str, ...]) -> list[CellRows]:
    """Return a stored cell's predictions, and those of each look that was kept beside them.

    Parameters
    ----------
    table
        As the store has it.
    classes
        The names that are known; numbers take their place where they are others.

    Raises
    ------
    UnreadableError
        The table is broken.
    """
    names = table.column_names
    looks = [
        n.removeprefix(LOOK).removesuffix("_logit_0")
        for n in names
        if n.startswith(LOOK) and n.endswith("_logit_0")
    ]
    order = _order(table)
    present = {
        m: table[f"present_{m}"].to_numpy().astype(bool)[order]
        for m in MODALITIES
        if f"present_{m}" in names
    }
    speakers = table["speaker"].to_numpy().astype(np.str_)[order] if "speaker" in names else None
    found = []
    for look in ["", *sorted(looks)]:
        read = replace(predictions_of(table, look).take(order), look=look)
        size = read.logits.shape[1]
        known = classes if len(classes) == size else tuple(f"class {i}" for i in range(size))
        found.append(CellRows(read, present, speakers, known))
    return found


def _order(table: pa.Table) -> NDArray[np.int64]:
    """By id: the order of the corpus, in which cells are stored, is not part of the format."""
    ids = table["id"].to_numpy().astype(np.str_)
    return np.argsort(ids, kind="stable")
