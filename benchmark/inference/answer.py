"""What a trained model says of clips: a row per clip, notes, and a score where labels are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, softmax

from emobench.interface.task import Task
from emobench.leaderboard.statistics.measures import MEASURES
from emobench.leaderboard.statistics.metrics import confusion_matrix
from emobench.leaderboard.statistics.multilabel_metrics import class_matrices
from emobench.normal_form import normal_form
from emobench.wording import and_more, counted, score_text

SEPARATOR = "|"
"""Between classes that hold together."""

SHOWN = {"accuracy": "accuracy", "macro_f1": "macro-F1"}
"""Measures that are said, and their names in a sentence."""

PROBLEM, TRUTH, PREDICTED = "problem", "truth", "predicted"


@dataclass(frozen=True)
class Answer:
    """What a trained model says of clips.

    Parameters
    ----------
    frame
        A row per clip: ``id, predicted``; ``p_CLASS``, its probability; ``logit_CLASS``;
        ``present_MODALITY``, whether it was there to be read; ``truth`` where any label is known;
        ``problem``, what was wrong with the clip. A clip of which nothing can be read has no class.
    notes
        Sentences: which training speaks, what was taken for what, what is missing.
    scores
        Measure to its value over the clips whose label is one of the classes.
    scored
        How many these are.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...]
    scores: dict[str, float] = field(default_factory=dict)
    scored: int = 0

    @property
    def score_sentence(self) -> str:
        """The score in a sentence; "" without labels."""
        if not self.scored:
            return ""
        told = ", ".join(f"{SHOWN[name]} {score_text(v)}" for name, v in self.scores.items())
        return f"{counted(self.scored, 'labelled clip')}: {told}."


def answered(
    table: pd.DataFrame,
    task: Task,
    ids: Sequence[str],
    present: NDArray[np.bool_],
    labels: Sequence[str],
    problems: NDArray[np.object_],
) -> pd.DataFrame:
    """Put predictions into a row per clip.

    Parameters
    ----------
    table
        ``id`` and ``logit_0`` to ``logit_{C-1}`` of the clips that were predicted.
    task
        What the model was built for.
    ids, present, labels, problems
        Of all N clips: which of the task's modalities they have ``[N, M]``, labels as written, and
        what was wrong.
    """
    logits = _logits(table, ids, len(task.classes))
    known = np.asarray(~np.isnan(logits).any(axis=1))
    chances = expit(logits) if task.multilabel else softmax(logits, axis=1)
    columns: dict[str, Any] = {"id": list(ids), PREDICTED: _named(logits, known, task)}
    columns |= {f"p_{name}": chances[:, i] for i, name in enumerate(task.classes)}
    columns |= {f"logit_{name}": logits[:, i] for i, name in enumerate(task.classes)}
    columns |= {f"present_{m}": present[:, i] for i, m in enumerate(task.modalities)}
    if any(labels):
        columns[TRUTH] = [_spelled(label, task) for label in labels]
    columns[PROBLEM] = problems
    return pd.DataFrame(columns)


def _logits(table: pd.DataFrame, ids: Sequence[str], classes: int) -> NDArray[np.float64]:
    """Logits ``[N, C]`` in the order of `ids`, NaN for clips without any."""
    place = {name: i for i, name in enumerate(ids)}
    found = np.full((len(ids), classes), np.nan)
    rows = [place[name] for name in table["id"]]
    found[rows] = table[[f"logit_{c}" for c in range(classes)]].to_numpy(np.float64)
    return found


def _named(logits: NDArray[np.float64], known: NDArray[np.bool_], task: Task) -> list[str]:
    best = np.where(np.isnan(logits), -np.inf, logits).argmax(axis=1)
    names = []
    for row, is_known, first in zip(logits, known, best, strict=True):
        several = [c for c, value in zip(task.classes, row, strict=True) if value > 0]
        one = SEPARATOR.join(several) if task.multilabel else task.classes[first]
        names.append(one if is_known else "")
    return names


def _spelled(label: str, task: Task) -> str:
    """A label in the spelling of the classes, where it is one of them; else as written."""
    forms = {normal_form(name): name for name in task.classes}
    parts = label.split(SEPARATOR) if task.multilabel else [label]
    named = [forms.get(normal_form(p.strip()), p.strip()) for p in parts if p.strip()]
    if task.multilabel and set(named) <= set(task.classes):
        named = [c for c in task.classes if c in named]
    return SEPARATOR.join(named)


def scored(frame: pd.DataFrame, task: Task) -> tuple[dict[str, float], int, list[str]]:
    """Score the predictions of clips whose labels are known.

    Returns
    -------
    Measure to value, the number of clips, and sentences on labels that are no classes.
    """
    if TRUTH not in frame:
        return {}, 0, []
    places = {name: i for i, name in enumerate(task.classes)}
    named = [t.split(SEPARATOR) if task.multilabel else [t] for t in frame[TRUTH]]
    labelled = (frame[TRUTH] != "").to_numpy()
    fits = np.array([all(n in places for n in names) for names in named]) & labelled
    others = sorted({n for names, ok in zip(named, labelled & ~fits, strict=True) if ok
                     for n in names if n not in places})  # fmt: skip
    notes = []
    if others:
        notes.append(
            f"The labels of {counted(int((labelled & ~fits).sum()), 'clip')} are none of the "
            f"model's classes ({and_more(others, 5)}): they are kept as written and not scored. "
            f"The classes are {', '.join(task.classes)}."
        )
    rows = np.flatnonzero(fits & frame[f"logit_{task.classes[0]}"].notna().to_numpy())
    if not len(rows):
        return {}, 0, notes
    logits = frame[[f"logit_{c}" for c in task.classes]].to_numpy(np.float32)[rows]
    if task.multilabel:
        truth = np.zeros(logits.shape, dtype=np.int64)
        for row, place in enumerate(rows):
            truth[row, [places[n] for n in named[place]]] = 1
        counts = class_matrices(truth, (logits > 0).astype(np.int64))
    else:
        index = np.array([places[named[row][0]] for row in rows])
        counts = confusion_matrix(index, logits.argmax(axis=1), len(task.classes))
    shown = [m for m in MEASURES if m.name in SHOWN]
    name = "multi_label" if task.multilabel else "single_label"
    return {m.name: float(getattr(m, name)(counts)) for m in shown}, len(rows), notes
