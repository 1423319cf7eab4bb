"""Wording of counts and long lists, for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice


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
