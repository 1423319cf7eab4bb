"""One entry per model and setting: the newest identity's rows, merged over its grid tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from emobench.errors import RequestError, unknown
from emobench.leaderboard.results.grids.place import place
from emobench.leaderboard.results.searches.history import merged_search, of_the_same_choice
from emobench.store.records import (
    Condition,
    Contrast,
    GridRecord,
    ModelCard,
    Regime,
    Search,
    Slot,
    Summary,
)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


@dataclass(frozen=True)
class ModelEntry:
    """A model (in one variant) on one track, corpus, split and protocol.

    Parameters
    ----------
    newest
        The newest grid table: cards, configuration and corpus are taken from it.
    regimes, conditions, summaries, contrasts
        Those of every table of this identity, in the newest one's order.
    slots
        Every (regime, condition, fold, seed), each once.
    superseded
        How many older identities (other source, configuration or corpus) are not shown.
    search
        How its settings were chosen, with the results of every table of this identity; None for a
        model with its preset.
    versions
        Versions of emobench that wrote the tables of this identity.
    """

    newest: GridRecord
    regimes: tuple[Regime, ...]
    conditions: tuple[Condition, ...]
    summaries: tuple[Summary, ...]
    contrasts: tuple[Contrast, ...]
    slots: tuple[Slot, ...]
    superseded: int = 0
    search: Search | None = None
    versions: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """Name that the user types."""
        return self.newest.model

    @property
    def card(self) -> ModelCard:
        """The model's card."""
        return self.newest.model_card

    @property
    def doubt(self) -> str:
        """``contract failed`` or ``unchecked`` where a model has not passed its check, else ""."""
        state = self.newest.contract.state if self.newest.contract else ""
        return {"failed": "contract failed", "unchecked": "unchecked"}.get(state, "")

    @property
    def failed_checks(self) -> tuple[str, ...]:
        """The checks of the contract that it fails."""
        return self.newest.contract.failed if self.newest.contract else ()

    @property
    def settings(self) -> dict[str, object]:
        """The configuration, without what the rest of it puts out of force."""
        config = self.newest.config
        idle = {"min_updates", "min_epochs", "looks"} if config.get("epochs") else {"epochs"}
        schedule = config.get("schedule", "plateau")
        idle |= {"plateau", "plateau_factor", "plateau_watches"} if schedule != "plateau" else set()
        idle |= {"warmup"} if schedule != "cosine" else set()
        idle |= {"focal_gamma"} if "focal" not in str(config.get("loss", "focal")) else set()
        return {name: value for name, value in config.items() if name not in idle}

    @property
    def main_condition(self) -> str:
        """The condition with the real inputs, or else the first one; "" without any."""
        real = [c.name for c in self.conditions if c.role == "real"]
        return next(iter([*real, *(c.name for c in self.conditions)]), "")

    @property
    def is_reference(self) -> bool:
        """Whether this is a reference row, which every leaderboard has."""
        return self.card.kind == "reference"

    @property
    def label(self) -> str:
        """Name for tables: the model, and its variant where it is not the default."""
        return self._in_variant(self.model)

    @property
    def default_model(self) -> str:
        """Name of the same model with its preset; its own name unless it was searched."""
        return self.search.default if self.search and self.search.default else self.model

    @property
    def budget(self) -> str:
        """The word for the budget of its search, as in its name: ``tuned:8``; else ""."""
        return self.model.removeprefix(self.default_model).strip() if self.search else ""

    @property
    def default_label(self) -> str:
        """Label of the row of the same model with its preset."""
        return self._in_variant(self.default_model)

    def _in_variant(self, model: str) -> str:
        variant = self.newest.variant
        return model if variant == "corrected" else f"{model} ({variant})"

    @property
    def dataset(self) -> str:
        """The corpus, and the split policy in brackets where it is not the standard one."""
        grid = self.newest
        return place(grid.dataset, grid.split, grid.protocol)[0]

    @property
    def section(self) -> tuple[str, str, str]:
        """Dataset, track and protocol: entries of one section are shown and compared together."""
        return (self.dataset, self.newest.track, self.newest.protocol)


def merge(grids: Iterable[GridRecord]) -> list[ModelEntry]:
    """Merge grid tables into entries; rows of different identities are never mixed.

    Parameters
    ----------
    grids
        Oldest first, as `Results.grids` gives them.
    """
    groups: dict[tuple[str, ...], list[GridRecord]] = defaultdict(list)
    for grid in grids:
        groups[grid.subject].append(grid)
    return [_entry(groups[subject]) for subject in sorted(groups)]


def _entry(grids: list[GridRecord]) -> ModelEntry:
    newest = grids[-1]
    same = [grid for grid in grids if grid.identity == newest.identity]
    slots: dict[tuple[str, str, int, int], Slot] = {}
    search = merged_search(same)
    for grid in same:
        for slot in of_the_same_choice(grid, search):
            slots[slot.regime, slot.condition, slot.fold, slot.seed] = slot
    newest_first = same[::-1]
    return ModelEntry(
        newest=newest,
        regimes=union(g.regimes for g in newest_first),
        conditions=union(g.conditions for g in newest_first),
        summaries=union(g.summaries for g in newest_first),
        contrasts=union(g.contrasts for g in newest_first),
        slots=tuple(slots[key] for key in sorted(slots)),
        superseded=len({grid.identity for grid in grids}) - 1,
        search=search,
        versions=tuple(sorted({grid.emobench for grid in same} - {""})),
    )


def label_of_grid(grid: GridRecord) -> tuple[tuple[str, str, str], str]:
    """Return the section of a grid's row, and its label there."""
    dataset, protocol = place(grid.dataset, grid.split, grid.protocol)
    label = grid.model if grid.variant == "corrected" else f"{grid.model} ({grid.variant})"
    return (dataset, grid.track, protocol), label


def union(lists: Iterable[Iterable[N]]) -> tuple[N, ...]:
    """Join lists of named things in order, each name once, the first one kept."""
    found: dict[str, N] = {}
    for items in lists:
        for item in items:
            found.setdefault(item.name, item)
    return tuple(found.values())


def label_of(word: str, entries: list[ModelEntry]) -> str:
    """Return the label of the row that `word` names: its own, or the bare name of one row alone.

    A bare name stands for a row with a preset, ``NAME tuned:N`` for a searched one.

    Raises
    ------
    RequestError
        No row has that name, or several have.
    """
    known = {e.label for e in entries}
    word = Path(word).stem if word.endswith(".py") else word  # as `emobench run` takes it
    if word in known:
        return word
    name, _, budget = word.partition(" ")
    having = sorted({e.label for e in entries if e.card.name == name and e.budget == budget})
    if len(having) > 1:
        raise RequestError(f"{word} stands for several rows; name one of {', '.join(having)}.")
    if not having:
        raise unknown("stored model", word, known)
    return having[0]
