"""Stored predictions, confusion matrices and class reports as data frames."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from emobench.errors import RequestError
from emobench.leaderboard.results.predictions import Predictions
from emobench.leaderboard.results.scoring import confusions_of
from emobench.leaderboard.results.stored_rows import (
    RowChoice,
    StoredRow,
    class_names,
    stored_rows,
)
from emobench.leaderboard.statistics.class_report import class_report
from emobench.leaderboard.statistics.metrics import Floats, probabilities

MULTILABEL = ("missed", "found", "false alarm", "rightly left out")
"""Columns of the counts of a class where several can hold."""


Settings = Collection[tuple[str, str, str]]
"""Corpora, tracks and protocols."""


def prediction_frame(
    root: Path, choice: RowChoice, seed: int | None = None, settings: Settings | None = None
) -> pd.DataFrame:
    """Return a row per test utterance and training of every row that `choice` means.

    Parameters
    ----------
    root
        A results folder.
    choice
        The rows; without a condition the main one.
    seed
        Only the trainings of this seed.
    settings
        Only these corpora, tracks and protocols.

    Returns
    -------
    DataFrame
        ``model, dataset, track, protocol, regime, condition, seed, fold, id, truth, predicted``;
        ``logit_CLASS`` as stored; ``p_CLASS``, the probability that follows from them. Classes are
        joined by ``|`` where several can hold.

    Raises
    ------
    RequestError
        A name is unknown, or no seed of the row has all its predictions.
    """
    frames = []
    for row in _chosen(root, choice, settings):
        if seed is not None:
            row.check_seed(seed)
        for one in row.seeds if seed is None else (seed,):
            for fold, predictions in row.by_fold(one).items():
                place = _place(row) | {"seed": one, "fold": fold}
                frames.append(_utterances(place, row, predictions))
    return pd.concat(frames, ignore_index=True)


def confusion_frame(
    root: Path, choice: RowChoice, seed: int | None = None, settings: Settings | None = None
) -> pd.DataFrame:
    """Return the confusion matrix of one row: true classes down, predicted ones across.

    Parameters
    ----------
    root
        A results folder.
    choice
        The row; without a regime the first, without a condition the main one.
    seed
        Only this seed. Else counts are means over seeds, of which each has pooled folds.
    settings
        Only these corpora, tracks and protocols.

    Returns
    -------
    DataFrame
        ``[C, C]`` counts. Where several classes can hold, how often each class was found, missed,
        a false alarm, and rightly left out.

    Raises
    ------
    RequestError
        A name is unknown, or more than one corpus, track or protocol has the row.
    """
    row = _one_row(_chosen(root, choice, settings))
    counts, names = _counts(row, seed)
    mean = counts.mean(axis=0)
    index = pd.Index(names, name="truth")
    if mean.ndim == 3:
        columns = (mean[:, 1, 0], mean[:, 1, 1], mean[:, 0, 1], mean[:, 0, 0])
        return pd.DataFrame(dict(zip(MULTILABEL, columns, strict=True)), index=index)
    return pd.DataFrame(mean, index=index, columns=pd.Index(names, name="predicted"))


def report_frame(
    root: Path, choice: RowChoice, seed: int | None = None, settings: Settings | None = None
) -> pd.DataFrame:
    """Return precision, recall, F1 and support of each class, and their averages.

    Parameters
    ----------
    root
        A results folder.
    choice
        The rows; without a condition the main one.
    seed
        Only this seed; None takes the mean over seeds.
    settings
        Only these corpora, tracks and protocols.

    Raises
    ------
    RequestError
        A name is unknown, or no seed of the row has all its predictions.
    """
    rows = []
    for row in _chosen(root, choice, settings):
        counts, names = _counts(row, seed)
        found = class_report(counts, names)
        for line in (*found.classes, *found.averages):
            numbers = {"precision": line.precision, "recall": line.recall, "f1": line.f1}
            rows.append(_place(row) | {"class": line.name} | numbers | {"support": line.support})
    return pd.DataFrame(rows)


def _counts(row: StoredRow, seed: int | None) -> tuple[Floats, tuple[str, ...]]:
    """Confusion counts of each seed ``[S, C, C]`` or ``[S, C, 2, 2]``, and the classes."""
    if seed is not None:
        row.check_seed(seed)
    pooled = [p for s, p in row.pooled().items() if seed in (None, s)]
    names = class_names(row.classes, pooled[0].logits.shape[1])
    return confusions_of(pooled, len(names)), names


def _one_row(rows: Sequence[StoredRow]) -> StoredRow:
    settings = dict.fromkeys(row.entry.section for row in rows)
    if len(settings) > 1:
        known = "; ".join(f"{d}, {t} track, {p}" for d, t, p in settings)
        raise RequestError(
            f"{rows[0].entry.label} is in several settings: {known}. Name one with dataset= and "
            "protocol=."
        )
    return rows[0]


def _chosen(root: Path, choice: RowChoice, settings: Settings | None) -> list[StoredRow]:
    """The rows of some settings; another setting's row is never taken in their place."""
    rows = stored_rows(root, choice)
    kept = [row for row in rows if settings is None or row.entry.section in settings]
    if not kept:
        asked = "; ".join(f"{d}, {t} track, {p}" for d, t, p in sorted(settings or ()))
        raise RequestError(
            f"{choice.model} is stored, but not in what was asked for here ({asked}): "
            "emobench.open_results shows everything in the folder."
        )
    return kept


def _place(row: StoredRow) -> dict[str, Any]:
    dataset, track, protocol = row.entry.section
    return {
        "model": row.entry.label,
        "dataset": dataset,
        "track": track,
        "protocol": protocol,
        "regime": row.regime,
        "condition": row.condition,
    }


def _utterances(place: dict[str, Any], row: StoredRow, found: Predictions) -> pd.DataFrame:
    names = class_names(row.classes, found.logits.shape[1])
    logits = found.logits.astype(np.float64)
    chances = expit(logits) if found.truth.ndim == 2 else probabilities(found.logits)
    columns: dict[str, Any] = {"id": found.ids}
    columns |= {"truth": _named(found.truth, names), "predicted": _named(found.decisions, names)}
    columns |= {f"logit_{name}": found.logits[:, i] for i, name in enumerate(names)}
    columns |= {f"p_{name}": chances[:, i] for i, name in enumerate(names)}
    frame = pd.DataFrame(columns)
    for position, (name, value) in enumerate(place.items()):
        frame.insert(position, name, value)
    return frame


def _named(classes: NDArray[np.int64], names: Sequence[str]) -> list[str]:
    if classes.ndim == 1:
        return [names[i] for i in classes]
    return ["|".join(n for n, holds in zip(names, row, strict=True) if holds) for row in classes]
