"""The best single-modality reference row, which every score is compared with."""

from __future__ import annotations

from emobench.leaderboard.results.board import SINGLE, Section
from emobench.leaderboard.results.scoring import ScoreRow


def best_single(section: Section, row: ScoreRow) -> tuple[str, float] | None:
    """Name and macro-F1 of the best single-modality reference row on the same utterances.

    The row has the same regime and condition. If it was not tested there (a switched part, a
    replaced modality), its score with all its inputs counts, unless the condition removes them.
    None if there is no such row.
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


def _reference(section: Section, name: str, row: ScoreRow, is_shown: bool) -> float | None:
    entry = section.entry(name)
    if entry is None or row.score is None:
        return None
    whole = section.headline
    others = [section.row(entry, row.regime, row.condition)]
    if is_shown:
        others += [section.row(entry, row.regime, whole), section.any_regime(entry, whole)]
    for other in others:
        if other and other.final and other.final.test == row.score.test:
            return other.final.values["macro_f1"]
    return None
