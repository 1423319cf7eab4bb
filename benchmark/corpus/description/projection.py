"""A view of a representation in two dimensions, fitted on the train part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.preparation.fit import feature
from emobench.corpus.split import Split
from emobench.discovery.representations import is_discrete
from emobench.errors import Skip

FEWEST = 3
"""Train utterances without which two components mean nothing."""


@dataclass(frozen=True)
class Projection:
    """Utterances on the first two principal components of a representation.

    Parameters
    ----------
    name
        The representation.
    rows
        Numbers of the utterances that have it, ``[N]``.
    points
        Their places, ``[N, 2]``.
    explained
        Share of the variance of train that each component explains, ``[2]``.
    fitted_on
        Number of train utterances that the components were fitted on.
    size
        Number of features.
    """

    name: str
    rows: NDArray[np.int64]
    points: NDArray[np.float64]
    explained: NDArray[np.float64]
    fitted_on: int
    size: int


def project(target: Prepared, split: Split, name: str) -> Projection:
    """Project every utterance's mean over time; standardisation and components are train's.

    Parameters
    ----------
    target
        The corpus, with the representation prepared.
    split
        The fold.
    name
        The representation.

    Raises
    ------
    Skip
        Its values are ids, or too few train utterances have it.
    """
    if is_discrete(name):
        raise Skip("its values are ids of words, which have no mean")
    found = feature(target, name, split.train)
    every = np.sort(np.concatenate([split.train, split.dev, split.test]))
    rows = every[found.table.lengths[every] > 0]
    learned = np.isin(rows, split.train)
    if learned.sum() < FEWEST:
        raise Skip(f"{int(learned.sum())} train utterances have it, too few for two components")
    means = np.stack([found[int(row)].mean(axis=0, dtype=np.float64) for row in rows])
    if not means[learned].std(axis=0).any():
        raise Skip("it is the same in every train utterance")
    count = min(2, means.shape[1])
    model = PCA(count, svd_solver="full").fit(means[learned])
    points, explained = np.zeros((len(rows), 2)), np.zeros(2)
    points[:, :count] = model.transform(means)
    explained[:count] = model.explained_variance_ratio_
    return Projection(name, rows, points, explained, int(learned.sum()), means.shape[1])
