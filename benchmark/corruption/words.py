"""Damage to transcripts: words that a recogniser gets wrong, and words that it omits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emobench.corruption.corruption import Donors
from emobench.errors import DataError

TRIES = 20


def word_errors(text: str, rate: float, rng: np.random.Generator, donors: Donors) -> str:
    """Replace each word with probability `rate` by one of another utterance.

    The words of other utterances are drawn as often as they occur there.

    Raises
    ------
    DataError
        The other utterances have no different word.
    """
    words = text.split()
    wrong = rng.random(len(words)) < rate
    pool = donors.words()
    # Drawn for every word, so that a word has the same replacement at every severity.
    wrongly = [_different_word(word, pool, rng) for word in words]
    return " ".join(n if w else o for o, n, w in zip(words, wrongly, wrong, strict=True))


def word_deletions(text: str, rate: float, rng: np.random.Generator, donors: Donors) -> str:
    """Leave out each word with probability `rate`, at least one kept."""
    words = text.split()
    values = rng.random(len(words))
    kept = values >= rate
    kept[values.argmax()] = True
    return " ".join(w for w, k in zip(words, kept, strict=True) if k)


def _different_word(word: str, pool: Sequence[str], rng: np.random.Generator) -> str:
    """Draw a word of `pool` that is not `word`, whatever its case."""
    for _ in range(TRIES if pool else 0):
        drawn = pool[int(rng.integers(len(pool)))]
        if drawn.casefold() != word.casefold():
            return drawn
    different = [w for w in pool if w.casefold() != word.casefold()]
    if not different:
        raise DataError("word errors need words of other utterances, and there are none.")
    return different[int(rng.integers(len(different)))]
