"""One normal form of names: two spellings of one label, speaker, id or path compare as equal."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

WHOLE = re.compile(r"([+-]?)0*(\d+)(?:\.0*)?")
"""A whole number, as programs write it: ``1``, ``01``, ``1.``, ``1.0``, ``+1``."""


def normal_form(name: str) -> str:
    """Return the form under which `name` is compared; it is not meant to be shown.

    Composed and decomposed letters, full and half width (NFKC), case, blanks around and between
    words, characters without width, the digits of any script, and the ways to write a whole number
    make no difference.
    The result is its own normal form.
    """
    text, before = name, None
    while text != before:  # folding can give letters that compose, and the reverse
        before = text
        if text.isascii():  # its letters are composed, seen and have no other digits
            text = text.casefold()
        else:
            text = unicodedata.normalize("NFKC", text).casefold()
            text = "".join(map(_digit, filter(_has_width, text)))
        text = " ".join(text.split())
        number = WHOLE.fullmatch(text)
        if number and text.isascii():
            sign = "-" if number[1] == "-" and number[2] != "0" else ""
            text = sign + number[2]
    return text


def _has_width(letter: str) -> bool:
    """False for characters that are not seen: marks of direction, joiners, variation selectors."""
    return unicodedata.category(letter) != "Cf" and not "\ufe00" <= letter <= "\ufe0f"


def _digit(letter: str) -> str:
    """A digit of any script as 0 to 9; any other letter as it is."""
    value = unicodedata.decimal(letter, None)
    return letter if value is None else str(value)


def visible_name(name: str) -> str:
    """`name` in quotes; letters that look like others are written as code points.

    A decomposed ``ö`` is shown as ``o\\u0308``, a hard blank as ``\\xa0``.
    """
    plain = all(
        c.isprintable() and not unicodedata.combining(c) and (c == " " or not c.isspace())
        for c in name
    )
    return repr(name) if plain else "'" + "".join(map(_escaped, name)) + "'"


def _escaped(letter: str) -> str:
    if letter.isprintable() and not unicodedata.combining(letter):
        return letter
    return letter.encode("unicode_escape").decode("ascii")


@dataclass(frozen=True)
class Spellings:
    """One name and the ways in which it is written.

    Parameters
    ----------
    name
        The spelling that is kept: the commonest, of equally common ones the first in order.
    counts
        Every spelling with the number of times that it occurs.
    """

    name: str
    counts: dict[str, int]

    def __str__(self) -> str:
        """``'happy' (30), 'Happy' (2)``, the kept spelling first."""
        order = sorted(self.counts, key=lambda s: (s != self.name, -self.counts[s], s))
        return ", ".join(f"{visible_name(s)} ({self.counts[s]:,})" for s in order)


def spellings(names: Iterable[str]) -> dict[str, Spellings]:
    """Normal form to the spellings of it that occur among `names`, in order of occurrence."""
    counts: dict[str, Counter[str]] = {}
    for name in names:
        counts.setdefault(normal_form(name), Counter())[name] += 1
    return {
        form: Spellings(min(found, key=lambda s: (-found[s], _unusual(s), s)), dict(found))
        for form, found in counts.items()
    }


def _unusual(name: str) -> bool:
    return name != " ".join(unicodedata.normalize("NFC", name).split())


class NameIndex:
    """Finds names whatever their spelling: as written first, else by normal form if just one fits.

    Names that differ in spelling alone (the case-sensitive ids of a video site) stay apart: they
    are found as written only.

    Parameters
    ----------
    names
        The known names.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = dict.fromkeys(names)
        self._by_form: dict[str, list[str]] = {}
        for name in self._names:
            self._by_form.setdefault(normal_form(name), []).append(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def find(self, name: str) -> str | None:
        """The known name that `name` means; None if there is none, or several."""
        if name in self._names:
            return name
        same = self.like(name)
        return same[0] if len(same) == 1 else None

    def like(self, name: str) -> list[str]:
        """Every known name of the same normal form."""
        return self._by_form.get(normal_form(name), [])
