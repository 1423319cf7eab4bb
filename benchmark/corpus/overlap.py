"""What two corpora have in common beside classes: people by name, and copies of recordings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.prepare import Prepared

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Overlap:
    """What of a test on one corpus stands in the train part of another.

    Parameters
    ----------
    tested
        Test utterances.
    speakers
        Names in the tested corpus that somebody in train has too; None where one of the two
        corpora names nobody.
    spoken
        Test utterances by them.
    exact, alike
        Modality to test utterances of which train has an exact copy; with those that only look
        alike or have the same words.
    """

    tested: int
    speakers: tuple[str, ...] | None
    spoken: int = 0
    exact: dict[str, int] = field(default_factory=dict)
    alike: dict[str, int] = field(default_factory=dict)


def overlap(source: Prepared, train: Rows, target: Prepared, rows: Rows) -> Overlap:
    """Compare the tested `rows` of `target` with the rows `train` of `source`."""
    speakers: tuple[str, ...] | None = None
    spoken = 0
    if not (source.corpus.dataset.card.anonymous or target.corpus.dataset.card.anonymous):
        names = target.corpus.table["speaker"].astype(str).to_numpy()[rows]
        known = source.corpus.table["speaker"].astype(str).to_numpy()[train]
        speakers = namesakes(names, known)
        spoken = int(np.isin(names, speakers).sum())
    exact, alike = {}, {}
    for modality in source.corpus.modalities:
        ours = source.corpus.sources[modality]
        theirs = target.corpus.sources.get(modality, ())
        if not theirs or ours[0] != theirs[0]:
            continue
        twice = _known(source.content(modality)[train], target.content(modality)[rows])
        like = _known(source.looks(modality)[train], target.looks(modality)[rows])
        exact[modality], alike[modality] = int(twice.sum()), int((twice | like).sum())
    return Overlap(len(rows), speakers, spoken, exact, alike)


def namesakes(names: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that occur among `known`, sorted.

    Where one corpus gives a first name alone, it means whoever has it in the other.
    """
    whole = {name.casefold() for name in known}
    first = {name.split()[0] for name in whole if name.strip()}
    found = set()
    for name in set(names):
        words = name.casefold().split()
        alone = len(words) == 1 and words[0] in first
        if name.casefold() in whole or alone or (words and words[0] in whole):
            found.add(name)
    return tuple(sorted(found))


def _known(train: NDArray[np.uint64], tested: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which keys of `tested` occur in `train`; 0 says that there is nothing."""
    return np.asarray((tested != 0) & np.isin(tested, train))
