"""Voices and words of a corpus, lent to the corruption of an utterance."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench.corpus.preparation.clips import check_media
from emobench.corruption.corruption import Donors
from emobench.interface.dataset import ClipError, Dataset
from emobench.scripts import text_units

VOICES = 48
"""Number of voices that a corpus lends, taken from one speaker after the other."""

TEXTS = 2000
"""Number of transcripts that a corpus lends, spread evenly over it."""


class DonorPool:
    """Lends voices and words of one corpus; reads them once.

    Parameters
    ----------
    dataset, table
        The corpus's loader and its utterance table.
    """

    def __init__(self, dataset: Dataset, table: pd.DataFrame) -> None:
        self._dataset = dataset
        self._table = table

    def to(self, row: pd.Series) -> Donors:
        """Donors for the utterance `row`: voices of other speakers, words of other texts."""
        return Donors(lambda: self._voices_for(row), lambda: self._words_for(row))

    def _voices_for(self, row: pd.Series) -> list[NDArray[np.float32]]:
        other = [v for r, v in self._voices if r["speaker"] != row["speaker"]]
        # With a single speaker in the corpus, use the speaker's other utterances.
        return other or [v for r, v in self._voices if r["id"] != row["id"]]

    def _words_for(self, row: pd.Series) -> list[str]:
        words, own = self._words
        start, stop = own.get(str(row["id"]), (0, 0))
        return words[:start] + words[stop:]

    @cached_property
    def _voices(self) -> list[tuple[pd.Series, NDArray[np.float32]]]:
        turn = self._table.groupby("speaker", sort=False).cumcount()
        order = np.argsort(turn.to_numpy(), kind="stable")
        return self._read(order, "waveform", VOICES)

    @cached_property
    def _words(self) -> tuple[list[str], dict[str, tuple[int, int]]]:
        """All words, and the range of positions that holds the words of each utterance."""
        spread = np.arange(len(self._table))[:: max(1, len(self._table) // TEXTS)]
        words: list[str] = []
        own = {}
        for row, text in self._read(spread, "transcript", TEXTS):
            start = len(words)
            words += [unit for _, unit in text_units(str(text))]
            own[str(row["id"])] = (start, len(words))
        return words, own

    def _read(self, order: NDArray[np.int64], source: str, count: int) -> list[tuple[Any, Any]]:
        """The first `count` usable ones in `order`, with their rows."""
        found: list[tuple[Any, Any]] = []
        for i in order:
            row = self._table.iloc[int(i)]
            media = read_usable(self._dataset, row, source)
            if media is not None:
                found.append((row, media))
            if len(found) == count:
                break
        return found


def read_usable(dataset: Dataset, row: pd.Series, source: str) -> Any:
    """Return what an utterance has of `source`, or None if it is absent or broken."""
    try:
        media = dataset.read(row, source)
        return None if media is None else check_media(media, source)[0]
    except ClipError:
        return None
