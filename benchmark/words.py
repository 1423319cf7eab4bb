"""Words of a text, in any script."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise, zip_longest

import regex

from emobench.scripts import HAN_CHARACTER, UNSPACED_LETTER

_PLAIN = re.compile(r"\w+(?:'\w+)*|[^\w\s]")
"""What `_ANY` finds in ASCII, several times as fast."""

_MARKED = rf"(?:(?!{HAN_CHARACTER}|{UNSPACED_LETTER})[\p{{L}}\p{{N}}_][\p{{M}}\u200c\u200d]*)+"
_ANY = regex.compile(
    rf"(?P<word>{_MARKED}(?:['’]{_MARKED})*)|(?P<han>{HAN_CHARACTER})"
    rf"|(?P<run>(?:{UNSPACED_LETTER})+)|(?P<mark>[^\s\x1c-\x1f_])"
)
_LETTER = regex.compile(UNSPACED_LETTER)
_WIDE = re.compile("[\uff00-\uffef]+")
_BLANK = dict.fromkeys(map(ord, "\u200b\u0f0b\u0f0c"), " ")
"""The space without width parts words in Khmer and Thai, the tsheg syllables in Tibetan."""

_NOTHING = dict.fromkeys(map(ord, "\u00ad\u2060\ufeff"))
"""Soft hyphens, word joiners and marks of the byte order are no part of a word."""


def split_words(text: str) -> list[str]:
    """Split a text into lower-case words and single punctuation marks.

    Scripts without blanks between words need a dictionary to find them. Instead, each Han character
    counts as a word; of kana, Thai, Lao, Khmer, Myanmar and the like, whose letters mean little,
    each letter and each pair of neighbours does. Composed and decomposed letters, and letters of
    full and half width, are the same.
    """
    text = text.lower()
    if text.isascii():
        return _PLAIN.findall(text)
    text = unicodedata.normalize("NFC", text.translate(_BLANK | _NOTHING))
    text = _WIDE.sub(lambda wide: unicodedata.normalize("NFKC", wide[0]), text)
    found: list[str] = []
    for match in _ANY.finditer(text):
        if match.lastgroup == "run":
            letters = _LETTER.findall(match[0])
            for letter, pair in zip_longest(letters, map("".join, pairwise(letters))):
                found += [letter, pair] if pair else [letter]
        else:
            found.append(match[0].replace("’", "'"))
    return found
