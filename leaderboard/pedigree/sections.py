"""Single rows of a results folder, without scoring the rest of the page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from emobench.leaderboard.results.board import Section, section_of
from emobench.leaderboard.results.corpus_state import SectionKey, by_section, outdated
from emobench.leaderboard.results.entries import ModelEntry, merge
from emobench.leaderboard.results.reader import Results

Places = Collection[tuple[str, str]]
"""Regime and condition."""


class StoredSections:
    """The sections of a results folder; rows are scored when they are asked for.

    Parameters
    ----------
    root
        The results folder.
    dataset, protocol
        Only this corpus and this protocol are read; see `Results.grids`.
    """

    def __init__(self, root: Path, dataset: str | None = None, protocol: str | None = None) -> None:
        self.results = Results(root)
        self._groups = by_section(merge(self.results.grids(dataset, protocol)))
        self._current: dict[SectionKey, tuple[list[ModelEntry], tuple[str, ...]]] = {}

    @property
    def keys(self) -> list[SectionKey]:
        """Dataset, track and protocol of every section, in the order of the page."""
        return sorted(self._groups)

    def entries(self, key: SectionKey) -> list[ModelEntry]:
        """Return the models of a section that the page shows."""
        return self._known(key)[0]

    def outdated(self, key: SectionKey) -> tuple[str, ...]:
        """Return the labels of those that it does not show, for the corpus has changed since."""
        return self._known(key)[1]

    def section(
        self, key: SectionKey, places: Places = (), labels: Collection[str] = ()
    ) -> Section:
        """Return a section with some rows alone.

        Parameters
        ----------
        key
            Which section.
        places
            The rows to score; none: only what the section is made of.
        labels
            The models to score; empty for all of them.
        """
        entries, stale = self._known(key)
        kept = [
            replace(e, slots=tuple(s for s in e.slots if (s.regime, s.condition) in places))
            for e in entries
            if not labels or e.label in labels
        ]
        return section_of(self.results, kept, stale)

    def _known(self, key: SectionKey) -> tuple[list[ModelEntry], tuple[str, ...]]:
        if key not in self._current:
            stale = {e.label for e in outdated(self.results, self._groups[key])}
            shown = [e for e in self._groups[key] if e.label not in stale]
            self._current[key] = (shown, tuple(sorted(stale)))
        return self._current[key]
