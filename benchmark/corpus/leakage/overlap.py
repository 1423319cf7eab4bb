"""Speakers and recordings that two corpora have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.anonymity import named
from emobench.corpus.preparation.extract import Prepared
from emobench.wording import EVERYBODY

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Overlap:
    """Speakers and recordings that the test of one corpus shares with the train part of another.

    Parameters
    ----------
    tested
        Test utterances.
    speakers
        Names of test speakers that also occur in train; None if either corpus does not name all.
    spoken
        Number of test utterances by these speakers.
    exact, alike
        Modality to the number of test utterances with an exact copy in train; `alike` adds those
        that look alike or have the same words.
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
    if named(source.corpus) == named(target.corpus) == EVERYBODY:
        names = target.corpus.table["speaker"].astype(str).to_numpy()[rows]
        known = source.corpus.table["speaker"].astype(str).to_numpy()[train]
        speakers = namesakes(names, known)
        spoken = int(np.isin(names, speakers).sum())
    exact, alike = {}, {}
    for modality in _shared_modalities(source, target):
        twice = _occurs(source.content(modality)[train], target.content(modality)[rows])
        like = _occurs(
            source.perceptual_hashes(modality)[train], target.perceptual_hashes(modality)[rows]
        )
        exact[modality], alike[modality] = int(twice.sum()), int((twice | like).sum())
    return Overlap(len(rows), speakers, spoken, exact, alike)


def trained_on(source: Prepared, used: Rows, target: Prepared, rows: Rows) -> NDArray[np.bool_]:
    """Whether each of `rows` of `target` is a recording that is among the rows `used` of `source`.

    This allows tests between two corpora with the same recordings, and between a joint corpus and
    its members. Equal voices or pictures are the same recording, equal words only under
    the same id: "Yeah." occurs everywhere.
    """
    found = np.zeros(len(rows), dtype=bool)
    for modality in _shared_modalities(source, target):
        ours, theirs = source.content(modality)[used], target.content(modality)[rows]
        if modality != "text":
            found |= _occurs(ours, theirs)
            continue
        prefix = f"{target.corpus.request.label}/"
        names, ids = source.corpus.ids, target.corpus.ids
        known = {names[i].removeprefix(prefix): key for i, key in zip(used, ours, strict=True)}
        same = [known.get(ids[i]) == key for i, key in zip(rows, theirs, strict=True)]
        found |= np.asarray(same, dtype=bool) & (theirs != 0)
    return found


def _shared_modalities(source: Prepared, target: Prepared) -> list[str]:
    """The modalities that both corpora have in the same form."""
    ours, theirs = source.corpus.sources, target.corpus.sources
    return [m for m in source.corpus.modalities if ours[m][:1] == theirs.get(m, ())[:1]]


def namesakes(names: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that occur among `known`, sorted.

    A first name alone in either corpus matches every name in the other that begins with it.
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


def _occurs(train: NDArray[np.uint64], tested: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether each key of `tested` occurs in `train`; the key 0 means that the input is absent."""
    return np.asarray((tested != 0) & np.isin(tested, train))
