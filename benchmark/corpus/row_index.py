"""Rows of a fold that are not simply the utterances of the corpus.

A row may repeat an utterance, or show some of its modalities only.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.corpus import Corpus
from emobench.missingness import Mask

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class RowIndex:
    """The rows of a fold.

    Parameters
    ----------
    source_rows
        Row number in the corpus of each row, ``[N]``.
    available
        Which modalities each row has, ``[N, M]``.
    labels
        Label of each row, ``[N]`` or ``[N, C]``.
    ids
        N different ids: the utterance's, and ``ID#2``, ``ID#3`` where it is repeated.
    learned_from
        Row numbers in the corpus that standardisation and fitted representations are learned
        from; None where these are the train part's.
    """

    source_rows: Rows
    available: Mask
    labels: NDArray[np.int64]
    ids: list[str]
    learned_from: Rows | None = None


def row_index(corpus: Corpus, available: Mask, source_rows: Rows) -> RowIndex:
    """Rows that show utterances of `corpus` unchanged, each as often as `source_rows` names it."""
    ids = numbered(corpus.ids, source_rows)
    return RowIndex(source_rows, available[source_rows], corpus.labels[source_rows], ids)


def numbered(ids: list[str], source_rows: Rows) -> list[str]:
    """Ids of `source_rows`: the utterance's, with ``#2``, ``#3`` where it is repeated."""
    taken: Counter[str] = Counter()
    found = []
    for row in source_rows:
        name = ids[int(row)]
        taken[name] += 1
        found.append(name if taken[name] == 1 else f"{name}#{taken[name]}")
    return found
