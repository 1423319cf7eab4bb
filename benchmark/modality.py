"""The modalities of an utterance and their fixed order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MODALITIES: Final[tuple[str, ...]] = ("text", "audio", "vision")
"""Every modality, in the order of every table, mask and name."""


def ordered(modalities: Iterable[str]) -> tuple[str, ...]:
    """Sort modalities into the fixed order, each once."""
    wanted = set(modalities)
    return tuple(m for m in MODALITIES if m in wanted)


def subset_name(present: Iterable[str], corpus: Iterable[str]) -> str:
    """Name a subset by what is present (``audio+vision``), and all of it ``full``."""
    kept = ordered(present)
    return "full" if kept == ordered(corpus) else "+".join(kept)
