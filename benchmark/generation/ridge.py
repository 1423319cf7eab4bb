"""Ridge regression from the sources to the target's average over time."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.linear_model import RidgeCV
from threadpoolctl import threadpool_limits

from emobench.conditions.constants import usual_length
from emobench.corpus.view import FoldView
from emobench.errors import ModelError
from emobench.generation.pooling import pooling, rows_with, sequences
from emobench.generation.sources import Sources
from emobench.interface.batch import Batch, Sequence

PENALTIES = tuple(10.0**k for k in np.arange(-4.0, 5.5, 0.5))
"""The inputs are scaled to a length of about one per modality."""
AT_ONCE = 256


class Ridge:
    """The target's expected average, at every step of a sequence of train's median length.

    The penalty is the one of `PENALTIES` with the least squared error when each train utterance is
    left out in turn (scikit-learn's `RidgeCV`). Targets stay standardised as they are.

    Parameters
    ----------
    view
        One fold; its train part is fitted, labels are not looked at.
    modality
        The target, whose representations are all features.
    sources
        The modalities that it is predicted from.

    Raises
    ------
    ModelError
        No train utterance has the target.
    """

    def __init__(self, view: FoldView, modality: str, sources: tuple[str, ...]) -> None:
        self.sources = Sources(view, sources)
        self.sizes = {n: f.table.size for n, f in view.features[modality].items()}
        self.steps = usual_length(view, modality)
        train = view.parts.train
        rows = rows_with(view, modality, train)
        if not len(rows):
            raise ModelError(f"no train utterance has {modality}, so none can be generated")
        pool = pooling(view, modality)
        targets = np.concatenate(
            [
                pool.means(sequences(view, modality, rows[i : i + AT_ONCE]))
                for i in range(0, len(rows), AT_ONCE)
            ]
        )
        seen = self.sources.train(view)[np.isin(train, rows)]
        with threadpool_limits(1):
            self.regression = RidgeCV(PENALTIES).fit(seen, targets)

    def __call__(self, batch: Batch) -> dict[str, Sequence]:
        """Generate the target for every utterance, ``[B, T, D]`` per representation."""
        with threadpool_limits(1):
            predicted = self.regression.predict(self.sources(batch)).astype(np.float32)
        predicted = predicted.reshape(len(batch), -1)  # a single feature gives [B]
        lengths = torch.full((len(batch),), self.steps, dtype=torch.int64)
        ends = np.cumsum(list(self.sizes.values()))[:-1]
        return {
            name: Sequence(torch.from_numpy(part)[:, None].repeat(1, self.steps, 1), lengths)
            for name, part in zip(self.sizes, np.split(predicted, ends, axis=1), strict=True)
        }
