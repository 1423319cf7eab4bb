"""Numbers on a corpus: classes, speakers and modalities of each part, and lengths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.anonymity import named
from emobench.corpus.corpus import Corpus
from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.split import Split, class_counts
from emobench.discovery.representations import representation
from emobench.wording import EVERYBODY

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Lengths:
    """Lengths of the utterances that have a representation.

    Parameters
    ----------
    count
        Number of such utterances.
    shortest, median, longest, total
        In steps, or in seconds where `seconds`.
    seconds
        Whether the steps have a known duration.
    size
        Features per step.
    """

    count: int
    shortest: float
    median: float
    longest: float
    total: float
    seconds: bool
    size: int


def parts_of(split: Split) -> dict[str, Rows]:
    """Part to its row numbers, and ``all``."""
    parts = {"train": split.train, "dev": split.dev, "test": split.test}
    return parts | {"all": np.sort(np.concatenate(list(parts.values())))}


def classes_of(corpus: Corpus, parts: Mapping[str, Rows]) -> dict[str, NDArray[np.int64]]:
    """Part to its utterances per class, ``[C]``; an utterance of several classes counts in each."""
    labels = corpus.labels
    return {part: class_counts(labels[rows], len(corpus.classes)) for part, rows in parts.items()}


def speakers_of(corpus: Corpus, parts: Mapping[str, Rows]) -> dict[str, int] | None:
    """Part to its number of speakers; None if the corpus does not name all of them."""
    if named(corpus) != EVERYBODY:
        return None
    speakers = corpus.table["speaker"].to_numpy()
    return {part: len(set(speakers[rows])) for part, rows in parts.items()}


def modalities_of(target: Prepared, parts: Mapping[str, Rows]) -> dict[str, dict[str, int]]:
    """Modality to the number of utterances of each part that have it in usable form."""
    return {
        modality: {part: int(target.available[rows, column].sum()) for part, rows in parts.items()}
        for column, modality in enumerate(target.corpus.modalities)
    }


def lengths_of(target: Prepared, name: str) -> Lengths | None:
    """Lengths of an extracted representation; None if no utterance has it."""
    table = target.load(name)
    steps = table.lengths[table.lengths > 0]
    if not len(steps):
        return None
    rate = representation(name).steps_per_second
    found = steps / rate if rate else steps
    return Lengths(
        count=len(found),
        shortest=float(found.min()),
        median=float(np.median(found)),
        longest=float(found.max()),
        total=float(found.sum()),
        seconds=rate is not None,
        size=table.size,
    )
