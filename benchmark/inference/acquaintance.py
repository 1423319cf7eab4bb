"""Which new clips bear the ids of utterances that a training has seen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from emobench.inference.description import Part
from emobench.wording import and_more, counted

DIGITS: Final = 8
"""Hexadecimal digits of an id's SHA-256 that are kept: an export names nobody's recordings."""

SEEN: Final = {"train": "learned from", "dev": "chose its epoch by"}
"""Parts that a training has seen, and what it did with them."""


def marks_of(ids: Iterable[str]) -> str:
    """The ids of a part as one text of `DIGITS` digits for each, sorted."""
    return "".join(sorted(_mark(name) for name in ids))


def acquaintances(ids: Sequence[str], parts: Mapping[str, Part]) -> list[str]:
    """Sentences on clips whose ids are those of utterances that the training has seen.

    Parameters
    ----------
    ids
        Of the new clips.
    parts
        ``train`` and ``dev`` to what the training had there.
    """
    told = []
    for name, did in SEEN.items():
        marks = parts[name].marks if name in parts else ""
        known = {marks[i : i + DIGITS] for i in range(0, len(marks), DIGITS)}
        met = [one for one in ids if _mark(one) in known]
        if met:
            told.append(
                f"Utterances that this training {did} have the ids of "
                f"{counted(len(met), 'clip')} of {len(ids):,} ({and_more(met, 3)}): if they are "
                "the same, their score says nothing about new clips."
            )
    return told


def _mark(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:DIGITS]
