"""Inner folds: the train and dev parts of a fold, divided anew for a search."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from emobench.corpus.corpus import Corpus
from emobench.corpus.split import Split, check_disjoint, class_counts
from emobench.errors import DataError, RequestError
from emobench.randomness import SPLIT_SEED


def check_inner_folds(corpus: Corpus, parts: Split, count: int) -> None:
    """Refuse a number of inner folds that `parts` cannot be divided into.

    Raises
    ------
    RequestError
        Fewer than two inner folds, or more than there are groups.
    DataError
        A class would have no utterance in some inner train part.
    """
    if count < 2:
        raise RequestError(f"--inner {count}: it must be at least 2 folds; leave it out for none.")
    for number in range(count):
        inner_split(corpus, parts, number, count)


def inner_split(corpus: Corpus, parts: Split, number: int, count: int) -> Split:
    """Divide the train and dev rows of `parts` into `count` folds; the test part is empty.

    Parameters
    ----------
    corpus
        The corpus.
    parts
        The parts of the outer fold. Its test rows are in no inner part.
    number, count
        The inner fold whose rows are dev, and how many there are. They share no speaker or group,
        by the column that the corpus's folds are drawn by, and are stratified by class.

    Raises
    ------
    RequestError, DataError
        As `check_inner_folds`.
    """
    where = f"{corpus.request.label}, inner fold {number} of {count}"
    seen = np.sort(np.concatenate([parts.train, parts.dev]))
    own = seen[~corpus.auxiliary[seen]]
    groups = corpus.table[corpus.dataset.card.fold_by].astype(str).to_numpy()[own]
    if count > len(np.unique(groups)):
        unit = corpus.dataset.card.fold_by
        raise RequestError(
            f"--inner {count}: train and dev of {corpus.request.label} have only "
            f"{len(np.unique(groups))} {unit}s; ask for fewer inner folds."
        )
    dev = _fold(groups, corpus.strata[own], number, count)
    rows = Split(np.setdiff1d(seen, own[dev]), own[dev], parts.test[:0])
    counts = class_counts(corpus.labels[rows.train], len(corpus.classes))
    absent = [name for name, n in zip(corpus.classes, counts, strict=True) if n == 0]
    if absent:
        raise DataError(
            f"{where}: class {', '.join(map(repr, absent))} has no utterance to learn from; ask "
            "for another number of inner folds."
        )
    check_disjoint(corpus, rows, (corpus.dataset.card.fold_by,), where)
    return rows


def _fold(
    groups: NDArray[np.str_], strata: NDArray[np.int64], number: int, count: int
) -> NDArray[np.int64]:
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=SPLIT_SEED)
    try:
        drawn = list(splitter.split(groups, strata, groups))
    except ValueError as error:
        raise RequestError(f"--inner {count}: {error}.") from None
    rows: NDArray[np.int64] = drawn[number][1]
    return rows
