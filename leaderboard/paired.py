"""The paired test of two models on the same utterances, behind ``emobench compare``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emobench.errors import unknown
from emobench.leaderboard.board import Section, read_board
from emobench.leaderboard.comparison import difference
from emobench.leaderboard.entries import merge
from emobench.leaderboard.resampling import REPLICATES, Estimate
from emobench.leaderboard.scoring import Score
from emobench.leaderboard.statistics import MEASURES
from emobench.leaderboard.stored import Results


@dataclass(frozen=True)
class Pair:
    """Two models under one condition.

    Parameters
    ----------
    first, second
        Their scores, with intervals of their own.
    gap
        First minus second, with the paired interval.
    p_value
        Two-sided: twice the smaller share of bootstrap differences on one side of zero, at
        least 1 / replicates.
    n_test
        Utterances that both were tested on.
    """

    dataset: str
    track: str
    protocol: str
    regime: str
    condition: str
    first: Estimate
    second: Estimate
    gap: Estimate
    p_value: float
    n_test: int


def pairs(root: Path, first: str, second: str, measure: str) -> list[Pair]:
    """Return every setting in which both models are done on the same utterances."""
    if measure not in MEASURES:
        raise unknown("measure", measure, MEASURES)
    results = Results(root)
    known = {entry.label for entry in merge(results.grids())}
    for label in (first, second):
        if label not in known:
            raise unknown("stored model", label, known)
    board = read_board(results, only=(first, second))
    return [pair for s in board.sections for pair in _section_pairs(s, first, second, measure)]


def _section_pairs(section: Section, first: str, second: str, measure: str) -> Iterator[Pair]:
    one, other = section.entry(first), section.entry(second)
    if one is None or other is None:
        return
    for regime in section.regimes:
        for condition in section.conditions:
            left = section.row(one, regime.name, condition.name)
            right = section.row(other, regime.name, condition.name)
            if not (left and right and left.is_done and right.is_done):
                continue
            gap = difference(left.score, right.score, measure)
            if gap is None or left.score is None or right.score is None:
                continue
            yield Pair(
                section.dataset,
                section.track,
                section.protocol.name,
                regime.name,
                condition.name,
                left.score.estimate(measure),
                right.score.estimate(measure),
                gap,
                _p_value(left.score, right.score, measure),
                left.score.n_test,
            )


def _p_value(first: Score, second: Score, measure: str) -> float:
    gaps = first.replicates[measure] - second.replicates[measure]
    smaller = min(float(np.mean(gaps <= 0)), float(np.mean(gaps >= 0)))
    return min(1.0, max(2 * smaller, 1 / REPLICATES))
