"""Whether the predictions of a cell are whole: probabilities, decisions, classes, utterances."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.submission.faults import Faults, quoted
from emobench.leaderboard.submission.reader import Block
from emobench.leaderboard.submission.schema import PREDICTIONS_FILE

TOLERANCE: Final = 1e-9
"""By how much a sum or a score may differ."""


@dataclass(frozen=True)
class Decisions:
    """The decisions of a cell, as numbers.

    Parameters
    ----------
    truth, decided
        ``[N]`` class numbers, or ``[N, C]`` zeros and ones where several classes can hold.
    chances
        ``[N, C]`` probabilities.
    scored
        ``[N]`` which utterances are scored.
    """

    truth: NDArray[np.int64]
    decided: NDArray[np.int64]
    chances: NDArray[np.float64]
    scored: NDArray[np.bool_]


def check_decisions(
    block: Block, classes: Sequence[str], multilabel: bool, faults: Faults
) -> Decisions | None:
    """Check the rows of one cell; None where its scores cannot be computed.

    Parameters
    ----------
    block
        Its rows.
    classes, multilabel
        As the results state them.
    faults
        Gets what is wrong.
    """
    before = faults.total
    _check_ids(block, faults)
    if (wrong := np.flatnonzero(block.widths != len(classes))).size:
        for i in wrong.tolist():
            faults.add(
                PREDICTIONS_FILE, block.first + i, "probabilities",
                f"there are {block.widths[i]}, and {len(classes)} classes.",
            )  # fmt: skip
        return None
    truth = _numbers(block, "truth", classes, multilabel, faults)
    decided = _numbers(block, "predicted", classes, multilabel, faults)
    chances = block.probabilities(len(classes))
    if not np.isfinite(chances).all():
        for i in np.flatnonzero(~np.isfinite(chances).all(axis=1)).tolist():
            faults.add(
                PREDICTIONS_FILE, block.first + i, "probabilities", "one is not a finite number."
            )
        return None
    if truth is None or decided is None:
        return None
    _check_chances(block, chances, decided, multilabel, faults)
    blocked = faults.total != before and block.table["utterance"].null_count
    return None if blocked else Decisions(truth, decided, chances, _scored(block))


def _check_ids(block: Block, faults: Faults) -> None:
    if len(set(block.utterances)) == len(block.utterances):
        return
    first: dict[str, int] = {}
    for i, name in enumerate(block.utterances):
        if name in first:
            faults.add(
                PREDICTIONS_FILE, block.first + i, "utterance",
                f"{quoted(name)} is predicted a second time in cell {quoted(block.cell)}; the "
                f"first is row {block.first + first[name]}.",
            )  # fmt: skip
        first.setdefault(name, i)


def _numbers(
    block: Block, column: str, classes: Sequence[str], multilabel: bool, faults: Faults
) -> NDArray[np.int64] | None:
    """Class numbers ``[N]``, or zeros and ones ``[N, C]``; None where a text is no class."""
    place: dict[str, int | NDArray[np.int64] | None] = {}
    number = {name: i for i, name in enumerate(classes)}
    found, is_whole = [], True
    for i, text in enumerate(block.texts(column)):
        word = str(text)
        if word not in place:
            place[word] = _several(word, number) if multilabel else number.get(word)
        value = place[word]
        if value is None:
            is_whole = False
            what = "a JSON list of classes in their order" if multilabel else "one of the classes"
            faults.add(PREDICTIONS_FILE, block.first + i, column, f"{quoted(text)} is not {what}.")
        found.append(value)
    return np.array(found, dtype=np.int64) if is_whole else None


def _several(word: str, number: dict[str, int]) -> NDArray[np.int64] | None:
    try:
        names = json.loads(word)
    except (ValueError, RecursionError):
        return None
    if not isinstance(names, list) or any(str(n) not in number for n in names):
        return None
    places = [number[str(name)] for name in names]
    if places != sorted(set(places)):
        return None
    row = np.zeros(len(number), dtype=np.int64)
    row[places] = 1
    return row


def _check_chances(
    block: Block,
    chances: NDArray[np.float64],
    decided: NDArray[np.int64],
    multilabel: bool,
    faults: Faults,
) -> None:
    def add(rows: NDArray[np.int64], column: str, text: str) -> None:
        for i in rows.tolist():
            shown = np.array2string(chances[i], precision=6, threshold=20)
            faults.add(PREDICTIONS_FILE, block.first + i, column, f"{text}: {shown}.")

    outside = ((chances < 0) | (chances > 1 + TOLERANCE)).any(axis=1)
    add(np.flatnonzero(outside), "probabilities", "one is not between 0 and 1")
    if multilabel:
        # At one half exactly the logit decides, which is not exported.
        wrong = ((decided == 1) & (chances < 0.5)) | ((decided == 0) & (chances > 0.5))
        add(
            np.flatnonzero(wrong.any(axis=1)), "predicted",
            "the classes above one half are others, by the probabilities",
        )  # fmt: skip
        return
    off = np.abs(chances.sum(axis=1) - 1) > TOLERANCE
    add(np.flatnonzero(off & ~outside), "probabilities", "they do not sum to 1")
    # Of several that are equally probable any can be the prediction.
    chosen = chances[np.arange(len(chances)), decided]
    add(
        np.flatnonzero(chosen < chances.max(axis=1)), "predicted",
        "it is not the most probable class, by the probabilities",
    )  # fmt: skip


def _scored(block: Block) -> NDArray[np.bool_]:
    """Of a joint corpus the utterances that show any modality, else all."""
    members = {name for name in block.texts("member") if name is not None}
    if len(members) < 2 or not block.present:
        return np.ones(len(block.utterances), dtype=bool)
    shown: NDArray[np.bool_] = np.any(list(block.present.values()), axis=0)
    return shown
