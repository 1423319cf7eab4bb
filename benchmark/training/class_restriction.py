"""Predictions restricted to the classes that two corpora have in common."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp


def restricted(table: pd.DataFrame, places: NDArray[np.int64], classes: int) -> pd.DataFrame:
    """Turn logits over a model's own classes into logits over the common classes.

    A common class gets the summed probability (as a logarithm) of all own classes that map to it.
    So a class without counterpart cannot be predicted, and two equivalent classes count together.

    Parameters
    ----------
    table
        From `emobench.training.predict.predict`, with its labels among the common classes.
    places
        ``[C]`` place of each own class among the common classes, -1 for none.
    classes
        Number K of common classes; at least one own class maps to each.

    Returns
    -------
    The table with ``logit_0`` to ``logit_{K-1}`` instead of its own logits.
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
