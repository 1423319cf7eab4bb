"""Few rows per class, drawn from the train and dev rows of a fold anew for every seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.split import Split
from emobench.randomness import sample_stream

Rows = NDArray[np.int64]

ROWS_PER_CLASS = 8
"""Rows per class in train, as the Massive Text Embedding Benchmark (mteb) draws them."""


def few_shot(parts: Split, labels: Rows, ids: list[str], draw: int) -> Split:
    """Keep `ROWS_PER_CLASS` rows of each class in train, and as many in dev; test stays whole.

    The published recipe has no dev part. One as small as train is drawn here, because models choose
    a penalty or an epoch by it. A class with fewer rows keeps all of them.

    Parameters
    ----------
    parts
        A fold.
    labels
        ``[N]`` class numbers of all rows.
    ids
        N ids; draws are a pure function of them.
    draw
        Number of the draw.
    """
    train, dev = (
        _few(rows, labels, [ids[row] for row in rows], f"few {part}", draw)
        for part, rows in (("train", parts.train), ("dev", parts.dev))
    )
    return replace(parts, train=train, dev=dev)


def _few(rows: Rows, labels: Rows, ids: list[str], *what: str | int) -> Rows:
    order = rows[sample_stream(ids, *what).permutation(len(rows))]
    of_class = [order[labels[order] == c][:ROWS_PER_CLASS] for c in np.unique(labels[order])]
    return np.sort(np.concatenate(of_class)) if of_class else rows
