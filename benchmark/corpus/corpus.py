"""An opened corpus: its utterance table, its modalities on disk, and its digest."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench.corpus.identity import (
    Change,
    corpus_digest,
    files_digest,
    remember,
    source_files,
)
from emobench.discovery.options import with_options
from emobench.discovery.registry import Entry
from emobench.errors import DataError
from emobench.intake.file_digests import FileDigests
from emobench.interface.card import DatasetCard
from emobench.interface.dataset import Dataset, Folders
from emobench.modality import ordered

REQUIRED = ("id", "speaker", "group", "label")
LABEL_SEPARATOR = "|"


@dataclass(frozen=True, eq=False)
class CorpusRequest:
    """A corpus, its options and its folders: all that a process needs to open it.

    Requests with equal keys are equal, so that they can be the keys of caches.
    """

    entry: Entry
    options: tuple[tuple[str, str], ...]
    folders: Folders

    @property
    def label(self) -> str:
        """Label in the tables: ``NAME`` or ``NAME:key=value``, or a file's path as typed."""
        options = dict(self.options)
        own_file = isinstance(self.entry.card, DatasetCard) and self.entry.card.suffixes
        name = options.pop("path", "") if own_file else ""
        return ":".join([name or self.entry.name, *(f"{k}={v}" for k, v in options.items())])

    @property
    def key(self) -> str:
        """Key that identifies the request within a process."""
        return f"{self.label}|{self.folders}"

    @property
    def identity(self) -> str:
        """Name of the corpus in the cache's records: the label, and where its files lie."""
        path = dict(self.options).get("path", "")
        return f"{self.label}|{self.folders.data}|{Path(path).absolute() if path else ''}"

    @property
    def parts(self) -> tuple[CorpusRequest, ...]:
        """The corpora that this one consists of: itself, or the members of a joint corpus."""
        return (self,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CorpusRequest) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def dataset(self) -> Dataset:
        """Build the dataset object."""
        kind: type[Dataset] = self.entry.load()
        options = kind.Options() if kind.Options is not None else None
        chosen = with_options(options, dict(self.options), f"dataset {self.entry.name}")
        return kind(self.folders, chosen)


@dataclass
class Corpus:
    """A corpus that can be prepared and split.

    Parameters
    ----------
    request
        The request that names the corpus.
    dataset
        The corpus's loader.
    table
        The utterance table, checked.
    digest
        SHA-256 over the table, the options, the loader's fingerprint and the source files.
    modalities
        Modalities whose files are here, in the fixed order.
    sources
        Modality to its sources.
    changes
        What changed in the corpus since this cache first saw it, the latest last.
    content
        Digest of the source files; empty for a corpus that lists none.
    """

    request: CorpusRequest
    dataset: Dataset
    table: pd.DataFrame
    digest: str
    modalities: tuple[str, ...]
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    content: str = ""
    folds: dict[int, NDArray[np.int64]] = field(init=False, default_factory=dict, repr=False)
    """Number of folds to the fold of each utterance: drawn once, and asked for many times."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Label names in the order of the logits."""
        return self.dataset.card.classes

    @property
    def multilabel(self) -> bool:
        """Whether an utterance can have any number of classes."""
        return self.dataset.card.multilabel

    @property
    def labels(self) -> NDArray[np.int64]:
        """Class indices ``[N]``; for a multi-label corpus zeros and ones ``[N, C]``."""
        position = {name: i for i, name in enumerate(self.classes)}
        if not self.multilabel:
            return np.asarray(self.table["label"].map(position), dtype=np.int64)
        labels = np.zeros((len(self.table), len(position)), dtype=np.int64)
        for row, text in enumerate(self.table["label"]):
            labels[row, [position[name] for name in names_in(text)]] = 1
        return labels

    @property
    def strata(self) -> NDArray[np.int64]:
        """Class indices ``[N]`` to stratify by; for several labels the utterance's rarest class."""
        if not self.multilabel:
            return self.labels
        labels = self.labels
        rarest_first = np.argsort(labels.sum(axis=0), kind="stable")
        ranked = labels[:, rarest_first]
        nothing = len(self.classes)
        return np.where(ranked.any(axis=1), rarest_first[ranked.argmax(axis=1)], nothing)

    @property
    def ids(self) -> list[str]:
        """Utterance ids, N of them."""
        return list(self.table["id"])

    @property
    def units(self) -> dict[str, tuple[str, ...]]:
        """Independent unit to the ids of its utterances, for units of more than one utterance.

        Empty where the card names no unit. An utterance whose unit is not known (a manifest's empty
        cell) is its own, like one that is alone in its unit.
        """
        card = self.dataset.card
        if not card.unit:
            return {}
        names = self.table[card.fold_by].astype(str)
        groups = self.table.loc[(names != "") & ~self.auxiliary, "id"].groupby(names, sort=False)
        return {str(unit): tuple(ids) for unit, ids in groups if len(ids) > 1}

    @property
    def members(self) -> NDArray[np.int64]:
        """Number of each utterance's member corpus, ``[N]``; 0 unless the corpus is joint."""
        if "corpus" not in self.table.columns:
            return np.zeros(len(self.table), dtype=np.int64)
        return pd.factorize(self.table["corpus"])[0].astype(np.int64)

    @property
    def member_names(self) -> tuple[str, ...]:
        """Names of the members of a joint corpus, empty for any other."""
        return tuple(dict.fromkeys(self.table.get("corpus", ())))

    @property
    def auxiliary(self) -> NDArray[np.bool_]:
        """Whether each utterance is in train in every split, ``[N]``."""
        if "auxiliary" not in self.table.columns:
            return np.zeros(len(self.table), dtype=bool)
        return self.table["auxiliary"].to_numpy(dtype=bool)


def names_in(label: str) -> list[str]:
    """Class names in the ``label`` of a multi-label corpus."""
    return label.split(LABEL_SEPARATOR) if label else []


def open_corpus(request: CorpusRequest, progress: Any = None) -> Corpus:
    """Open a corpus: generate or find its files, read and check its utterance table.

    Raises
    ------
    DataError
        Files are absent or are pointers of Git LFS, or the table breaks the contract of `Dataset`.
    """
    dataset = request.dataset()
    files = source_files(dataset, progress, request.label)
    dataset.prepare(progress)
    table = dataset.utterances().reset_index(drop=True)
    _check(table, dataset)
    sources = {m: s for m, s in dataset.sources().items() if s}
    modalities = ordered(sources)
    if not modalities:
        raise DataError(f"{dataset.card.name} has no modality here. {dataset.card.obtain}")
    digest = corpus_digest(table, dataset, sources, files)
    changes = remember(request.folders.cache, request.identity, digest, table, dataset, files)
    content = files_digest(files)
    return Corpus(request, dataset, table, digest, modalities, sources, tuple(changes), content)


def distrust_files(request: CorpusRequest) -> None:
    """Have every source file of a corpus read again, even if its size and times are as before."""
    for part in request.parts:
        FileDigests(part.folders.cache).distrust(part.dataset().files())


def _check(table: pd.DataFrame, dataset: Dataset) -> None:
    name = dataset.card.name
    absent = [c for c in REQUIRED if c not in table.columns]
    if absent:
        raise DataError(f"The loader of {name} returned a table without {', '.join(absent)}.")
    if table.empty:
        raise DataError(f"{name} has no utterance. {dataset.card.obtain}")
    repeated = table["id"][table["id"].duplicated()]
    if len(repeated):
        raise DataError(f"{name}: the utterance id {repeated.iloc[0]!r} occurs more than once.")
    card = dataset.card
    found = set(table["label"])
    if card.multilabel:
        found = {n for label in found for n in names_in(label)}
    unknown = sorted(found - set(card.classes))
    if unknown:
        raise DataError(f"{name}: unknown label {unknown[0]!r}; known: {dataset.card.classes}.")
