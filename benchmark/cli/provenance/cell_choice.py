"""Whether ``emobench show`` was asked for a stored cell, and the answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from emobench.discovery.registry import CARD_OF, registry
from emobench.terminal.voice import Voice

DIGITS: Final = re.compile(r"[0-9a-f]{6,20}")
"""The first digits of the name of a cell or a training."""
SLASHES: Final = (5, 6)
"""Slashes of the address of a row, and of a number in it."""


def means_cell(word: str) -> bool:
    """Whether `word` has the form of a cell's name or address, and names nothing else."""
    if any(word in registry(kind) for kind in CARD_OF) or Path(word).exists():
        return False
    return DIGITS.fullmatch(word) is not None or word.strip("/").count("/") in SLASHES


def show_cell(results: Path, word: str, seed: int | None, fold: int | None, voice: Voice) -> None:
    """Print where a stored cell is from.

    Raises
    ------
    RequestError
        There is no such cell, or there are several.
    """
    from emobench.cli.provenance.cell_text import print_sheet
    from emobench.repetition.cell_sheet import cell_sheet

    print_sheet(cell_sheet(results, word, seed, fold), voice)
