"""The record of a corpus: its card, its split and its problems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace

import numpy as np

from emobench.corpus.anonymity import named
from emobench.corpus.corpus import Corpus
from emobench.corpus.leakage.duplicates import Duplicates
from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.split import SplitPolicy, class_counts, split
from emobench.digest import canonical_digest
from emobench.store.records import ClipProblem, CorpusRecord, Count, FoldCopies, Size
from emobench.store.store import Store
from emobench.wording import EVERYBODY


def write_corpus(
    store: Store,
    target: Prepared,
    policy: SplitPolicy,
    found: list[Duplicates],
    doubts: tuple[str, ...] = (),
) -> str:
    """Write the record of a prepared corpus; return its key.

    `found`: per fold, the test utterances that are in train as well. `doubts`: why its scores may
    not mean what they seem to.
    """
    record = corpus_record(target, policy, found)
    if doubts:
        record = record.model_copy(update={"doubts": doubts})
    key = canonical_digest(record.content())
    store.write_record("corpora", key, record)
    return key


def corpus_record(target: Prepared, policy: SplitPolicy, found: list[Duplicates]) -> CorpusRecord:
    """Describe a prepared corpus under a split policy."""
    corpus = target.corpus
    card = corpus.dataset.card
    speakers, who = _speakers(corpus, policy), named(corpus)
    shared = speakers["train"] & speakers["test"]
    available = target.available.sum(axis=0)
    record = CorpusRecord(
        dataset=corpus.request.label,
        card=replace(card, split=policy.describe(corpus)),
        modalities=corpus.modalities,
        absent={m: f"no {m} files here" for m in card.modalities if m not in corpus.modalities},
        classes=corpus.classes,
        utterances=len(corpus.table),
        available={m: int(n) for m, n in zip(corpus.modalities, available, strict=True)},
        folds=policy.folds,
        unusable=int((~target.available.any(axis=1)).sum()),
        counts=tuple(_counts(target, policy)),
        speakers={part: len(names) for part, names in speakers.items()},
        shared_speakers=None if who != EVERYBODY else len(shared),
        copies=tuple(_copies(corpus, fold, copies) for fold, copies in enumerate(found)),
        problems=tuple(ClipProblem(**asdict(p)) for p in target.problems),
        digest=corpus.digest,
    )
    if units := corpus.units:
        record = record.model_copy(update={"units": units})
    if who != EVERYBODY:
        record = record.model_copy(update={"named": who})
    if not corpus.multilabel:
        return record
    # With several labels per utterance, class counts do not add up to utterances.
    sizes = tuple(_sizes(target, policy))
    return record.model_copy(update={"multilabel": True, "sizes": sizes})


def _speakers(corpus: Corpus, policy: SplitPolicy) -> dict[str, set[str]]:
    """Part of the first fold to the names of its speakers."""
    column = corpus.table["speaker"]
    parts = asdict(split(corpus, policy, 0))
    return {part: set(column.iloc[rows]) for part, rows in parts.items()}


def _copies(corpus: Corpus, fold: int, found: Duplicates) -> FoldCopies:
    return FoldCopies(
        fold=fold,
        tested=found.tested,
        exact={m: len(rows) for m, rows in found.exact.items()},
        alike={m: len(rows) for m, rows in found.alike.items()},
        whole=tuple(corpus.ids[row] for row in found.whole),
    )


def _sizes(target: Prepared, policy: SplitPolicy) -> Iterator[Size]:
    """Usable utterances by fold and split."""
    usable = np.asarray(target.available.any(axis=1))
    for fold in range(policy.folds):
        for part, rows in asdict(split(target.corpus, policy, fold)).items():
            yield Size(fold=fold, split=part, n=int(usable[rows].sum()))


def _counts(target: Prepared, policy: SplitPolicy) -> Iterator[Count]:
    """Usable utterances by fold, split and class; of a joint corpus also by member."""
    corpus = target.corpus
    usable = np.asarray(target.available.any(axis=1))
    members, names, truth = corpus.members, corpus.member_names, corpus.labels
    for fold in range(policy.folds):
        for part, rows in asdict(split(corpus, policy, fold)).items():
            for number in range(max(1, len(names))):
                here = rows[usable[rows] & (members[rows] == number)]
                labels = class_counts(truth[here], len(corpus.classes))
                which = {"corpus": names[number]} if names else {}
                for label, n in zip(corpus.classes, labels, strict=True):
                    yield Count(fold=fold, split=part, label=label, n=int(n), **which)
