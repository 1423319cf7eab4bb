"""One search from the records of several runs, and the cells that belong to its choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emobench.store.records import GridRecord, Search, SearchResult, Slot

Key = tuple[str, str, int]
"""Regime, split and fold: what a search chooses for."""


def merged_search(grids: Sequence[GridRecord]) -> Search | None:
    """Join the searches of grids, oldest first; for each training the newest result counts.

    None where the newest grid was not searched.
    """
    newest = grids[-1].search
    if newest is None:
        return None
    found: dict[Key, SearchResult] = {}
    for grid in grids:
        if grid.search is not None:
            found |= {key(result): result for result in grid.search.results}
    return newest.model_copy(update={"results": tuple(found[name] for name in sorted(found))})


def of_the_same_choice(grid: GridRecord, search: Search | None) -> tuple[Slot, ...]:
    """Return the slots of `grid` whose settings are those that `search` chose in the end.

    An older run may have chosen otherwise, if a trial failed then. Its cells are of another
    configuration and would be averaged with the newer ones as if they were seeds of one.
    """
    if search is None or grid.search is None:
        return grid.rows
    last = {key(result): chosen_values(result) for result in search.results}
    here = {key(result): chosen_values(result) for result in grid.search.results}
    # A result can be of some conditions of a regime alone, `full (fusion=concat)`: the slots do not
    # say of which, so all of the regime go.
    changed = {
        (regime.partition(" (")[0], split, fold)
        for (regime, split, fold), values in here.items()
        if values != last[regime, split, fold]
    }
    return tuple(s for s in grid.rows if (s.regime, s.split, s.fold) not in changed)


def key(result: SearchResult) -> Key:
    """Return what a result is for."""
    return result.regime, result.split, result.fold


def chosen_values(result: SearchResult) -> dict[str, Any]:
    """Return the values of the chosen trial; empty where its record is not there."""
    return next((t.values for t in result.trials if t.trial == result.chosen), {})
