"""The interface of changes of test batches, made after missing modalities are erased."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emobench.interface.batch import Batch
from emobench.interface.model import Model


class BatchTransform(Protocol):
    """A change of test batches."""

    def __call__(self, batch: Batch, rows: NDArray[np.int64], model: Model) -> Batch:
        """Return the batch that the model gets.

        Parameters
        ----------
        batch
            Utterances whose missing modalities are erased.
        rows
            Their row numbers in the view.
        model
            The trained model, in evaluation mode.
        """
