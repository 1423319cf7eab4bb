"""The test data of each cell of a job."""

from __future__ import annotations

import numpy as np

from emobench.corpus.corpus import Corpus
from emobench.corpus.preparation.extract import prepared
from emobench.corpus.preparation.standardisation import one_group, speaker_groups
from emobench.corpus.split import SplitPolicy, split
from emobench.corpus.transfer.view import in_corpus_view, target_rows, transfer_view
from emobench.corpus.view import FoldView
from emobench.corruption.corrupted_dataset import corrupted_view
from emobench.corruption.registry import KINDS
from emobench.grid.open_corpora import OpenCorpora
from emobench.grid.plan.jobs import EvaluationTarget, Job, PlannedCell


def trained_view(corpora: OpenCorpora, job: Job, inner: tuple[int, int] | None = None) -> FoldView:
    """The fold that `job` is trained on, with its own test part.

    `inner`: number and count of an inner fold of its train and dev parts, which has no test part.
    """
    how = job.regime.standardise
    return corpora.view(job.corpus, job.policy, job.spec.fold, job.inputs, job.flaw, how, inner)


def tested_view(corpora: OpenCorpora, job: Job, cell: PlannedCell) -> FoldView:
    """The test data of `cell`, in the form that the model of `job` was trained on."""
    trained = trained_view(corpora, job)
    if cell.target is None:
        return trained
    source = corpora.get(job.corpus)
    tested = corpora.get(cell.target.request) if is_elsewhere(job, cell.target) else source
    return _evaluation_view(trained, source, job.policy, job.spec.fold, cell, tested)


def is_elsewhere(job: Job, target: EvaluationTarget | None) -> bool:
    """Whether the test data are another corpus, or a corrupted copy of the job's corpus."""
    return target is not None and target.request.label != job.corpus.label


def _evaluation_view(
    trained: FoldView,
    source: Corpus,
    policy: SplitPolicy,
    fold: int,
    cell: PlannedCell,
    tested: Corpus,
) -> FoldView:
    target = cell.target
    assert target is not None
    train = split(source, policy, fold).train
    if cell.condition.corruption is not None:
        modality = KINDS[cell.condition.corruption.kind].modality
        return corrupted_view(trained, prepared(source), train, prepared(tested), modality)
    labels = np.asarray(target.theirs, dtype=np.int64)[tested.labels]
    if tested.digest == source.digest:
        return in_corpus_view(trained, labels)
    rows = target_rows(tested)
    # Their labels choose what is scored, and must not choose what is standardised with.
    how = cell.condition.standardise
    groups = None
    if how != "source":
        groups = speaker_groups(tested, [rows]) if how == "speaker" else one_group(tested, rows)
    shown = rows[labels[rows] >= 0]
    return transfer_view(trained, prepared(source), train, prepared(tested), shown, labels, groups)
