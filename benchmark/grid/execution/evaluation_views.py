"""What a job trains on, and what each of its cells is tested on."""

from __future__ import annotations

import numpy as np

from emobench.corpus.corpus import Corpus
from emobench.corpus.prepared.extract import prepared
from emobench.corpus.split import SplitPolicy, split
from emobench.corpus.transfer.view import in_corpus_view, target_rows, transfer_view
from emobench.corpus.view import FoldView, fold_view
from emobench.corruption.corrupted_dataset import corrupted_view
from emobench.corruption.registry import KINDS
from emobench.grid.plan.jobs import Cell, EvaluationTarget


def open_view(
    corpus: Corpus,
    policy: SplitPolicy,
    fold: int,
    inputs: dict[str, tuple[str, ...]],
    flaw: str = "",
) -> FoldView:
    """One fold of a corpus whose representations are prepared."""
    if flaw:
        from emobench.corpus.leakage.flawed_splits import flawed_view  # PENDING

        return flawed_view(prepared(corpus), policy, fold, inputs, flaw)
    return fold_view(prepared(corpus), split(corpus, policy, fold), inputs)


def tested_view(
    view: FoldView, corpus: Corpus, policy: SplitPolicy, fold: int, cell: Cell, elsewhere: Corpus
) -> FoldView:
    """What a cell is tested on, as a model that was trained on `view` of `corpus` sees it.

    `elsewhere`: the corpus of the cell's ground, opened.
    """
    ground = cell.ground
    assert ground is not None
    train = split(corpus, policy, fold).train
    if cell.condition.corruption is not None:
        modality = KINDS[cell.condition.corruption.kind].modality
        return corrupted_view(view, prepared(corpus), train, prepared(elsewhere), modality)
    labels = np.asarray(ground.theirs, dtype=np.int64)[elsewhere.labels]
    if elsewhere.digest == corpus.digest:
        return in_corpus_view(view, labels)
    rows = target_rows(elsewhere)
    rows = rows[labels[rows] >= 0]
    return transfer_view(view, prepared(corpus), train, prepared(elsewhere), rows, labels)


def is_elsewhere(ground: EvaluationTarget | None, corpus: Corpus) -> bool:
    """Whether a cell needs another corpus, or a damaged copy of this one, to be opened."""
    return ground is not None and ground.request.label != corpus.request.label
