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
        In the singular.
    several
        Its plural, where an s does not make it.
    """
    return f"{n:,} {noun if n == 1 else several or noun + 's'}"


def and_more(names: Collection[str], shown: int, separator: str = ", ") -> str:
    """Join names, at most `shown` of them, and say how many there are beside.

    Parameters
    ----------
    names
        All of them.
    shown
        How many are named.
    separator
        What stands between two.
    """
    listed = separator.join(islice(names, shown))
    rest = len(names) - shown
    return f"{listed} and {rest:,} more" if rest > 0 else listed
