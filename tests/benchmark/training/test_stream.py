"""The order of a training's random draws: a change of it would change every stored result."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from emobench import Regime, TrainingConfig
from emobench.training.session import TrainingSession

COUNT, MODALITIES = 61, ("text", "audio", "vision")


@dataclass
class DrawnBatch:
    """Rows and mask that a session asked for, in the place of a batch."""

    rows: np.ndarray
    mask: np.ndarray

    def to(self, device: torch.device) -> DrawnBatch:
        return self


@dataclass
class TableView:
    """A fold of made-up utterances: unbalanced classes and corpora, ragged, some incomplete."""

    multilabel: bool = False
    modalities: tuple[str, ...] = MODALITIES
    ids: list[str] = field(default_factory=lambda: [f"u{i}" for i in range(COUNT)])

    def __post_init__(self) -> None:
        number = np.arange(COUNT)
        self.labels = (number * number) % 7 % 4
        if self.multilabel:
            self.labels = np.column_stack([number % 2, number % 5 == 0, number % 7 == 1])
            self.labels = self.labels.astype(np.int64)
        self.corpora = (number % 5 > 2).astype(np.int64)
        self.auxiliary = number % 5 > 2
        self.available = np.column_stack([number % 4 > 0, number % 6 > 0, number % 11 != 5])
        empty = np.arange(0)
        self.parts = SimpleNamespace(train=number[:50], dev=number[50:], test=empty)

    def lengths(self, rows: np.ndarray) -> np.ndarray:
        return (rows * 37) % 23

    def batch(self, rows: np.ndarray, mask: np.ndarray) -> DrawnBatch:
        return DrawnBatch(rows, mask)


REGIMES = {
    "full": Regime("full", ""),
    "drop": Regime("drop", "", drop=0.3),
    "rate": Regime("rate", "", rate=0.4),
    "single": Regime("single", "", single=True),
    "main": Regime("main", "", drop=0.2, auxiliary=False),
}


def digest(sampling: str, regime: str, multilabel: bool = False) -> str:
    """Digest of the batches of two epochs and of the dev split."""
    config = TrainingConfig(sampling=sampling, batch_size=7)
    view = TableView(multilabel)
    session = TrainingSession(view, REGIMES[regime], config, 5, torch.device("cpu"))
    found = hashlib.sha256()
    for _ in range(2):
        for batch in session.train_batches():
            found.update(batch.rows.astype(np.int64).tobytes() + batch.mask.tobytes())
    for batch in session.dev_batches():
        found.update(batch.rows.astype(np.int64).tobytes() + batch.mask.tobytes())
    return found.hexdigest()[:16]


DIGESTS = {
    ("uniform", "full", False): "82941202f33ddf37",
    ("uniform", "drop", False): "d2315fa5685ac7b9",
    ("uniform", "drop", True): "d2315fa5685ac7b9",
    ("uniform", "rate", False): "d33939e2981da3b4",
    ("uniform", "single", False): "292cde2657edb045",
    ("uniform", "main", False): "034ea20bb11fad0c",
    ("class_balanced", "full", False): "662ad3e4e35c4048",
    ("class_balanced", "drop", False): "f8e580e29f80ede9",
    ("class_balanced", "drop", True): "372e13cfb265bd87",
    ("class_balanced", "rate", False): "7a91e1a15c4fc5eb",
    ("class_balanced", "single", False): "5139a021cc3c90f7",
    ("class_balanced", "main", False): "dc5e5242d533d00a",
    ("corpus_balanced", "full", False): "7baf704b0f6839c3",
    ("corpus_balanced", "drop", False): "bd0852684490c5ce",
    ("corpus_balanced", "drop", True): "bd0852684490c5ce",
    ("corpus_balanced", "rate", False): "0c1063ae1d4fe265",
    ("corpus_balanced", "single", False): "fd3406443d52a55b",
    ("corpus_balanced", "main", False): "d73871aceff87fce",
}
"""Those of corpus_balanced were made at be47e77, the others with smaller pools."""


@pytest.mark.parametrize(("sampling", "regime", "multilabel"), DIGESTS)
def test_the_batches_and_masks_of_a_seed_never_change(sampling, regime, multilabel):
    assert digest(sampling, regime, multilabel) == DIGESTS[sampling, regime, multilabel]
