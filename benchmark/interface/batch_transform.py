"""The interface of changes of test batches, which follow the erasing of what is missing."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emobench.interface.batch import Batch
from emobench.interface.model import Model


class BatchTransform(Protocol):
    """A change of test batches."""

    def __call__(self, batch: Batch, rows: NDArray[np.int64], model: Model) -> Batch:
        """Return the batch that the model is to see.

        Parameters
        ----------
        batch
            Utterances with what is missing erased.
        rows
            Their row numbers in the view.
        model
            The trained model, in evaluation mode.
        """
