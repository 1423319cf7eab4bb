"""Standardisation by groups of recordings, without their labels: by speaker, or a whole corpus.

Schuller, Vlasenko, Eyben, Wöllmer, Stuhlsatz, Wendemuth and Rigoll, "Cross-Corpus Acoustic Emotion
Recognition: Variances and Strategies", IEEE Transactions on Affective Computing 1(2), 2010, compare
normalisation by speaker, by corpus, and by both. Whatever is standardised so has seen the other
recordings of its group: for test recordings this is transductive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench.corpus.anonymity import named
from emobench.corpus.corpus import Corpus
from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.preparation.fit import Feature, inverse_deviation, statistics
from emobench.digest import canonical_digest
from emobench.discovery.representations import folder_name
from emobench.disk.soundness import is_sound
from emobench.disk.sums import sealed_folder
from emobench.errors import Skip
from emobench.wording import EVERYBODY, NOBODY

Rows = NDArray[np.int64]
OUTSIDE = -1
"""Group of a row that nobody may read: it has no statistics."""


def check_speakers(corpus: Corpus) -> None:
    """Raise `Skip` where utterances name no speaker."""
    name = corpus.request.label
    if (who := named(corpus, whole=False)) != EVERYBODY:
        whom = "no speakers" if who == NOBODY else "not all speakers"
        raise Skip(f"{name} names {whom} to standardise by")
    table = corpus.table.loc[~corpus.auxiliary]
    unnamed = int(
        (table["speaker"].isna() | (table["speaker"].astype(str).str.strip() == "")).sum()
    )
    if unnamed:
        raise Skip(f"{unnamed:,} utterances of {name} name no speaker to standardise by")


def speaker_groups(corpus: Corpus, parts: Sequence[Rows]) -> Rows:
    """Group of each row of `corpus` ``[N]``: its speaker within its part, `OUTSIDE` of all parts.

    A speaker of two parts counts as two, so that nothing learned in training depends on a test
    recording.
    """
    part = np.full(len(corpus.table), OUTSIDE, dtype=np.int64)
    for number, rows in enumerate(parts):
        part[rows] = number
    keys = pd.MultiIndex.from_arrays([part, corpus.table["speaker"].astype(str)])
    groups: Rows = pd.factorize(keys)[0].astype(np.int64)
    groups[part == OUTSIDE] = OUTSIDE
    return groups


def one_group(corpus: Corpus, rows: Rows) -> Rows:
    """Group of each row of `corpus` ``[N]``: all of `rows` together, the others `OUTSIDE`."""
    groups = np.full(len(corpus.table), OUTSIDE, dtype=np.int64)
    groups[rows] = 0
    return groups


def standardised_by(one: Feature, target: Prepared, groups: Rows, origin: str) -> Feature:
    """`one` with mean and scale of each group's own recordings, over all of their frames.

    Parameters
    ----------
    one
        A representation of `target`; returned as it is if it is not standardised.
    target
        The prepared corpus, in whose folder the statistics are kept.
    groups
        ``[N]`` group of each row.
    origin
        What the values of `one` depend on beside its name: the rows that it was fitted on.
    """
    if one.mean is None:
        return one
    key = canonical_digest({"name": one.name, "origin": origin, "groups": groups.tolist()})
    place = target.folder / "groups" / f"{folder_name(one.name)}-{key}"
    if not is_sound(place):
        _write(one, groups, place)
    mean, scale = statistics(place)
    return replace(one, mean=mean, scale=scale, groups=groups)


def _write(one: Feature, groups: Rows, place: Path) -> None:
    count = int(groups.max(initial=OUTSIDE)) + 1
    total, squares = np.zeros((2, count, one.table.size))
    frames = np.zeros(count)
    for row in np.flatnonzero(groups != OUTSIDE):
        values = one.table[int(row)].astype(np.float64)
        total[groups[row]] += values.sum(axis=0)
        squares[groups[row]] += (values**2).sum(axis=0)
        frames[groups[row]] += len(values)
    among = np.maximum(frames, 1)[:, None]
    mean = total / among
    scale = inverse_deviation(mean, squares / among)
    with sealed_folder(place) as folder:
        np.save(folder / "mean.npy", mean.astype(np.float32))
        np.save(folder / "scale.npy", scale.astype(np.float32))
