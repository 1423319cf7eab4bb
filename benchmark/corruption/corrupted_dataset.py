"""A damaged copy of a corpus: its tested utterances with one modality corrupted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench.corpus.corpus import CorpusRequest
from emobench.corpus.identity import files_digest, source_files
from emobench.corpus.preparation.clips import check_media
from emobench.corpus.preparation.dataset_cache import dataset_and_table
from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.preparation.fit import transformed_with
from emobench.corpus.view import FoldView
from emobench.corruption.donors import DonorPool
from emobench.corruption.registry import KINDS
from emobench.discovery.representations import source_of
from emobench.errors import DataError
from emobench.interface.dataset import Dataset
from emobench.interface.protocol import Corruption
from emobench.randomness import corruption_stream


@dataclass(frozen=True, eq=False)
class CorruptedRequest(CorpusRequest):
    """Some utterances of a corpus with one modality damaged; the other modalities are not read.

    Parameters
    ----------
    base
        The corpus.
    corruption
        The corruption of the utterances.
    rows
        Row numbers of the utterances that are tested, in any fold.
    """

    base: CorpusRequest
    corruption: Corruption
    rows: tuple[int, ...]

    @classmethod
    def of(
        cls, base: CorpusRequest, corruption: Corruption, rows: Iterable[int]
    ) -> CorruptedRequest:
        """Build the request for `rows` of `base` under `corruption`; their order is irrelevant."""
        whole = tuple(sorted({int(r) for r in rows}))
        return cls(base.entry, base.options, base.folders, base, corruption, whole)

    @property
    def label(self) -> str:
        """Label in messages: ``NAME, KIND SEVERITY``."""
        return f"{self.base.label}, {self.corruption.kind} {self.corruption.severity}"

    @property
    def key(self) -> str:
        """Key that identifies the request within a process."""
        return f"{self.base.key}|{self.corruption}|{self.digest}"

    @property
    def digest(self) -> str:
        """Digest of the rows."""
        return hashlib.sha256(",".join(map(str, self.rows)).encode()).hexdigest()[:16]

    def dataset(self) -> Dataset:
        """Build the dataset object."""
        return CorruptedDataset(self)


class CorruptedDataset(Dataset):
    """Reads recordings or words of a corpus and damages them.

    Parameters
    ----------
    request
        The request for the damaged copy.
    """

    def __init__(self, request: CorruptedRequest) -> None:
        self.base, self._table = dataset_and_table(request.base)
        super().__init__(request.folders, self.base.options)
        self.card = self.base.card
        self.request = request
        self.kind = KINDS[request.corruption.kind]
        if self.kind.swaps:
            raise ValueError(f"{self.kind.name} changes batches; it makes no damaged copy")
        self._tested = set(self._table["id"].iloc[list(request.rows)])

    def utterances(self) -> pd.DataFrame:
        """Return the corpus's table."""
        return self._table.copy()

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return the damaged sources alone."""
        here = self.base.sources().get(self.kind.modality, ())
        return {self.kind.modality: tuple(s for s in here if s in self.kind.sources)}

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | None:
        """Read and damage one tested utterance; None for other utterances and other sources."""
        if row["id"] not in self._tested or source not in self.kind.sources:
            return None
        media = self.base.read(row, source)
        if media is None:
            return None
        whole, _ = check_media(media, source)
        rng = corruption_stream(self.kind.name, str(row["id"]))
        return self.kind.damage(whole, self.request.corruption.severity, rng, self._donors.to(row))

    @cached_property
    def _donors(self) -> DonorPool:
        return donor_pool(self.request.base)

    def split(self, utterances: pd.DataFrame, fold: int) -> pd.Series:
        """Return the corpus's own split."""
        return self.base.split(utterances, fold)

    def fingerprint(self) -> str:
        """Return the corpus's fingerprint and files, with the corruption and the rows."""
        done = f"{self.request.corruption}, version {self.kind.version}, {self.kind.amounts}"
        files = files_digest(source_files(self.base))
        return f"{self.base.fingerprint()}{files}|{done}|{self.request.digest}"

    def prepare(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        """Prepare the corpus."""
        self.base.prepare(progress)


@lru_cache(maxsize=8)
def donor_pool(request: CorpusRequest) -> DonorPool:
    """Return the donor pool of a corpus, shared within a process."""
    return DonorPool(*dataset_and_table(request))


def corrupted_view(
    view: FoldView, source: Prepared, train: NDArray[np.int64], damaged: Prepared, modality: str
) -> FoldView:
    """`view` with the features of `modality` taken from a damaged copy of its corpus.

    Only tested utterances have the modality there. Representations that are not computed from the
    damaged source stay unchanged: a simulated corpus keeps its expressed classes, so that the
    ceiling is that of undamaged recordings.

    Parameters
    ----------
    view
        The fold as it is.
    source
        The prepared corpus.
    train
        Its train rows, from which everything fitted was learned.
    damaged
        The prepared damaged copy.
    modality
        The damaged modality.

    Raises
    ------
    DataError
        The damaged copy gives features of another size.
    """
    affected = set(damaged.corpus.sources[modality])
    features = dict(view.features.get(modality, {}))
    for name in features:
        if source_of(name) in affected:
            found = transformed_with(source, name, train, damaged)
            if found is None:
                raise DataError(
                    f"{name} of {damaged.corpus.request.label} has another size than in train."
                )
            features[name] = found
    available = view.available.copy()
    available[:, view.modalities.index(modality)] &= damaged.available[:, 0]
    changed = {**view.features, modality: features} if features else view.features
    return replace(view, features=changed, available=available)
