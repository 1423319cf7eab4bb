"""How the terminal words what it counts."""

from __future__ import annotations


def counted(number: int, noun: str, several: str = "") -> str:
    """``1 cell``, ``2 cells``, ``1,200 cells``; `several` is a plural that is not made by an s."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"
