"""Which rows of a table of features are whose steps, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emobench.errors import DataError
from emobench.intake.checks import listed
from emobench.intake.formats.rows.columns import Columns
from emobench.intake.formats.rows.role import TIMES, first_of, words_of

CONFIDENT = 0.5
"""Confidence of a face's detection below which a frame counts as absent."""


@dataclass
class Steps:
    """Rows of each utterance in the order of time, and what became of the other rows.

    Parameters
    ----------
    rows
        Id to the indices of its rows.
    unused
        Reason to the number of rows that are not used for it.
    total
        Number of the table's rows.
    notes
        Sentences on ids and order.
    """

    rows: dict[str, NDArray[np.int64]]
    unused: dict[str, int]
    total: int
    notes: list[str] = field(default_factory=list)

    @property
    def used(self) -> int:
        """Number of rows that are steps of an utterance."""
        return sum(map(len, self.rows.values()))


def steps_of(columns: Columns, ids: list[str], own: set[str]) -> Steps:
    """Sort rows into utterances.

    Parameters
    ----------
    columns
        The table.
    ids
        Whose each row is; empty if the row does not say.
    own
        Columns that make the ids, which give no order.

    Raises
    ------
    DataError
        Rows of one id cannot be told apart.
    """
    nameless = [i for i, name in enumerate(ids) if not name]
    unused: dict[str, int] = {}
    if nameless:
        where = listed(columns.places[i] for i in nameless)
        unused[f"without an id ({where})"] = len(nameless)
    known = np.array([bool(name) for name in ids], dtype=bool)
    present, reason = _present(columns)
    if absent := int((known & ~present).sum()):
        unused[reason] = absent
    found = {name: np.zeros(0, np.int64) for name in ids if name}
    used = np.flatnonzero(known & present)
    times = [n for n in first_of(list(columns.numbers), TIMES) if n not in own]
    keys = [columns.numbers[n] for n in times]
    order = used[np.lexsort([k[used] for k in reversed(keys)])] if keys else used
    groups: dict[str, list[int]] = {}
    for row in order.tolist():
        groups.setdefault(ids[row], []).append(row)
    groups, others = _one_per_time(columns, groups, keys)
    if others:
        unused["of another face, less confident, in the same frame"] = others
    found |= {name: np.array(rows, dtype=np.int64) for name, rows in groups.items()}
    notes = _order_note(groups, times)
    return Steps(found, unused, len(ids), notes)


def _by_words(columns: Columns, word: str) -> NDArray[np.float64] | None:
    return next((v for n, v in columns.numbers.items() if words_of(n) == word), None)


def _present(columns: Columns) -> tuple[NDArray[np.bool_], str]:
    """Frames in which a face was found, and why the others are absent."""
    found = np.ones(len(columns.places), dtype=bool)
    success, confidence = _by_words(columns, "success"), _by_words(columns, "confidence")
    of_frames = any(words_of(n) in ("frame", "timestamp", "face id") for n in columns.names)
    reasons = []
    if success is not None:
        found &= success > 0
        reasons.append("success 0")
    if confidence is not None and (success is not None or of_frames):
        found &= confidence >= CONFIDENT
        reasons.append(f"confidence below {CONFIDENT}")
    return found, f"absent frames ({' or '.join(reasons)})"


def _one_per_time(
    columns: Columns, groups: dict[str, list[int]], keys: list[NDArray[np.float64]]
) -> tuple[dict[str, list[int]], int]:
    """The most confident face of each frame; an error for other rows of one time."""
    confidence = _by_words(columns, "confidence")
    faces = confidence is not None or _by_words(columns, "face id") is not None
    score = np.zeros(len(columns.places)) if confidence is None else confidence
    chosen: dict[str, list[int]] = {}
    again: list[str] = []
    others = 0
    for name, rows in groups.items():
        by_time: dict[object, int] = {}
        for place, row in enumerate(rows):
            when: object = tuple(float(k[row]) for k in keys) if keys else place
            before = by_time.get(when)
            if before is not None and not faces:
                again.append(name)
                break
            others += before is not None
            if before is None or score[row] > score[before]:
                by_time[when] = row
        chosen[name] = list(by_time.values())
    several = [name for name, rows in groups.items() if len(rows) > 1]
    if not keys and len(several) < len(groups) / 2:
        again = several
    if again:
        raise DataError(
            f"{columns.path} has utterances more than once: {listed(again)}. Remove the copies; "
            "if they are time steps, name their order in a column frameTime; if they are segments "
            "of one file, write an id of its own for each."
        )
    return chosen, others


def _order_note(groups: dict[str, list[int]], times: list[str]) -> list[str]:
    if all(len(rows) < 2 for rows in groups.values()):
        return []
    if not times:
        return ["Rows of one id are its time steps, in the order of the rows."]
    same = all(rows == sorted(rows) for rows in groups.values())
    also = ", which is that of the rows" if same else ""
    return [f"Rows of one id are its time steps, in the order of {times[0]!r}{also}."]
