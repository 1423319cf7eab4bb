"""The order in which utterances are batched."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
POOL = 8


def evaluation_order(lengths: Rows, size: int) -> Iterator[Rows]:
    """Positions in batches of similar length, always the same."""
    order = np.argsort(lengths, kind="stable")
    for start in range(0, len(order), size):
        yield order[start : start + size]


def training_order(lengths: Rows, size: int, generator: np.random.Generator) -> Iterator[Rows]:
    """Positions of one epoch: shuffled, then bucketed by length within pools of eight batches."""
    order = generator.permutation(len(lengths))
    batches: list[Rows] = []
    for start in range(0, len(order), POOL * size):
        pool = order[start : start + POOL * size]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches.extend(pool[i : i + size] for i in range(0, len(pool), size))
    _no_single(batches, size)
    for i in generator.permutation(len(batches)):
        yield batches[i]


def class_balanced(labels: Rows, generator: np.random.Generator) -> Rows:
    """Draw as many positions as there are labels, each class equally likely, with replacement.

    An utterance with several labels (``[N, C]``) is drawn for the rarest of them; those with none
    count as a class.
    """
    if labels.ndim == 2:
        frequency = np.append(labels.sum(axis=0), (labels.sum(axis=1) == 0).sum())
        held = np.column_stack([labels, labels.sum(axis=1) == 0])
        labels = np.where(held == 1, frequency, frequency.max() + 1).argmin(axis=1)
    counts = np.bincount(labels)
    weights = 1.0 / counts[labels]
    drawn: Rows = generator.choice(len(labels), size=len(labels), p=weights / weights.sum())
    return drawn


def corpus_balanced_order(
    corpora: Rows, size: int, generator: np.random.Generator
) -> Iterator[Rows]:
    """Positions of one epoch in batches that hold equal shares of every corpus.

    An epoch has as many positions as there are utterances; of a small corpus each utterance comes
    several times, all of them before any comes again, of a large one not all come. Where `size` is
    no multiple of the number of corpora, the larger share goes round.

    Parameters
    ----------
    corpora
        ``[N]`` number of each utterance's corpus.
    size
        Utterances per batch.
    """
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


def _no_single(batches: list[Rows], size: int) -> None:
    """Join a last batch of one with its neighbour: batch normalisation cannot train on it."""
    if size > 1 and len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [np.concatenate(batches[-2:])]
