"""The interface of a fold of a corpus, as trainings and predictions use it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emobench.interface.batch import Batch
from emobench.interface.task import Task


class PartRows(Protocol):
    """Row numbers of the parts of a fold."""

    @property
    def train(self) -> NDArray[np.int64]:
        """Rows of the train split."""

    @property
    def dev(self) -> NDArray[np.int64]:
        """Rows of the dev split."""

    @property
    def test(self) -> NDArray[np.int64]:
        """Rows of the test split; none in a training."""


class TrainingView(Protocol):
    """One fold of a corpus with the inputs of one model, N rows and M modalities."""

    @property
    def parts(self) -> PartRows:
        """Which rows are train, dev and test."""

    @property
    def task(self) -> Task:
        """The task that a model is built for."""

    @property
    def ids(self) -> Sequence[str]:
        """Utterance of each row, N of them."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """``[N]`` class indices, or ``[N, C]`` of zeros and ones."""

    @property
    def corpora(self) -> NDArray[np.int64]:
        """``[N]`` number of the corpus that each row comes from."""

    @property
    def auxiliary(self) -> NDArray[np.bool_]:
        """``[N]`` whether a row comes from an auxiliary corpus."""

    @property
    def modalities(self) -> tuple[str, ...]:
        """The corpus's modalities, in the fixed order."""

    @property
    def available(self) -> NDArray[np.bool_]:
        """``[N, M]`` whether each row has each modality."""

    def lengths(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Longest sequence of each utterance over modalities, for bucketing: ``[n]``."""

    def batch(self, rows: NDArray[np.int64], mask: NDArray[np.bool_], labels: bool = True) -> Batch:
        """Build the batch of `rows`; `mask` ``[n, M]`` is false for what is erased."""


class PredictionView(TrainingView, Protocol):
    """A fold with the columns of a prediction table."""

    @property
    def speakers(self) -> Sequence[str]:
        """Speaker of each row."""

    @property
    def corpus_names(self) -> Sequence[str]:
        """Names of the members of a joint corpus; empty for a single corpus."""
