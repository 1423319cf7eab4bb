"""Random test utterances with what is true, what was predicted, and how surely."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit

from emobench.errors import RequestError
from emobench.leaderboard.results.predictions import Predictions
from emobench.leaderboard.results.stored_rows import (
    RowChoice,
    StoredRow,
    class_names,
    stored_rows,
)
from emobench.leaderboard.statistics.metrics import probabilities

TOP = 3


@dataclass(frozen=True)
class Sample:
    """One test utterance.

    Parameters
    ----------
    fold
        Of whose test part it is, and so of the training that predicts.
    truth, predicted
        Names of the classes: one, or of a multi-label corpus any number.
    chances
        Probability of each true class.
    top
        The most probable classes with their probabilities.
    """

    name: str
    fold: int
    truth: tuple[str, ...]
    predicted: tuple[str, ...]
    chances: tuple[float, ...]
    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class RowSample:
    """Utterances of one row, with the seed and the folds of the trainings behind the row."""

    title: str
    seed: int
    folds: tuple[int, ...]
    n_test: int
    samples: tuple[Sample, ...]


def row_samples(
    root: Path, choice: RowChoice, count: int, seed: int, training_seed: int | None = None
) -> list[RowSample]:
    """Draw `count` utterances of each row that `choice` means; rows of one test set get the same.

    Raises
    ------
    RequestError
        A name is unknown, `count` is not positive, or the seed has not all its predictions.
    """
    if count < 1:
        raise RequestError(f"--count must be at least 1, got {count}.")
    if seed < 0:
        raise RequestError(f"--seed must be at least 0, got {seed}.")
    return [_draw(row, count, seed, training_seed) for row in stored_rows(root, choice)]


def _draw(row: StoredRow, count: int, seed: int, training_seed: int | None) -> RowSample:
    trained = min(row.seeds) if training_seed is None else training_seed
    row.check_seed(trained)
    folds = row.by_fold(trained)
    every = sorted(
        (str(name), fold, place)
        for fold, predictions in folds.items()
        for place, name in enumerate(predictions.ids)
    )
    chosen = np.random.default_rng(seed).permutation(len(every))[:count]
    names = class_names(row.classes, next(iter(folds.values())).logits.shape[1])
    samples = []
    for i in chosen:
        name, fold, place = every[i]
        samples.append(_sample(name, fold, folds[fold].take(np.array([place])), names))
    return RowSample(row.title, trained, tuple(folds), len(every), tuple(samples))


def _sample(name: str, fold: int, one: Predictions, names: tuple[str, ...]) -> Sample:
    if one.truth.ndim == 2:
        chances = expit(one.logits[0].astype(np.float64))
        truth, predicted = np.flatnonzero(one.truth[0]), np.flatnonzero(one.decisions[0])
    else:
        chances = probabilities(one.logits)[0]
        truth, predicted = one.truth, one.decisions
    top = np.argsort(-chances, kind="stable")[:TOP]
    return Sample(
        name,
        fold,
        tuple(names[c] for c in truth),
        tuple(names[c] for c in predicted),
        tuple(float(chances[c]) for c in truth),
        tuple((names[c], float(chances[c])) for c in top),
    )
