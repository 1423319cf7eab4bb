"""Which modalities a training sees of each utterance, under its regime."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emobench.errors import ModelError
from emobench.interface.protocol import Regime
from emobench.interface.view import TrainingView
from emobench.missingness import Array, Mask, keep, random_mask
from emobench.randomness import SINGLE_MODALITY_SEED, uniforms


class RegimeMask:
    """The utterances of one part that a regime shows, and their shown modalities.

    Parameters
    ----------
    view
        The fold.
    regime
        How modalities are treated.
    part
        Row numbers of the part.
    """

    def __init__(self, view: TrainingView, regime: Regime, part: NDArray[np.int64]) -> None:
        self.regime = regime
        rows = part if regime.auxiliary else _without_auxiliary(view, part)
        available = view.available[rows]
        if regime.present is not None:
            available = available & np.array([m in regime.present for m in view.modalities])
        if regime.single:
            values = uniforms([view.ids[i] for i in rows], view.modalities, SINGLE_MODALITY_SEED)
            available = keep(values, available, 1.0)
        some = available.any(axis=1)
        if len(part) and not some.any():
            raise ModelError(f"no utterance shows anything under the regime {regime.name}")
        self.rows: NDArray[np.int64] = rows[some]
        self._available: Mask = available[some]

    def mask(self, places: NDArray[np.int64], drawn: Array | None) -> Mask:
        """Keep-mask ``[n, M]`` of the utterances at `places` among `rows`.

        `drawn`: uniform numbers ``[n, M]``, needed if the regime draws masks.
        """
        available = self._available[places]
        if drawn is not None and self.regime.drop > 0:
            return keep(drawn, available, self.regime.drop)
        if drawn is not None and self.regime.rate > 0:
            return random_mask(drawn, available, self.regime.rate)
        return available


def _without_auxiliary(view: TrainingView, part: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of the main corpus, repeated to the number of rows with the auxiliary corpora."""
    main = part[~view.auxiliary[part]]
    if not len(main):
        return part
    return np.resize(main, len(part))
