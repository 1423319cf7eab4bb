"""Records of trainings and of their cells: cost, course, and why there is no result."""

from __future__ import annotations

import hashlib
from typing import Any

from pydantic import ConfigDict

from emobench.store.records.record import Record


class Epoch(Record):
    """What was measured at one look at dev, or after one pass over the train split.

    Parameters
    ----------
    epoch
        Number of the look, from 1 over all stages.
    stage
        Stage of the training; empty for one of a single stage.
    updates, passes
        Optimiser updates of this stage so far, and whole passes over the train split.
    learning_rate
        Learning rate of the last update.
    train_loss
        Mean loss since the last look; None where such means cannot be compared.
    losses
        The same by named term, for models whose loss has several.
    parts
        What a model notes about its parts.
    seconds
        Time since the last look.
    """

    model_config = ConfigDict(extra="allow")

    epoch: int
    stage: str = ""
    updates: int | None = None
    passes: int | None = None
    learning_rate: float | None = None
    train_loss: float | None = None
    losses: dict[str, float | None] = {}
    dev_macro_f1: float | None = None
    dev_loss: float | None = None
    dev_accuracy: float | None = None
    parts: dict[str, Any] = {}
    seconds: float | None = None


class TrainingReport(Record):
    """The cost and the course of a training.

    `software` has the versions and the kind of machine that the page tells; `circumstances` all
    that can change the last digits: versions of libraries, digest of the source, processor,
    threads, flags of determinism. `inputs` has a digest of each representation as the model read
    it, `split` is the name of its `SplitRecord`. Records from before these were kept have
    none. `disturbed` names settings of its process that the model changed, which were put
    back for the others. `at_once` is how many utterances went through the model at once, where its
    batches did not fit into the memory of the GPU; None where they did.
    """

    params: int | None = None
    train_seconds: float | None = None
    epochs: tuple[Epoch, ...] = ()
    best_epoch: int | None = None
    dev_macro_f1: float | None = None
    device: str = ""
    software: dict[str, str] = {}
    circumstances: dict[str, str] = {}
    inputs: dict[str, str] = {}
    split: str = ""
    disturbed: tuple[str, ...] = ()
    at_once: int | None = None


class SplitRecord(Record):
    """The ids of train, dev and test of a fold, in their order; named by `digest`.

    All trainings of the fold share it. Of a flawed split an id can occur several times.
    """

    train: tuple[str, ...] = ()
    dev: tuple[str, ...] = ()
    test: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """20 hexadecimal digits of the SHA-256 of the parts, a line for each id."""
        parts = {"train": self.train, "dev": self.dev, "test": self.test}
        lines = (f"{word}\n" for name, ids in parts.items() for word in (name, *ids))
        return hashlib.sha256("".join(lines).encode()).hexdigest()[:20]


class CellReport(Record):
    """Cost of predicting a cell, the missing rate that its masks reached, and its findings.

    `findings` measures how like the real inputs the generated inputs are; empty without any. `mask`
    is a digest of which modalities each utterance showed. `circumstances` are stored where they are
    not those of the training. `at_once` is as in `TrainingReport`.
    """

    predict_seconds: float | None = None
    n: int | None = None
    missing_rate: float | None = None
    findings: dict[str, float | None] = {}
    mask: str = ""
    circumstances: dict[str, str] = {}
    at_once: int | None = None


class Failure(Record):
    """Why a training or a cell has no result."""

    reason: str = "no reason stored"
    traceback: str = ""
