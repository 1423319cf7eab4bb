"""Rows of a view that are not simply a corpus's: copies of an utterance, and parts of one."""

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
    """The rows that a `FoldView` has in the place of its corpus's own.

    Parameters
    ----------
    base
        Row number in the corpus of each ``[N']``.
    available
        Which modalities each has, ``[N', M]``.
    labels
        What each is labelled as, ``[N']`` or ``[N', C]``.
    ids
        N' ids, each once: that of the utterance, and ``ID#2``, ``ID#3`` where it comes again.
    learned_from
        Row numbers in the corpus that standardisation and fitted representations are learned
        from; None where these are the train part's.
    """

    base: Rows
    available: Mask
    labels: NDArray[np.int64]
    ids: list[str]
    learned_from: Rows | None = None


def row_index(corpus: Corpus, available: Mask, base: Rows) -> RowIndex:
    """Rows that are utterances of `corpus` as they are, each as often as `base` names it."""
    return RowIndex(base, available[base], corpus.labels[base], numbered(corpus.ids, base))


def numbered(ids: list[str], base: Rows) -> list[str]:
    """An id for each of `base`: the utterance's, with ``#2``, ``#3`` where it comes again."""
    taken: Counter[str] = Counter()
    found = []
    for row in base:
        name = ids[int(row)]
        taken[name] += 1
        found.append(name if taken[name] == 1 else f"{name}#{taken[name]}")
    return found
