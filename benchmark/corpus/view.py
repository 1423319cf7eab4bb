"""One fold of a corpus as a model sees it: batches with missing modalities erased."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from emobench.corpus.corpus import Corpus
from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.preparation.fit import Feature, feature, rows_digest
from emobench.corpus.preparation.row_cache import RowCache
from emobench.corpus.preparation.standardisation import speaker_groups, standardised_by
from emobench.corpus.row_index import RowIndex, row_index
from emobench.corpus.split import Split, class_counts
from emobench.interface.batch import Batch, Sequence
from emobench.interface.task import Task
from emobench.missingness import Mask

T = TypeVar("T")
Features = Mapping[str, Mapping[str, Feature]]


@dataclass(frozen=True, eq=False)
class FoldView:
    """One fold of a prepared corpus, with the representations of one model.

    Other views are derived from it with `dataclasses.replace`. Arrays of N rows are indexed by
    the numbers in `parts`.

    Parameters
    ----------
    modalities
        M modalities, the columns of `available`.
    source_rows
        ``[N]`` row number in the corpus of each row.
    available
        ``[N, M]`` which modalities each row has.
    ids, speakers
        N of each.
    labels
        ``[N]`` class numbers, or ``[N, C]`` zeros and ones.
    corpora, corpus_names
        ``[N]`` number of the member of a joint corpus, and the names of the members.
    auxiliary
        ``[N]`` which rows are of an auxiliary corpus.
    features
        Modality to representation to its values.
    parts
        Row numbers of train, dev and test, without rows that have no modality at all.
    task
        What the model is built for.
    """

    modalities: tuple[str, ...]
    source_rows: NDArray[np.int64]
    available: Mask
    ids: list[str]
    speakers: list[str]
    labels: NDArray[np.int64]
    corpora: NDArray[np.int64]
    corpus_names: tuple[str, ...]
    auxiliary: NDArray[np.bool_]
    features: Features
    parts: Split
    task: Task
    _memo: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, key: Hashable, build: Callable[[], T]) -> T:
        """Return what `build` gives for `key`, built once per view.

        A derived view builds it again. Conditions thus share what is learned from the train part.
        """
        if key not in self._memo:
            self._memo[key] = build()
        found: T = self._memo[key]
        return found

    def without_test(self) -> FoldView:
        """A view for training: it has no test rows, and hides their labels."""
        labels = self.labels.copy()
        labels[self.parts.test] = -1
        return replace(self, labels=labels, parts=replace(self.parts, test=self.parts.test[:0]))

    def lengths(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Longest sequence of each utterance over modalities, for bucketing: ``[n]``."""
        longest = np.zeros(len(rows), dtype=np.int64)
        for features in self.features.values():
            for one in features.values():
                longest = np.maximum(longest, one.table.lengths[self.source_rows[rows]])
        return longest

    def batch(self, rows: NDArray[np.int64], mask: Mask, labels: bool = True) -> Batch:
        """Build the batch of `rows`, with modalities erased where `mask` ``[n, M]`` is false."""
        kept = mask & self.available[rows]
        column = {m: i for i, m in enumerate(self.modalities)}
        places = self.source_rows[rows]
        inputs = {
            m: {n: _collate(self._rows(m, n), places, kept[:, column[m]]) for n in features}
            for m, features in self.features.items()
        }
        present = {m: torch.from_numpy(kept[:, column[m]].copy()) for m in self.features}
        truth = self.labels[rows] if labels else np.zeros_like(self.labels[rows])
        return Batch(tuple(self.ids[i] for i in rows), inputs, present, torch.from_numpy(truth))

    def _rows(self, modality: str, name: str) -> RowCache:
        feature = self.features[modality][name]
        return self.once(("rows", modality, name), lambda: RowCache(feature))


def fold_view(
    target: Prepared,
    parts: Split,
    inputs: Mapping[str, tuple[str, ...]],
    rows: RowIndex | None = None,
    standardise: str = "source",
) -> FoldView:
    """Open one fold of a prepared corpus, with representations fitted on train.

    Parameters
    ----------
    target
        The prepared corpus.
    parts
        Row numbers of train, dev and test.
    inputs
        Modality to representation names.
    rows
        Rows to use instead of the corpus's own, if utterances are repeated or shown in part;
        `parts` are then indices of these rows.
    standardise
        ``source`` or ``speaker``; see `emobench.Regime.standardise`.
    """
    corpus = target.corpus
    rows = rows or row_index(corpus, target.available, np.arange(len(corpus.table)))
    learned = rows.source_rows[parts.train] if rows.learned_from is None else rows.learned_from
    features: Features = {
        m: {n: feature(target, n, learned) for n in names} for m, names in inputs.items()
    }
    if standardise == "speaker":
        features = _by_speaker(target, features, parts, rows, learned)
    # No model can be scored on an utterance without a usable modality.
    usable: Mask = np.asarray(rows.available.any(axis=1))
    parts = Split(*(p[usable[p]] for p in (parts.train, parts.dev, parts.test)))
    return FoldView(
        modalities=corpus.modalities,
        source_rows=rows.source_rows,
        available=rows.available,
        ids=rows.ids,
        speakers=list(corpus.table["speaker"].astype(str).to_numpy()[rows.source_rows]),
        labels=rows.labels,
        corpora=corpus.members[rows.source_rows],
        corpus_names=corpus.member_names,
        auxiliary=corpus.auxiliary[rows.source_rows],
        features=features,
        parts=parts,
        task=_task(corpus, features, rows.labels[parts.train]),
    )


def _by_speaker(
    target: Prepared, features: Features, parts: Split, rows: RowIndex, learned: NDArray[np.int64]
) -> Features:
    """Standardise by each speaker's recordings of the same part, which is that of a whole row."""
    own = [rows.source_rows[p] for p in (parts.train, parts.dev, parts.test)]
    groups = speaker_groups(target.corpus, own)
    origin = rows_digest(target, learned)
    return {
        m: {n: standardised_by(f, target, groups, origin) for n, f in found.items()}
        for m, found in features.items()
    }


def _task(corpus: Corpus, features: Features, trained: NDArray[np.int64]) -> Task:
    counts = class_counts(trained, len(corpus.classes))
    return Task(
        classes=corpus.classes,
        inputs={m: {n: f.size for n, f in fs.items()} for m, fs in features.items()},
        class_counts=tuple(int(c) for c in counts),
        size_of_train=len(trained),
        multilabel=corpus.multilabel,
    )


def _collate(held: RowCache, rows: NDArray[np.int64], kept: NDArray[np.bool_]) -> Sequence:
    lengths = np.where(kept, held.lengths[rows], 0)
    return Sequence(torch.from_numpy(held.padded(rows, lengths)), torch.from_numpy(lengths))
