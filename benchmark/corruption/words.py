"""Damage to transcripts: words that a recogniser gets wrong, and words that it omits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from emobench.corruption.corruption import Donors
from emobench.errors import DataError
from emobench.scripts import text_units

TRIES = 20


def word_errors(text: str, rate: float, rng: np.random.Generator, donors: Donors) -> str:
    """Replace each word with probability `rate` by one of another utterance.

    The words of other utterances are drawn as often as they occur there. In scripts without blanks
    between words it is letters.

    Raises
    ------
    DataError
        The other utterances have no different word.
    """
    units = text_units(text)
    words = [unit for _, unit in units]
    wrong = rng.random(len(words)) < rate
    pool = donors.words()
    # Drawn for every word, so that a word has the same replacement at every severity.
    wrongly = [_different_word(word, pool, rng) for word in words]
    said = [n if w else o for o, n, w in zip(words, wrongly, wrong, strict=True)]
    return _joined((blank, word) for (blank, _), word in zip(units, said, strict=True))


def word_deletions(text: str, rate: float, rng: np.random.Generator, donors: Donors) -> str:
    """Leave out each word with probability `rate`, at least one kept."""
    units = text_units(text)
    values = rng.random(len(units))
    kept = values >= rate
    kept[values.argmax()] = True
    return _joined(unit for unit, k in zip(units, kept, strict=True) if k)


def _joined(units: Iterable[tuple[str, str]]) -> str:
    return "".join(blank + unit for blank, unit in units).lstrip()


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
