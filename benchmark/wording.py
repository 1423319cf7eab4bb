"""Wording of counts, long lists and unnamed people, for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import Final

EVERYBODY: Final = "everybody"
SOME: Final = "some"
NOBODY: Final = "nobody"
UNKNOWN: Final = ""
"""Whose speakers a corpus names; of old records of some corpora it is not known."""


def counted(n: int, noun: str, several: str = "") -> str:
    """Return ``1 cell``, ``2 cells``, ``1,200 cells``.

    Parameters
    ----------
    n
        How many.
    noun
        Noun in the singular.
    several
        Plural of the noun, if it is not formed with an s.
    """
    return f"{n:,} {noun if n == 1 else several or noun + 's'}"


def score_text(value: float) -> str:
    """Return a score between 0 and 1 with three digits and without its leading zero."""
    return f"{value:.3f}".replace("0.", ".", 1)


def and_more(names: Collection[str], shown: int, separator: str = ", ") -> str:
    """Join at most `shown` names, and count the rest.

    Parameters
    ----------
    names
        All names.
    shown
        Largest number of names to list.
    separator
        Text between two names.
    """
    listed = separator.join(islice(names, shown))
    rest = len(names) - shown
    return f"{listed} and {rest:,} more" if rest > 0 else listed


def units_text(n: int, unit: str) -> str:
    """Return a number of independent units; those of a joint corpus have more than one name."""
    if " or " in unit:
        return f"{counted(n, 'unit')} ({unit})"
    return counted(n, unit or "utterance")


def unnamed_text(named: str, unit: str) -> str:
    """Say what follows where a corpus does not name its speakers; "" where it names everybody.

    Parameters
    ----------
    named
        `EVERYBODY`, `SOME`, `NOBODY` or `UNKNOWN`.
    unit
        What is drawn independently in the corpus (``speaker``, ``image``, ``image or speaker``);
        "" if that is not known.
    """
    if named == EVERYBODY:
        return ""
    units = unit.split(" or ") if unit else []
    other = " or ".join(word for word in units if word != "speaker")
    several = f", and behind several {other}s" if other and " or " not in other else ""
    if named == NOBODY:
        who = "Nobody is named in this corpus"
    elif named == SOME:
        who = "Not everybody is named in this corpus"
    else:
        who = "It is not stored whether anybody is named in this corpus"
    text = f"{who}: one person can be in both train and test{several}."
    if named == SOME and "speaker" in units:
        text += " What has no name counts as a speaker of its own."
    return text
