"""Samplers: they choose the utterances of a training epoch and make its batches.

To add a sampler, write a function with the signature of `Sampler` and add it to `SAMPLERS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int64]
POOL = 8
"""Largest number of batches whose utterances are sorted by length together, and smallest number of
such pools in an epoch."""


@dataclass(frozen=True)
class TrainRows:
    """The N utterances of the train split that a regime shows, as a sampler sees them.

    Parameters
    ----------
    labels
        ``[N]`` class indices; of a multi-label corpus ``[N, C]`` of zeros and ones.
    corpora
        ``[N]`` number of each utterance's corpus.
    lengths
        ``[N]`` steps of each utterance's longest sequence.
    """

    labels: NDArray[np.int64]
    corpora: NDArray[np.int64]
    lengths: NDArray[np.int64]


@dataclass(frozen=True)
class Epoch:
    """The utterances of one epoch, and their batches.

    Parameters
    ----------
    utterances
        ``[n]`` positions among the train rows; an utterance can be there several times.
    batches
        Positions among `utterances`, batch by batch. An iterator that uses random numbers must
        draw them when its first batch is taken, which is after the regime has drawn the masks of
        the `utterances`.
    """

    utterances: Positions
    batches: Iterator[Positions]


class Sampler(Protocol):
    """Makes the batches of one epoch."""

    def __call__(self, rows: TrainRows, size: int, generator: np.random.Generator) -> Epoch:
        """Return the epoch of `rows` in batches of `size`; `generator` is the training's own."""


def uniform(rows: TrainRows, size: int, generator: np.random.Generator) -> Epoch:
    """Every utterance once, in batches of similar length."""
    return Epoch(np.arange(len(rows.lengths)), bucketed(rows.lengths, size, generator))


def class_balanced(rows: TrainRows, size: int, generator: np.random.Generator) -> Epoch:
    """As many utterances as there are, each class equally likely, drawn with replacement.

    An utterance with several labels (``[N, C]``) is drawn for the rarest of them; utterances
    without a label count as a class.
    """
    labels = rows.labels
    if labels.ndim == 2:
        frequency = np.append(labels.sum(axis=0), (labels.sum(axis=1) == 0).sum())
        held = np.column_stack([labels, labels.sum(axis=1) == 0])
        labels = np.where(held == 1, frequency, frequency.max() + 1).argmin(axis=1)
    weights = 1.0 / np.bincount(labels)[labels]
    drawn: Positions = generator.choice(len(labels), size=len(labels), p=weights / weights.sum())
    return Epoch(drawn, bucketed(rows.lengths[drawn], size, generator))


def corpus_balanced(rows: TrainRows, size: int, generator: np.random.Generator) -> Epoch:
    """Every batch holds equal shares of every corpus.

    An epoch has as many positions as there are utterances. It uses utterances of a small corpus
    several times, each once before any is repeated, and a part of a large corpus. If `size` is no
    multiple of the number of corpora, the corpora take the larger share in turn.
    """
    return Epoch(np.arange(len(rows.corpora)), _equal_shares(rows.corpora, size, generator))


SAMPLERS: dict[str, Sampler] = {
    "uniform": uniform,
    "class_balanced": class_balanced,
    "corpus_balanced": corpus_balanced,
}
"""Every sampler by the name that a config gives it in ``sampling``."""


def bucketed(
    lengths: NDArray[np.int64], size: int, generator: np.random.Generator
) -> Iterator[Positions]:
    """Positions of one epoch: shuffled, then sorted by length within pools of a few batches.

    A pool is an eighth of the epoch at most. If it were most of a small split, the same utterances
    would meet in every epoch.
    """
    order = generator.permutation(len(lengths))
    pooled = size * max(1, min(POOL, len(order) // (POOL * size)))
    batches: list[Positions] = []
    for start in range(0, len(order), pooled):
        pool = order[start : start + pooled]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches.extend(pool[i : i + size] for i in range(0, len(pool), size))
    _no_single(batches, size)
    for i in generator.permutation(len(batches)):
        yield batches[i]


def evaluation_order(lengths: NDArray[np.int64], size: int) -> Iterator[Positions]:
    """Positions in batches of similar length, always the same."""
    order = np.argsort(lengths, kind="stable")
    for start in range(0, len(order), size):
        yield order[start : start + size]


def _equal_shares(
    corpora: NDArray[np.int64], size: int, generator: np.random.Generator
) -> Iterator[Positions]:
    members = [np.flatnonzero(corpora == c) for c in np.unique(corpora)]
    shares = np.arange(len(corpora)) % len(members)
    drawn = np.empty(len(corpora), dtype=np.int64)
    for c, rows in enumerate(members):
        wanted = int((shares == c).sum())
        rounds = -(-wanted // len(rows))
        drawn[shares == c] = np.concatenate([generator.permutation(rows) for _ in range(rounds)])[
            :wanted
        ]
    batches = [drawn[i : i + size] for i in range(0, len(drawn), size)]
    _no_single(batches, size)
    yield from batches


def _no_single(batches: list[Positions], size: int) -> None:
    """Join a last batch of one utterance with the batch before: batch normalisation needs two."""
    if size > 1 and len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [np.concatenate(batches[-2:])]
