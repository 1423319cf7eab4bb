"""Whether the scores of the results follow from the predictions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.pedigree.plain_scores import calibration, confusion, count_score
from emobench.leaderboard.submission.checks.decisions import TOLERANCE, Decisions
from emobench.leaderboard.submission.faults import Faults
from emobench.leaderboard.submission.schema import RESULTS_FILE, SCORES

NUDGE = 1e-12
"""A confidence that lies at the edge of a bin may fall on either side of it."""


def check_scores(
    numbers: Mapping[int, Mapping[str, Any]], found: Decisions, faults: Faults
) -> None:
    """Score a cell anew, by other code than the page's, and compare.

    Parameters
    ----------
    numbers
        Row of the results, from 1, to that row: those of this cell.
    found
        The decisions of the cell.
    faults
        Gets what differs.
    """
    n_test, n_scored = len(found.scored), int(found.scored.sum())
    expected = scores_of(found)
    for number, row in numbers.items():
        for name, count in (("n_test", n_test), ("n_scored", n_scored)):
            if row[name] != count:
                faults.add(
                    RESULTS_FILE, number, name,
                    f"{row[name]} is stated, the predictions of the cell have {count}.",
                )  # fmt: skip
        for name, value in expected.items():
            if not _agree(row[name], value) and not (name == "ece" and _at_edge(row[name], found)):
                said = "nothing" if value is None else repr(value)
                faults.add(
                    RESULTS_FILE, number, name,
                    f"{row[name]!r} is stated, {said} follows from the {n_scored:,} predictions.",
                )  # fmt: skip


def _agree(stated: float | None, value: float | None) -> bool:
    if stated is None or value is None:
        return stated is value
    return abs(stated - value) <= TOLERANCE


def _at_edge(stated: float | None, found: Decisions) -> bool:
    """Whether a calibration error is right if confidences at the edge of a bin change sides."""
    return any(_agree(stated, _ece(*_scored(found), nudge)) for nudge in (NUDGE, -NUDGE))


def _scored(found: Decisions) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float64]]:
    rows = found.scored
    return found.truth[rows], found.decided[rows], found.chances[rows]


def scores_of(found: Decisions) -> dict[str, float | None]:
    """Return every score; None where no utterance gives it one."""
    truth, decided, chances = _scored(found)
    if not len(truth):
        return {column.name: None for column in SCORES}
    counts = confusion(truth, decided, np.zeros(len(truth), np.int64), chances.shape[1])[0]
    values: dict[str, float | None] = {}
    for column in SCORES:
        if column.name == "ece":
            values["ece"] = _ece(truth, decided, chances, 0.0)
        else:
            score = count_score(column.name, counts)
            values[column.name] = float(score) if np.isfinite(score) else None
    return values


def _ece(
    truth: NDArray[np.int64],
    decided: NDArray[np.int64],
    chances: NDArray[np.float64],
    nudge: float,
) -> float:
    if truth.ndim == 1:
        # The first of the most probable classes, as for the page: ties have equal confidence.
        return calibration(chances.max(axis=1) + nudge, chances.argmax(axis=1) == truth)
    confidence = np.maximum(chances, 1 - chances) + nudge
    right = decided == truth
    each = [calibration(confidence[:, c], right[:, c]) for c in range(truth.shape[1])]
    return float(np.mean(each))
