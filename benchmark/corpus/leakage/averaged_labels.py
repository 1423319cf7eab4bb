"""Labels averaged over a group, as by a loader that takes a whole video for one utterance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.corpus import Corpus
from emobench.corpus.split import SplitPolicy, class_counts, split


def averaged_labels(corpus: Corpus) -> NDArray[np.int64]:
    """Label of each utterance after averaging over its group: ``[N]``, or ``[N, C]``.

    Of several labels those hold whose average is above 0, so all that hold anywhere in the group.
    Of one label the group's commonest is taken; where two are as common, the first in the order of
    the classes, as argmax does. Auxiliary utterances keep theirs.
    """
    labels, own = corpus.labels, ~corpus.auxiliary
    groups, place = np.unique(corpus.table["group"].to_numpy(str)[own], return_inverse=True)
    each = labels[own] if labels.ndim == 2 else np.eye(len(corpus.classes), dtype=int)[labels[own]]
    total = np.zeros((len(groups), each.shape[1]), dtype=np.int64)
    np.add.at(total, place, each)
    averaged = (total > 0).astype(np.int64) if labels.ndim == 2 else total.argmax(axis=1)
    found = labels.copy()
    found[own] = averaged[place]
    return found


def why_not_averaged(corpus: Corpus, policy: SplitPolicy) -> str:
    """Why labels cannot be averaged over groups, or ""."""
    table = corpus.table.loc[~corpus.auxiliary]
    card = corpus.dataset.card
    if not 1 < table["group"].nunique() < len(table):
        return "names no video or dialogue that several utterances share"
    pairs = table[["group", "speaker"]].drop_duplicates()
    same = len(pairs) == table["group"].nunique() == table["speaker"].nunique()
    if same and card.fold_by == "speaker":
        return "has no groups but its speakers, and no video or dialogue to average over"
    averaged = averaged_labels(corpus)
    for fold in range(policy.folds):
        train = split(corpus, policy, fold).train
        counts = class_counts(averaged[train], len(corpus.classes))
        if not counts.all():
            gone = corpus.classes[int(counts.argmin())]
            return f"has no {gone!r} left in train once labels are averaged over groups"
    return ""
