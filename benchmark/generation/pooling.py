"""Pools a modality into one vector per utterance, with parameters learned from train alone.

Features are averaged over time, and their standard deviation over time can be appended. Word ids
have no average: their counts (logarithmic, weighted by inverse document
frequency) are projected on at most 50 directions, latent semantic analysis (Deerwester et al.
1990).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer
from threadpoolctl import threadpool_limits

from emobench.corpus.view import FoldView
from emobench.discovery.representations import is_discrete
from emobench.interface.batch import Sequence
from emobench.randomness import PROJECTION_SEED

Array = NDArray[np.float32]
Rows = NDArray[np.int64]
DIRECTIONS = 50
AT_ONCE = 256
"""Utterances whose sequences are in memory at a time."""


def rows_with(view: FoldView, modality: str, rows: Rows) -> Rows:
    """The subset of `rows` that have `modality`."""
    there: Rows = rows[view.available[rows, view.modalities.index(modality)]]
    return there


def sequences(view: FoldView, modality: str, rows: Rows) -> dict[str, Sequence]:
    """Representations of `modality` for `rows`, ``[n, T, D]``, and nothing else."""
    mask = np.zeros((len(rows), len(view.modalities)), dtype=bool)
    mask[:, view.modalities.index(modality)] = True
    return dict(view.batch(rows, mask, labels=False).inputs[modality])


@dataclass(frozen=True)
class Pooling:
    """Representations of one modality to a vector per utterance.

    Parameters
    ----------
    words
        The learned `Words` of each representation of symbols.
    """

    words: Mapping[str, Words]

    def means(self, found: Mapping[str, Sequence]) -> Array:
        """Averages over time ``[B, P]``, zero where nothing is there."""
        return np.concatenate([self._mean(n, s) for n, s in found.items()], axis=1)

    def statistics(self, found: Mapping[str, Sequence]) -> Array:
        """`means`, and for features the standard deviations over time: ``[B, P']``."""
        spread = [_deviation(s) for n, s in found.items() if n not in self.words]
        return np.concatenate([self.means(found), *spread], axis=1)

    def _mean(self, name: str, sequence: Sequence) -> Array:
        return self.words[name](sequence) if name in self.words else _average(sequence)


def pooling(view: FoldView, modality: str) -> Pooling:
    """The pooling of `modality`, learned from the train part of `view`."""
    return view.once(("pooling", modality), lambda: _learn_words(view, modality))


def train_statistics(view: FoldView, modality: str) -> Array:
    """`Pooling.statistics` of every train utterance ``[N, P]``, zero where `modality` is absent."""
    return view.once(("statistics", modality), lambda: _statistics(view, modality))


def _statistics(view: FoldView, modality: str) -> Array:
    pool, train = pooling(view, modality), view.parts.train
    parts = [
        pool.statistics(sequences(view, modality, train[i : i + AT_ONCE]))
        for i in range(0, len(train), AT_ONCE)
    ]
    return np.concatenate(parts)


def _learn_words(view: FoldView, modality: str) -> Pooling:
    rows = rows_with(view, modality, view.parts.train)
    return Pooling(
        {
            name: Words([feature[int(i)] for i in rows], feature.size)
            for name, feature in view.features[modality].items()
            if is_discrete(name)
        }
    )


class Words:
    """Symbols to a vector, learned from the train utterances that have any.

    Parameters
    ----------
    train
        Sequences of ids ``[T, 1]``.
    size
        Number of ids.
    """

    def __init__(self, train: list[NDArray[np.float32]], size: int) -> None:
        self.size = size
        counts = _counts([ids[:, 0] for ids in train], size)
        self.weights = TfidfTransformer(sublinear_tf=True).fit(counts)
        directions = max(1, min(DIRECTIONS, min(counts.shape) - 1))
        with threadpool_limits(1):
            self.directions = TruncatedSVD(directions, random_state=PROJECTION_SEED).fit(
                self.weights.transform(counts)
            )

    def __call__(self, sequence: Sequence) -> Array:
        """Return ``[B, P]``, zero where there are no symbols."""
        values, lengths = sequence.values[..., 0].cpu().numpy(), sequence.lengths.tolist()
        counts = _counts([v[:n] for v, n in zip(values, lengths, strict=True)], self.size)
        with threadpool_limits(1):
            found: Array = self.directions.transform(self.weights.transform(counts))
        return found.astype(np.float32)


def _counts(ids: list[NDArray[np.float32]], size: int) -> csr_matrix:
    """How often each id occurs, ``[B, size]``."""
    rows = np.repeat(np.arange(len(ids)), [len(i) for i in ids])
    columns = np.concatenate([*ids, np.zeros(0)]).astype(np.int64)
    return csr_matrix((np.ones(len(columns)), (rows, columns)), shape=(len(ids), size))


def _average(sequence: Sequence) -> Array:
    values, mask = sequence.values.float().cpu(), sequence.mask.cpu()[..., None]
    steps = sequence.lengths.cpu().clamp(min=1)[:, None]
    average: Array = ((values * mask).sum(dim=1) / steps).numpy()
    return average


def _deviation(sequence: Sequence) -> Array:
    values, mask = sequence.values.float().cpu(), sequence.mask.cpu()[..., None]
    steps = sequence.lengths.cpu().clamp(min=1)[:, None]
    away = (values - torch.from_numpy(_average(sequence))[:, None]) * mask
    deviation: Array = ((away**2).sum(dim=1) / steps).sqrt().numpy()
    return deviation
