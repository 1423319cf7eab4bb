"""Finds test utterances with a duplicate in train: an exact copy, or a similar picture."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.preparation.fingerprints import nearly_equal
from emobench.corpus.split import Split
from emobench.errors import DataError

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Duplicates:
    """Duplicates between the test part and the train part of one fold.

    Parameters
    ----------
    tested
        Test utterances.
    exact
        Modality to row numbers of test utterances with an exact copy in train.
    alike
        Modality to row numbers of test utterances with a picture that looks like one in train, or
        a text with the same words; exact copies among them.
    whole
        Row numbers of test utterances with an exact copy in train in each of their modalities.
    """

    tested: int
    exact: dict[str, Rows] = field(default_factory=dict)
    alike: dict[str, Rows] = field(default_factory=dict)
    whole: Rows = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def find_duplicates(target: Prepared, parts: Split) -> Duplicates:
    """Compare a fold's test part with its train part."""
    corpus = target.corpus
    exact: dict[str, Rows] = {}
    alike: dict[str, Rows] = {}
    copied = np.ones(len(parts.test), dtype=bool)
    for i, modality in enumerate(corpus.modalities):
        keys, here = target.content(modality), target.available[parts.test, i]
        known = keys[parts.train[target.available[parts.train, i]]]
        twice = here & np.isin(keys[parts.test], known)
        exact[modality] = parts.test[twice]
        copied &= twice | ~here
        looks, source = target.perceptual_hashes(modality), corpus.sources[modality][0]
        if looks.any():
            like = nearly_equal(looks[parts.test], looks[parts.train], source)
            alike[modality] = parts.test[(like & here) | twice]
    copied &= target.available[parts.test].any(axis=1)
    return Duplicates(len(parts.test), exact, alike, parts.test[copied])


def refuse_duplicates(target: Prepared, parts: Split, found: Duplicates, where: str) -> None:
    """Refuse a split drawn by emobench that puts copies of a recording into train and test.

    Words alone recur in any corpus ("Yeah."), and official splits are taken as they are: both are
    reported, not refused.

    Raises
    ------
    DataError
        There are such copies; ids of up to ten are named.
    """
    corpus = target.corpus
    seen = [m for m in corpus.modalities if m != "text"]
    drawn = [row for row in found.whole if any(row in found.exact[m] for m in seen)]
    if not drawn:
        return
    pairs = "; ".join(_pair(target, parts, int(row), seen) for row in drawn[:10])
    more = f" and {len(drawn) - 10} more" if len(drawn) > 10 else ""
    raise DataError(
        f"{where}: {len(drawn)} test utterances are copies of train utterances ({pairs}{more}). "
        "Remove the copies, or give each with its original the same speaker or group."
    )


def _pair(target: Prepared, parts: Split, row: int, modalities: list[str]) -> str:
    ids = target.corpus.ids
    for modality in modalities:
        keys = target.content(modality)
        same = parts.train[keys[parts.train] == keys[row]]
        if keys[row] and len(same):
            return f"{ids[row]} and {ids[int(same[0])]}"
    return ids[row]
