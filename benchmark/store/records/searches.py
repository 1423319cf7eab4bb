"""Records of searches: their trials, what each scored on dev, and which was chosen."""

from __future__ import annotations

from typing import Any

from emobench.store.records.record import Record


class TrialScore(Record):
    """A trial of a search: a configuration, and what it scored on dev.

    Parameters
    ----------
    trial
        Its number; 0 is the preset.
    values
        The searched fields that are in play, with the trial's values.
    score
        Best dev macro-F1 that it reached, averaged over inner folds; None if it failed.
    looks
        Looks at dev that it made.
    stopped
        Whether successive halving stopped it before its end.
    failed
        Why it has no score.
    """

    trial: int
    values: dict[str, Any] = {}
    score: float | None = None
    looks: int | None = None
    stopped: bool = False
    failed: str = ""


class SearchResult(Record):
    """The trials for one training (regime, split, fold), and the trial that was chosen."""

    regime: str
    fold: int = 0
    split: str = ""
    chosen: int = 0
    trials: tuple[TrialScore, ...] = ()


class Search(Record):
    """How a grid's hyper-parameters were chosen on dev.

    Parameters
    ----------
    trials
        Trials for each training.
    halving
        Whether successive halving stopped trials early.
    inner
        Inner folds on which each trial was trained; 0: the fold's own train and dev parts.
    space
        Searched field to its range, in words; empty for a model without a search space.
    default
        Name of the same model with its preset.
    results
        A result for each searched training.
    """

    trials: int
    halving: bool = False
    inner: int = 0
    space: dict[str, str] = {}
    default: str = ""
    results: tuple[SearchResult, ...] = ()
