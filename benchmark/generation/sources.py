"""The input of a generator: pooled sources of an utterance, and which of them are present."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from emobench.corpus.view import FoldView
from emobench.generation.pooling import pooling, train_statistics
from emobench.interface.batch import Batch

Array = NDArray[np.float64]


class Sources:
    """Vectors of some modalities, standardised on the train part of a view.

    Each modality contributes its pooled features, zero where it is absent, divided by the root of
    their number, so that modalities of all sizes weigh alike; and a flag for its presence.

    Parameters
    ----------
    view
        One fold.
    modalities
        The source modalities.
    """

    def __init__(self, view: FoldView, modalities: tuple[str, ...]) -> None:
        self.poolings = {m: pooling(view, m) for m in modalities}
        self.scalers = {}
        for m in modalities:
            found, there = train_statistics(view, m), _train_flags(view, m)
            self.scalers[m] = StandardScaler().fit(found[there] if there.any() else found)

    def train(self, view: FoldView) -> Array:
        """Vectors of the train utterances ``[N, P]``."""
        return np.hstack(
            [
                self._vector(m, train_statistics(view, m), _train_flags(view, m))
                for m in self.poolings
            ]
        )

    def __call__(self, batch: Batch) -> Array:
        """Vectors of a batch ``[B, P]``."""
        blocks = []
        for m, pool in self.poolings.items():
            found = pool.statistics(batch.inputs[m])
            blocks.append(self._vector(m, found, batch.present[m].cpu().numpy()))
        return np.hstack(blocks)

    def _vector(self, modality: str, found: NDArray[np.float32], there: NDArray[np.bool_]) -> Array:
        scaled = self.scalers[modality].transform(found) / np.sqrt(found.shape[1])
        return np.column_stack([np.where(there[:, None], scaled, 0.0), there])


def _train_flags(view: FoldView, modality: str) -> NDArray[np.bool_]:
    flags: NDArray[np.bool_] = view.available[view.parts.train, view.modalities.index(modality)]
    return flags
