"""Whether a cell that was computed again is what is stored, and what differs around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

IDENTICAL: Final = "identical"
EQUAL: Final = "equal within tolerance"
DIFFERENT: Final = "different"

TOLERANCE: Final = 1e-4
"""Largest difference of a logit, beside the size of the logits of its utterance (at least 1), that
other orders of adding up explain on a processor; no decision may change."""
GPU_TOLERANCE: Final = 1e-2
"""The same where either was computed on a GPU, whose sums have no fixed order."""


@dataclass(frozen=True)
class Gap:
    """How the predictions of two computations of a cell differ.

    Parameters
    ----------
    n
        Utterances that both predict.
    largest
        Largest difference of a logit, relative to the largest of its utterance, if that is above 1.
    decisions
        Utterances that are decided otherwise.
    columns
        Columns other than logits that differ.
    """

    n: int
    largest: float
    decisions: int
    columns: tuple[str, ...] = ()

    @property
    def is_none(self) -> bool:
        """Whether every bit of every column is the same."""
        return self.largest == 0 and not self.columns


@dataclass(frozen=True)
class Repetition:
    """What came of computing a cell again.

    Parameters
    ----------
    title, cell
        Which cell, in words and by its name.
    verdict
        `IDENTICAL`, `EQUAL` or `DIFFERENT`.
    gap
        How the predictions differ; None where there are none to compare.
    tolerance
        What `EQUAL` allows.
    weights
        ``identical``, ``different``, or why they were not compared.
    because
        What is not as it was, and explains a difference; a sentence part each.
    around
        Word to what it was and what it is, for all circumstances that differ.
    seconds
        What it took.
    """

    title: str
    cell: str
    verdict: str
    gap: Gap | None = None
    tolerance: float = TOLERANCE
    weights: str = ""
    because: tuple[str, ...] = ()
    around: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def is_repeated(self) -> bool:
        """Whether it came out again."""
        return self.verdict != DIFFERENT

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        if self.verdict == IDENTICAL:
            return "identical: every bit of its predictions came out again"
        if self.verdict == EQUAL and self.gap is not None:
            return (
                f"equal within tolerance: the largest difference of a logit is "
                f"{self.gap.largest:.2g} (allowed: {self.tolerance:g}), and no decision differs"
            )
        why = "; ".join(self.because) or (
            "nothing that is recorded differs: the model draws what its seed does not determine, "
            "or the record is older than what would tell"
        )
        return f"different, because {why}"

    def content(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""
        gap = self.gap
        return {
            "title": self.title,
            "cell": self.cell,
            "verdict": self.verdict,
            "utterances": gap.n if gap else None,
            "largest_difference": gap.largest if gap else None,
            "decisions_changed": gap.decisions if gap else None,
            "columns_changed": [*gap.columns] if gap else [],
            "tolerance": self.tolerance,
            "weights": self.weights,
            "because": [*self.because],
            "circumstances": {k: {"then": a, "now": b} for k, (a, b) in self.around.items()},
            "seconds": self.seconds,
        }


def gap_of(stored: pd.DataFrame, again: pd.DataFrame) -> Gap:
    """Compare the predictions of a cell with those that came out again, by utterance.

    Parameters
    ----------
    stored, again
        ``[N]`` rows with ``id``, labels, logits and what was shown.
    """
    ordered = (frame.sort_values("id", kind="stable") for frame in (stored, again))
    left, right = (frame.reset_index(drop=True) for frame in ordered)
    here, there = (set(map(str, frame)) for frame in (left, right))
    columns = sorted(here ^ there)
    if left["id"].tolist() != right["id"].tolist():
        both = len(set(left["id"]) & set(right["id"]))
        return Gap(both, float("inf"), len(left), ("id", *columns))
    logits = sorted(name for name in here & there if "logit_" in name)
    others = sorted((here & there).difference(logits))
    columns += [name for name in others if not _same(left[name], right[name])]
    one, other = (f[logits].to_numpy(np.float64) for f in (left, right))
    size = np.maximum(1.0, np.abs(one).max(axis=1, initial=0.0, keepdims=True))
    largest = float((np.abs(one - other) / size).max(initial=0.0))
    if np.isnan(largest):
        largest = float("inf")
    plain = [n for n in logits if n.startswith("logit_")]
    decided = [_decisions(f, plain, "label" in left) for f in (left, right)]
    changed = int((decided[0] != decided[1]).any(axis=1).sum())
    return Gap(len(left), largest, changed, tuple(columns))


def _same(one: pd.Series, other: pd.Series) -> bool:
    return bool((one.astype(str) == other.astype(str)).all())


def _decisions(frame: pd.DataFrame, logits: list[str], single: bool) -> np.ndarray:
    values = frame[logits].to_numpy(np.float64)
    return values.argmax(axis=1)[:, None] if single else values > 0


def verdict_of(gap: Gap, tolerance: float) -> str:
    """Return the word for a difference."""
    if gap.is_none:
        return IDENTICAL
    near = gap.largest <= tolerance and not gap.decisions
    weights = all(name.startswith("weight_") for name in gap.columns)
    return EQUAL if near and weights else DIFFERENT
