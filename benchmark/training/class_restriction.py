"""Predictions restricted to the classes that two corpora have in common."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp


def restricted(table: pd.DataFrame, places: NDArray[np.int64], classes: int) -> pd.DataFrame:
    """Turn logits over a model's own classes into logits over the common ones.

    A common class gets the log-probability of all own classes that lead to it together, so that a
    class without counterpart cannot be chosen and two that mean the same count as one.

    Parameters
    ----------
    table
        From `emobench.training.predict.predict`, with its labels among the common classes.
    places
        ``[C]`` place of each own class among the common ones, -1 for none.
    classes
        Number K of common classes, each with an own class at least.

    Returns
    -------
    The table with ``logit_0`` to ``logit_{K-1}`` in the place of its logits.
    """
    own = [f"logit_{c}" for c in range(len(places))]
    scores = log_softmax(table[own].to_numpy(dtype=np.float64), axis=1)
    common = {
        f"logit_{k}": logsumexp(scores[:, places == k], axis=1).astype(np.float32)
        for k in range(classes)
    }
    at = list(table.columns).index(own[0])
    before, after = table.iloc[:, :at], table.iloc[:, at:].drop(columns=own)
    return pd.concat([before, pd.DataFrame(common, index=table.index), after], axis=1)
