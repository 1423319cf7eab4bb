"""Train-test duplicates of each flawed split, for the leakage records of a grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.leakage.flawed_splits import (
    FlawedSplit,
    draw_flawed_split,
    flaw_folds,
    swapped_classes,
)
from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.row_index import RowIndex
from emobench.corpus.split import SplitPolicy, class_counts
from emobench.store.records import Audit, AuditClass

Rows = NDArray[np.int64]
Keys = NDArray[np.uint64]


def has_duplicate(target: Prepared, rows: RowIndex, tested: Rows, seen: Rows) -> NDArray[np.bool_]:
    """Whether each of the rows `tested` ``[n]`` has a duplicate among the rows `seen`.

    A duplicate is the same utterance, or one that is equal in every modality that both have.
    """
    found = np.isin(rows.source_rows[tested], rows.source_rows[seen])
    modalities = target.corpus.modalities
    content = np.stack([target.content(m)[rows.source_rows] for m in modalities], axis=1)
    content = np.where(rows.available, content, np.uint64(0))
    for kept in np.unique(rows.available[tested], axis=0):
        mine = (rows.available[tested] == kept).all(axis=1)
        for other in np.unique(rows.available[seen], axis=0):
            shared = kept & other
            if shared.any():
                theirs = seen[(rows.available[seen] == other).all(axis=1)]
                known = _words(content[theirs][:, shared])
                found[mine] |= np.isin(_words(content[tested[mine]][:, shared]), known)
    return found


def _words(keys: Keys) -> NDArray[Any]:
    """One comparable value per row of keys ``[n, k]``."""
    whole = np.ascontiguousarray(keys)
    return whole.view(np.dtype((np.void, whole.dtype.itemsize * whole.shape[1]))).ravel()


def audit_record(target: Prepared, policy: SplitPolicy, flaw: str = "") -> Audit:
    """Count the train-test duplicates under `flaw` ("" for the honest split), over all folds.

    Returns
    -------
    The record; ``copied`` is the number of rows per utterance of each class.

    Raises
    ------
    Skip
        The flaw cannot exist on this corpus.
    """
    corpus = target.corpus
    count = len(corpus.classes)
    tested, twins = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    count_tested, ids, chosen_on, sizes = 0, list[str](), 0, dict[str, int]()
    for fold in range(flaw_folds(policy, flaw)):
        one = draw_flawed_split(target, policy, fold, flaw)
        parts = {p: _usable(one, rows) for p, rows in vars(one.parts).items()}
        test = parts["test"]
        twice = has_duplicate(target, one.rows, test, parts["train"])
        tested += class_counts(one.rows.labels[test], count)
        twins += class_counts(one.rows.labels[test[twice]], count)
        count_tested += len(test)
        ids += [one.rows.ids[row] for row in test[twice]]
        chosen_on += int(has_duplicate(target, one.rows, test, parts["dev"]).sum())
        if fold == 0:
            sizes = {part: len(rows) for part, rows in parts.items()}
            copied = _copied(one, np.concatenate(list(parts.values())), count)
    found = Audit(
        flaw=flaw or "honest",
        tested=count_tested,
        twins=tuple(ids),
        chosen_on=chosen_on,
        sizes=sizes,
        classes=tuple(
            AuditClass(label=c, tested=int(n), twins=int(t), copied=round(float(k), 3))
            for c, n, t, k in zip(corpus.classes, tested, twins, copied, strict=True)
        ),
    )
    if flaw != "swapped_labels":
        return found
    swapped = tuple(corpus.classes[c] for c in swapped_classes(corpus))
    return found.model_copy(update={"swapped": swapped})


def _usable(one: FlawedSplit, rows: Rows) -> Rows:
    return rows[one.rows.available[rows].any(axis=1)]


def _copied(one: FlawedSplit, rows: Rows, classes: int) -> NDArray[np.float64]:
    """Rows per utterance of each class ``[C]``; 1 where nothing is copied."""
    labels = one.rows.labels
    _, first = np.unique(one.rows.source_rows[rows], return_index=True)
    once = class_counts(labels[rows[first]], classes)
    return np.maximum(class_counts(labels[rows], classes), 1) / np.maximum(once, 1)
