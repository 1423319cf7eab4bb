"""Words: sentences of 4 to 14 words from a grammar, by what they express.

A sentence tells what happened and how it felt; some only hint at the feeling, and a few hint at
another one or at none, as transcripts do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from emobench.datasets.simulation import lexicon
from emobench.datasets.simulation.perception import CLASSES

_SHORTEST, _LONGEST = 4, 14
_WEAK: Final = 0.20
"""Share of sentences that only hint, at noise 1."""
_STRAY: Final = 0.35
"""Share of these sentences whose hint is that of a random emotion."""


@dataclass(frozen=True)
class WordHabits:
    """How a speaker talks: pet fillers, how often they come, and how often an interjection."""

    fillers: tuple[str, ...]
    filler_rate: float
    interjection_rate: float


def draw_habits(rng: np.random.Generator) -> WordHabits:
    """Draw a speaker's habits."""
    chosen = rng.choice(len(lexicon.FILLERS), size=2, replace=False)
    return WordHabits(
        fillers=tuple(lexicon.FILLERS[i] for i in chosen),
        filler_rate=rng.uniform(0.05, 0.5),
        interjection_rate=rng.uniform(0.1, 0.5),
    )


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    """Take one of the options."""
    return options[int(rng.integers(len(options)))]


def _filled(phrase: str, rng: np.random.Generator) -> str:
    """Fill a phrase's slots."""
    for slot, options in (
        ("{thing}", lexicon.THINGS),
        ("{person}", lexicon.PEOPLE),
        ("{place}", lexicon.PLACES),
        ("{time}", lexicon.TIMES),
    ):
        if slot in phrase:
            phrase = phrase.replace(slot, _pick(options, rng))
    return phrase


def _clauses(emotion: str, rng: np.random.Generator, noise: float) -> list[str]:
    """Return one or two clauses: the feeling or a hint of it, and maybe what happened."""
    if rng.random() < min(1.0, noise * _WEAK):
        stray = rng.random() < _STRAY
        hint = _pick(lexicon.MILD[_pick(CLASSES, rng) if stray else emotion], rng)
        return [_filled(_pick(lexicon.EVENTS, rng), rng), hint]
    feeling = _filled(_pick(lexicon.STRONG[emotion], rng), rng)
    event = _filled(_pick(lexicon.EVENTS, rng), rng)
    if rng.random() < 0.4 or len(feeling.split()) + len(event.split()) > _LONGEST:
        return [feeling]
    return [event, feeling] if rng.random() < 0.6 else [feeling, event]


def write_words(emotion: str, habits: WordHabits, rng: np.random.Generator, noise: float) -> str:
    """Write an utterance's transcript.

    Parameters
    ----------
    emotion
        What the words express.
    habits
        The speaker's habits.
    rng
        The utterance's own generator.
    noise
        Multiplies the share of sentences that only hint.
    """
    parts = _clauses(emotion, rng, noise)
    # The clauses stand; what follows is added only where a sentence stays within its length.
    extras = []
    if rng.random() < habits.interjection_rate:
        extras.append((0, _pick(lexicon.INTERJECTIONS[emotion], rng)))
    if rng.random() < habits.filler_rate:
        extras.append((0, _pick(habits.fillers, rng)))
    if rng.random() < 0.3:
        extras.append((len(parts), _pick(lexicon.TIMES, rng)))
    words = sum(len(p.split()) for p in parts)
    if words < _SHORTEST and not extras:
        extras.append((0, _pick(habits.fillers, rng)))
    for place, extra in reversed(extras):
        if words + len(extra.split()) <= _LONGEST:
            parts.insert(place, extra)
            words += len(extra.split())
    while words < _SHORTEST:
        parts.append(_pick(lexicon.TIMES, rng))
        words += len(parts[-1].split())
    sentence = ", ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."
