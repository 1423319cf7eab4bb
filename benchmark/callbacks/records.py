"""What callbacks are told: frozen records of plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RunStart:
    """A run that begins.

    Parameters
    ----------
    results
        The results folder.
    study
        What was asked for, as a file for ``emobench run``.
    version
        The version of emobench.
    """

    results: Path
    study: str
    version: str


@dataclass(frozen=True)
class RunEnd:
    """A run that has ended.

    Parameters
    ----------
    results
        The results folder.
    page
        The page; None if none was made.
    done, failed, skipped
        Numbers of cells, those that were there before included.
    seconds
        How long it took.
    stopped
        What stopped it before its end, such as ``KeyboardInterrupt``; else empty.
    """

    results: Path
    page: Path | None
    done: int
    failed: int
    skipped: int
    seconds: float
    stopped: str = ""


@dataclass(frozen=True)
class Training:
    """Which training something is about.

    Parameters
    ----------
    key
        Its digest: the name of its folder, equal on all machines.
    label
        A sentence part that names it.
    row
        The model with its options and variant, as tables name it.
    model, variant
        The model's name, and ``corrected`` or ``as_published``.
    corpus, split, track
        The corpus with its options, the split policy, and the track.
    regime
        How it treats modalities.
    fold, seed
        Its fold of the split, from 0, and its seed.
    config
        Every hyper-parameter.
    folder
        Where it is stored, or will be; of a trial there is a file in place of a folder.
    is_trial
        Whether it is a trial of a search, which is scored on dev alone.
    inner
        Of a trial on an inner fold: its number, and of how many.
    """

    key: str
    label: str
    row: str
    model: str
    variant: str
    corpus: str
    split: str
    track: str
    regime: str
    fold: int
    seed: int
    config: dict[str, Any] = field(hash=False)
    folder: Path
    is_trial: bool = False
    inner: tuple[int, int] | None = None


@dataclass(frozen=True)
class Epoch:
    """A look at dev, or a pass that a model recorded by itself.

    Parameters
    ----------
    training
        The training.
    number
        From 1, over all stages: what a tracker calls the step.
    stage
        The stage of the training; empty if it has one alone.
    train_loss
        Mean training loss since the look before; None where such means cannot be compared.
    losses
        The same by name, of a loss with several terms.
    dev_macro_f1, dev_loss, dev_accuracy
        On dev; None of a pass without a look at it.
    learning_rate, updates, passes
        At the last update; updates of the stage so far; whole passes over train.
    seconds
        Since the look before, the look included.
    planned
        How many looks the stage can have; None if not known.
    batches_per_second, gigabytes
        Speed, and the largest memory so far (of the GPU if it trains on one, else of its process);
        None if not known.
    device
        Where it is trained; empty if not known.
    parts
        What the model notes about its parts.
    is_stored
        Whether it was made before this run: the training goes on from there, or was stored.
    """

    training: Training
    number: int
    stage: str = ""
    train_loss: float | None = None
    losses: dict[str, float] = field(default_factory=dict, hash=False)
    dev_macro_f1: float | None = None
    dev_loss: float | None = None
    dev_accuracy: float | None = None
    learning_rate: float | None = None
    updates: int | None = None
    passes: int | None = None
    seconds: float | None = None
    planned: int | None = None
    batches_per_second: float | None = None
    gigabytes: float | None = None
    device: str = ""
    parts: dict[str, Any] = field(default_factory=dict, hash=False)
    is_stored: bool = False


@dataclass(frozen=True)
class TrainingEnd:
    """A training that has ended.

    Parameters
    ----------
    training
        The training.
    status
        ``done``, ``failed``, or of a trial that a search has stopped for now, perhaps for good,
        ``paused``.
    best_epoch
        The look whose weights are kept; None without a look at dev.
    dev_macro_f1
        Its score on dev.
    params
        Number of parameters.
    seconds
        What it took, over all runs that it was trained in.
    device
        Where.
    reason
        Why it failed.
    is_stored
        Whether it ended before this run.
    """

    training: Training
    status: str
    best_epoch: int | None = None
    dev_macro_f1: float | None = None
    params: int | None = None
    seconds: float | None = None
    device: str = ""
    reason: str = ""
    is_stored: bool = False


@dataclass(frozen=True)
class CellEnd:
    """A training under one condition: what it predicted, and how well.

    Parameters
    ----------
    training
        The training.
    key
        The cell's digest.
    condition, description
        The condition's name, and what it is. Protocols that share a cell can name it differently;
        this is the name of the first one.
    tested_on
        The corpus of the test utterances.
    status
        ``done`` or ``failed``.
    scores
        Measure to score of this cell alone, by the leaderboard's own code: ``accuracy``,
        ``macro_f1``, ``weighted_f1``, ``uar``, ``ece``; None where a measure has none. The page
        pools folds and takes means over seeds.
    n
        Number of test utterances.
    missing_rate
        The rate that its masks reached.
    seconds
        What the prediction took.
    reason
        Why it failed.
    path
        The Parquet file with the predictions, which is put into another one later.
    is_stored
        Whether it was there before this run.
    """

    training: Training
    key: str
    condition: str
    description: str
    tested_on: str
    status: str
    scores: dict[str, float | None] = field(default_factory=dict, hash=False)
    n: int | None = None
    missing_rate: float | None = None
    seconds: float | None = None
    reason: str = ""
    path: Path | None = None
    is_stored: bool = False

    def predictions(self) -> pd.DataFrame:
        """Read what it predicted: ``id``, ``label``, ``logit_0`` and more, as they are stored.

        Raises
        ------
        KeyError
            It failed.
        """
        from emobench.store.store import Store

        return Store(self.training.folder.parents[1]).predictions(self.training.key, self.key)
