"""Generates a modality by copying it from the nearest train utterance."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from emobench.corpus.view import FoldView
from emobench.errors import ModelError
from emobench.generation.pooling import rows_with
from emobench.generation.sources import Sources
from emobench.interface.batch import Batch, Sequence


class Neighbours:
    """Generates the real input of the nearest train utterance.

    It takes a single neighbour because the average of several words is no word, and because
    `Ridge` already gives an expected value. Its output is always a recorded sequence.

    Distances are Euclidean in the space of `Sources`.

    Parameters
    ----------
    view
        One fold; neighbours are utterances of its train part, labels are not looked at.
    modality
        The target.
    sources
        The modalities in which they are compared.

    Raises
    ------
    ModelError
        No train utterance has the target.
    """

    def __init__(self, view: FoldView, modality: str, sources: tuple[str, ...]) -> None:
        self.sources = Sources(view, sources)
        self.features = view.features[modality]
        train = view.parts.train
        self.rows = rows_with(view, modality, train)
        if not len(self.rows):
            raise ModelError(f"no train utterance has {modality}, so none can be generated")
        seen = self.sources.train(view)[np.isin(train, self.rows)]
        self.search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(seen)

    def nearest(self, batch: Batch) -> NDArray[np.int64]:
        """Row number of the nearest train utterance of each, ``[B]``; ties go to the first."""
        with threadpool_limits(1):
            places = self.search.kneighbors(self.sources(batch), return_distance=False)[:, 0]
        found: NDArray[np.int64] = self.rows[places]
        return found

    def __call__(self, batch: Batch) -> dict[str, Sequence]:
        """Generate the target for every utterance, ``[B, T, D]`` per representation."""
        rows = self.nearest(batch)
        found = {}
        for name, feature in self.features.items():
            lengths = torch.from_numpy(feature.table.lengths[rows].astype(np.int64))
            values = torch.zeros(len(rows), max(1, int(lengths.max())), feature.table.size)
            for i, row in enumerate(rows):
                values[i, : lengths[i]] = torch.from_numpy(feature[int(row)])
            found[name] = Sequence(values, lengths)
        return found
