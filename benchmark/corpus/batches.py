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
    if size > 1 and len(batches) > 1 and len(batches[-1]) == 1:
        # Batch normalisation cannot train on one utterance: it joins its neighbour.
        batches[-2:] = [np.concatenate(batches[-2:])]
    for i in generator.permutation(len(batches)):
        yield batches[i]


def class_balanced(labels: Rows, generator: np.random.Generator) -> Rows:
    """Draw as many positions as there are labels, each class equally likely, with replacement."""
    counts = np.bincount(labels)
    weights = 1.0 / counts[labels]
    drawn: Rows = generator.choice(len(labels), size=len(labels), p=weights / weights.sum())
    return drawn
