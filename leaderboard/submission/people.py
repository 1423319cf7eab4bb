"""Which names of people and units a submission may hold."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.results.reader import Results
from emobench.store.records import CorpusRecord, GridRecord
from emobench.wording import EVERYBODY

SPEAKER = "speaker"

PUBLISHED = "as published"
NUMBERED = "numbered"
"""How units are named: as the corpus has them, or by numbers."""


@dataclass(frozen=True)
class Names:
    """Units and speakers of a tested corpus, as they are written.

    Parameters
    ----------
    word
        What a unit is; "" for a corpus that names none.
    units
        Utterance id to its unit; an utterance that it lacks is its own.
    is_public
        Whether the corpus's own names are written: not of a table of one's own or a joint corpus,
        whose names may be people's.
    names_all
        Whether the column ``speaker`` identifies everybody.
    """

    word: str = ""
    units: dict[str, str] = field(default_factory=dict)
    is_public: bool = False
    names_all: bool = False

    @property
    def form(self) -> str:
        """`PUBLISHED` or `NUMBERED`."""
        return PUBLISHED if self._keeps_units else NUMBERED

    @property
    def _keeps_units(self) -> bool:
        # A speaker's name in a corpus that does not name everybody may be a stand-in.
        return self.is_public and (self.names_all or self.word != SPEAKER)

    def units_of(self, ids: NDArray[np.str_]) -> list[str | None]:
        """Return the unit of each utterance; None where it is its own."""
        if self._keeps_units:
            return [self.units.get(i) for i in ids.tolist()]
        numbers = {name: n for n, name in enumerate(sorted(set(self.units.values())), start=1)}
        word = self.word.split(" or ")[0] or "unit"
        return [
            f"{word} {numbers[self.units[i]]}" if i in self.units else None for i in ids.tolist()
        ]

    def speakers_of(
        self, ids: NDArray[np.str_], stored: NDArray[np.str_] | None
    ) -> list[str | None]:
        """Return the speaker of each utterance; None where nobody may be named."""
        if not self.names_all or stored is None:
            return [None] * len(ids)
        if self.is_public:
            return [name or None for name in stored.tolist()]
        return self.units_of(ids) if self.word == SPEAKER else [None] * len(ids)


def names_of(results: Results, grid: GridRecord, target: str | None) -> Names:
    """Return the names of the corpus that a condition of `grid` tests on.

    `target` is the condition's corpus; None for the grid's own.
    """
    own = results.corpus(grid.corpus)
    found = results.units(grid, target)
    elsewhere = own is not None and target not in (None, own.dataset)
    tested = _record_of(results, target or "") if elsewhere else own
    if tested is None:
        return Names(found.word, dict(found.names))
    card = tested.card
    # A file of one's own has a corpus by its suffix; the members of a joint one could be such.
    is_public = bool(card.name) and not card.suffixes and "+" not in tested.dataset
    is_public = is_public and "=" not in tested.dataset.split(":")[0]
    return Names(found.word, dict(found.names), is_public, tested.people == EVERYBODY)


def _record_of(results: Results, dataset: str) -> CorpusRecord | None:
    """A stored record of a corpus that was tested alone."""
    for path in sorted((results.root / "corpora").glob("*.json")):
        record = results.corpus(path.stem)
        if record is not None and record.dataset == dataset:
            return record
    return None
