"""What every score has to be held against: the commonest class, and the best single modality."""

from __future__ import annotations

import numpy as np

from emobench.leaderboard.results.board import SINGLE, Section
from emobench.leaderboard.results.scoring import Row
from emobench.leaderboard.statistics.metrics import Floats, divide


def majority_macro_f1(confusion: Floats) -> float:
    """Macro-F1 of always giving the commonest answer among the tested utterances.

    Parameters
    ----------
    confusion
        ``[C, C]``, rows being the truth; of a multi-label corpus ``[C, 2, 2]``, where the commonest
        answer of each class is yes or no.
    """
    if confusion.ndim == 3:
        share = divide(confusion[:, 1].sum(-1), confusion.sum(axis=(1, 2)), empty=0.0)
        return float(np.where(share > 0.5, 2 * share / (1 + share), 0.0).mean())
    counts = confusion.sum(axis=1)
    most = float(divide(counts.max(), counts.sum(), empty=0.0))
    return 2 * most / (1 + most) / max(1, int((counts > 0).sum()))


def best_single(section: Section, row: Row) -> tuple[str, float] | None:
    """Name and macro-F1 of the best single-modality reference row on the same utterances.

    In the same regime and condition; where it has none there (a switched part, a replaced
    modality), with all that it reads, unless the condition takes that away. None where there is
    no such row.
    """
    shown = next((c.present for c in section.conditions if c.name == row.condition), None)
    found = {}
    for modality, name in SINGLE.items():
        if name not in section.singles:
            continue
        value = _reference(section, name, row, shown is None or modality in shown)
        if value is not None:
            found[name] = value
    if not found:
        return None
    best = max(found, key=lambda name: found[name])
    return best, found[best]


def _reference(section: Section, name: str, row: Row, is_shown: bool) -> float | None:
    entry = section.entry(name)
    if entry is None or row.score is None:
        return None
    whole = section.headline
    elsewhere = [(row.regime, whole), ("full", whole)] if is_shown else []
    for place in [(row.regime, row.condition), *elsewhere]:
        other = section.row(entry, *place)
        if other and other.is_done and other.score and other.score.test == row.score.test:
            return other.score.values["macro_f1"]
    return None
