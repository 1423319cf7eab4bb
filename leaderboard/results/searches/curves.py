"""The expected best dev score of each searched model against the number of trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.results.searches.contest import Contender, Contest
from emobench.leaderboard.statistics.bootstrap import LEVEL, Estimate
from emobench.leaderboard.statistics.expected_best import best_curve, best_replicates
from emobench.store.records import SearchResult, TrialScore

FAILED = 0.0
"""What a trial without a score counts as: the least macro-F1. Whoever searched has paid for it."""


@dataclass(frozen=True)
class Curve:
    """The expected best dev macro-F1 of one model, mean over folds.

    Parameters
    ----------
    points
        With 1, 2, … trials. The interval of the first is empty: the preset is no random draw.
    replicates
        ``[R, N]``; the interval's bootstrap replicates.
    is_bound
        Whether trials were stopped early, so that the curve is a lower bound before its end.
    is_preset_stopped
        Whether the preset was one of them, so that its own score is a lower bound.
    """

    label: str
    default_label: str
    points: tuple[Estimate, ...]
    replicates: NDArray[np.float64]
    is_bound: bool
    is_preset_stopped: bool = False

    def at(self, trials: int) -> Estimate:
        """Return the expected best with so many trials."""
        return self.points[trials - 1]

    def is_bound_at(self, trials: int) -> bool:
        """Whether only a lower bound is known; the best of all trials was trained to its end."""
        if trials == 1:
            return self.is_preset_stopped
        return self.is_bound and trials < len(self.points)


@dataclass(frozen=True)
class Lead:
    """Who is ahead with some number of trials.

    Parameters
    ----------
    first
        None where lower bounds alone are known of some models: another one could be ahead.
    tied
        Labels whose difference to the first is not shown, over draws of trials.
    """

    trials: int
    first: Curve | None
    tied: tuple[str, ...] = ()


def curves(contest: Contest) -> list[Curve]:
    """Return the curves of the models that were searched, the highest at the end first.

    Majority class and oracle have none, nor has a model whose folds lack the same trials.
    """
    found = [
        curve
        for one in contest.rows
        if one.place not in ("ceiling", "floor") and (curve := _curve(contest, one)) is not None
    ]
    return sorted(found, key=lambda curve: (-curve.points[-1].value, curve.label))


def counts(trials: int) -> list[int]:
    """Return the numbers of trials that are printed: powers of two, and the last one."""
    powers = [2**k for k in range(trials.bit_length()) if 2**k <= trials]
    return powers if powers[-1:] == [trials] else [*powers, trials]


def leads(found: Sequence[Curve], trials: int) -> list[Lead]:
    """Return who is ahead at each number of trials that is printed."""
    return [_lead(found, n) for n in counts(trials)] if found else []


def _lead(found: Sequence[Curve], n: int) -> Lead:
    if any(curve.is_bound_at(n) for curve in found):
        return Lead(n, None)
    first = max(found, key=lambda curve: curve.at(n).value)
    if n == 1:  # nothing is drawn
        return Lead(n, first)
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    tied = []
    for other in found:
        gap = first.replicates[:, n - 1] - other.replicates[:, n - 1]
        low, high = np.quantile(gap, tails)
        if other is not first and low <= 0 <= high:
            tied.append(other.label)
    return Lead(n, first, tuple(tied))


def _curve(contest: Contest, one: Contender) -> Curve | None:
    trials = contest.search.trials
    scores = [_scores(result, trials, bool(one.search.space)) for result in one.outcome.results]
    if not scores or any(each is None for each in scores):
        return None
    table = np.array(scores, np.float64)  # [F, N]
    owner = f"search of {one.entry.default_label}, {contest.regime.name}"
    drawn = best_replicates(table[:, 0], table[:, 1:], owner)
    points = tuple(best_curve(table[:, 0], table[:, 1:], drawn))
    presets = [t for result in one.outcome.results for t in result.trials if t.trial == 0]
    return Curve(
        one.entry.label,
        one.entry.default_label,
        points,
        drawn,
        is_bound=one.outcome.stopped > 0,
        is_preset_stopped=any(trial.stopped for trial in presets),
    )


def _scores(result: SearchResult, trials: int, has_space: bool) -> list[float] | None:
    """Scores of trials 0, 1, …; of a model with nothing to search always the preset's.

    None where the trials are not those of the budget.
    """
    by_number = {trial.trial: trial for trial in result.trials}
    if not has_space:
        return [_score(by_number[0])] * trials if 0 in by_number else None
    if sorted(by_number) != list(range(trials)):
        return None
    return [_score(by_number[number]) for number in range(trials)]


def _score(trial: TrialScore) -> float:
    return FAILED if trial.score is None else trial.score
