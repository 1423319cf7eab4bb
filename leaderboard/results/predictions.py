"""Stored predictions: reading one cell, pooling the folds of one seed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from emobench.modality import ordered


class UnreadableError(Exception):
    """A cell's predictions cannot be used; the message says why."""


@dataclass(frozen=True)
class Predictions:
    """A model's predictions for test utterances.

    Parameters
    ----------
    ids
        ``[N]`` utterance ids.
    truth
        ``[N]`` class indices; of a multi-label corpus ``[N, C]`` of zeros and ones.
    logits
        ``[N, C]``.
    weights
        Modality to ``[N]``: how much it weighed, for models that report it.
    shown
        ``[N]`` bool: whether the model was shown any modality at all.
    corpus
        ``[N]`` which member of a joint corpus each utterance is of; None for any other corpus.
    look
        The measure at whose best look on the test part this was predicted, or "".
    drawn_as
        Digest of the test set by which utterances are drawn; "" stands for the own one.
    """

    ids: NDArray[np.str_]
    truth: NDArray[np.int64]
    logits: NDArray[np.float32]
    weights: dict[str, NDArray[np.float64]]
    shown: NDArray[np.bool_] | None = None
    corpus: NDArray[np.str_] | None = None
    look: str = ""
    drawn_as: str = ""

    @property
    def members(self) -> tuple[str, ...]:
        """The members of a joint corpus that have test utterances, empty if not two or more."""
        names = () if self.corpus is None else tuple(dict.fromkeys(self.corpus.tolist()))
        return names if len(names) > 1 else ()

    @property
    def is_scored(self) -> NDArray[np.bool_]:
        """``[N]``: which utterances are scored; of a joint corpus those that show any modality."""
        if not self.members or self.shown is None:
            return np.ones(len(self.ids), dtype=bool)
        return self.shown

    def scored(self) -> Predictions:
        """Return the utterances that are scored."""
        kept = self.is_scored
        return self if kept.all() else self.take(np.flatnonzero(kept))

    def take(self, rows: NDArray[Any] | slice) -> Predictions:
        """Return `rows` (``[N]`` bool, or positions) alone; of a slice they are no copy."""
        return Predictions(
            self.ids[rows],
            self.truth[rows],
            self.logits[rows],
            {name: values[rows] for name, values in self.weights.items()},
            None if self.shown is None else self.shown[rows],
            None if self.corpus is None else self.corpus[rows],
            self.look,
        )

    def exchanged(self) -> Predictions:
        """Return truth and decisions exchanged, drawn together with the predictions themselves."""
        several = self.truth.ndim == 2
        size = self.logits.shape[1]
        logits = 2.0 * self.truth - 1 if several else np.eye(size)[self.truth]
        return replace(
            self, truth=self.decisions, logits=logits.astype(np.float32), drawn_as=self.test
        )

    @property
    def decisions(self) -> NDArray[np.int64]:
        """What the model predicts, in the form of `truth`: the best class, or positive log-odds."""
        if self.truth.ndim == 2:
            return (self.logits > 0).astype(np.int64)
        return self.logits.argmax(axis=1)

    @property
    def test(self) -> str:
        """Digest of the test set: predictions with equal digests can be paired."""
        if self.drawn_as:
            return self.drawn_as
        digest = hashlib.blake2b(digest_size=12)
        digest.update("\n".join(self.ids.tolist()).encode())
        digest.update(self.truth.tobytes())
        return digest.hexdigest()


def predictions_of(table: pa.Table, look: str = "") -> Predictions:
    """Return one cell's predictions from its table; raise `UnreadableError` if it is broken.

    With `look` the logits are those of the best look for that measure, where they were kept.
    """
    try:
        return _predictions(table, look)
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise unreadable(error) from error


def unreadable(error: Exception) -> UnreadableError:
    """What is said of predictions whose reading ended in `error`."""
    return UnreadableError(f"predictions unreadable: {error}".splitlines()[0])


def _predictions(table: pa.Table, look: str) -> Predictions:
    def column(name: str) -> NDArray[Any]:
        values: NDArray[Any] = table[name].to_numpy()
        return values

    names = table.column_names
    size = sum(name.startswith("logit_") for name in names)
    look = look if f"look_{look}_logit_0" in names else ""
    prefix = f"look_{look}_" if look else ""
    columns = [column(f"{prefix}logit_{c}") for c in range(size)]
    logits = np.stack(columns, axis=1).astype(np.float32)
    if not np.isfinite(logits).all():
        raise ValueError("a logit is not a finite number")
    if "label" in names:
        truth = column("label").astype(np.int64)
        if len(truth) and not 0 <= truth.min() <= truth.max() < size:
            raise ValueError(f"a label is not below {size}, the number of logits")
    else:
        truth = np.stack([column(f"label_{c}") for c in range(size)], axis=1).astype(np.int64)
        if not np.isin(truth, (0, 1)).all():
            raise ValueError("a label of several is neither 0 nor 1")
    weights = {
        name.removeprefix("weight_"): column(name).astype(np.float64)
        for name in names
        if name.startswith("weight_")
    }
    present = [column(name).astype(bool) for name in names if name.startswith("present_")]
    return Predictions(
        column("id").astype(np.str_),
        truth,
        logits,
        weights,
        np.any(present, axis=0) if present else None,
        column("corpus").astype(np.str_) if "corpus" in names else None,
        look,
    )


def pool(folds: Sequence[Predictions]) -> Predictions:
    """Concatenate the test folds of one seed, in the order of the utterance ids.

    A modality's weights are kept only where every fold has them.
    """
    sizes = {fold.logits.shape[1] for fold in folds}
    if len(sizes) != 1:
        raise UnreadableError(f"folds disagree on the number of classes: {sorted(sizes)}")
    ids = np.concatenate([fold.ids for fold in folds])
    shared = set.intersection(*(set(fold.weights) for fold in folds))
    whole = Predictions(
        ids,
        np.concatenate([fold.truth for fold in folds]),
        np.concatenate([fold.logits for fold in folds]),
        {name: np.concatenate([fold.weights[name] for fold in folds]) for name in ordered(shared)},
        _joined([fold.shown for fold in folds]),
        _joined([fold.corpus for fold in folds]),
        folds[0].look if len({fold.look for fold in folds}) == 1 else "",
    )
    return whole.take(np.argsort(ids, kind="stable"))


def _joined(arrays: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    known = [array for array in arrays if array is not None]
    return np.concatenate(known) if len(known) == len(arrays) else None
