"""Rows whose stored predictions are read one by one: for a report, and for samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emobench.errors import RequestError, unknown
from emobench.leaderboard.results.cells import cell_state, complete_seeds, pooled_seeds, row_status
from emobench.leaderboard.results.corpus_state import outdated_labels
from emobench.leaderboard.results.entries import ModelEntry, label_of, merge
from emobench.leaderboard.results.predictions import (
    Predictions,
    UnreadableError,
)
from emobench.leaderboard.results.reader import Results
from emobench.store.records import Slot


@dataclass(frozen=True)
class RowChoice:
    """The rows that a user means; None stands for every one, or for the main condition."""

    model: str
    dataset: str | None = None
    protocol: str | None = None
    regime: str | None = None
    condition: str | None = None


@dataclass(frozen=True)
class StoredRow:
    """One model under one regime and condition, with at least one seed whose folds are all done.

    Parameters
    ----------
    classes
        Names of the classes in the order of the logits.
    seeds
        Seed to its cells, one per fold.
    reason
        Why the row is not complete; empty if it is.
    """

    results: Results
    entry: ModelEntry
    regime: str
    condition: str
    classes: tuple[str, ...]
    seeds: dict[int, list[Slot]]
    reason: str = ""

    def check_seed(self, seed: int) -> None:
        """Check that a seed has all its predictions.

        Raises
        ------
        RequestError
            It has not.
        """
        if seed not in self.seeds:
            known = ", ".join(map(str, self.seeds))
            raise RequestError(
                f"{self.title}: seed {seed} does not have all its predictions. Complete: {known}."
            )

    @property
    def title(self) -> str:
        """The row and its setting in words."""
        dataset, track, protocol = self.entry.section
        return (
            f"{self.entry.label} on {dataset}, {track} track, {protocol}, regime {self.regime}, "
            f"condition {self.condition}"
        )

    def pooled(self) -> dict[int, Predictions]:
        """Seed to its predictions of all folds, in the order of the ids.

        Raises
        ------
        RequestError
            Predictions cannot be read.
        """
        try:
            return {s: p.scored() for s, p in pooled_seeds(self.results, self.seeds).items()}
        except UnreadableError as error:
            raise self._unreadable(error) from None

    def by_fold(self, seed: int) -> dict[int, Predictions]:
        """Fold to its predictions in one seed.

        Raises
        ------
        RequestError
            Predictions cannot be read.
        """
        try:
            read = {slot.fold: self.results.predictions(slot) for slot in self.seeds[seed]}
        except UnreadableError as error:
            raise self._unreadable(error) from None
        return {fold: predictions.scored() for fold, predictions in sorted(read.items())}

    def _unreadable(self, error: UnreadableError) -> RequestError:
        cells = [slot for slots in self.seeds.values() for slot in slots]
        place = next(filter(None, map(self._damaged, cells)), self.results.root)
        return RequestError(
            f"{self.title}: {error}. Delete {place} and run the same command again."
        )

    def _damaged(self, slot: Slot) -> Path | None:
        """Where a cell lies whose predictions cannot be read; None if they can."""
        try:
            self.results.predictions(slot)
        except UnreadableError:
            return self.results.location(slot)
        return None


def stored_rows(root: Path, choice: RowChoice) -> list[StoredRow]:
    """Return the rows that `choice` means and that have predictions of a whole seed.

    Raises
    ------
    RequestError
        A name is unknown, or no such row has them; the message says why.
    """
    results = Results(root)
    entries = merge(results.grids(choice.dataset, choice.protocol))
    label = label_of(choice.model, entries)
    stale = outdated_labels(root, choice.dataset, choice.protocol)
    mine = [e for e in entries if e.label == label]
    current = [e for e in mine if label not in stale.get(e.section, ())]
    if not current:
        raise RequestError(f"{label} was run on a corpus that has changed since: run it again.")
    _check_name("regime", choice.regime, [r.name for e in current for r in e.regimes])
    _check_name("condition", choice.condition, [c.name for e in current for c in e.conditions])
    rows, reasons = [], []
    for entry in current:
        for found in _rows(results, entry, choice):
            if found.seeds:
                rows.append(found)
            else:
                reasons.append(f"{found.title}: {found.reason}")
    if not rows:
        why = "; ".join(reasons) or "it was not asked for in any run"
        raise RequestError(f"No seed of {label} has all its predictions in {root}: {why}.")
    return rows


def _check_name(kind: str, name: str | None, known: list[str]) -> None:
    if name is not None and name not in known:
        raise unknown(f"stored {kind}", name, set(known))


def _rows(results: Results, entry: ModelEntry, choice: RowChoice) -> Iterator[StoredRow]:
    condition = choice.condition or entry.main_condition
    for regime in entry.regimes:
        slots = [s for s in entry.slots if (s.regime, s.condition) == (regime.name, condition)]
        if not slots or choice.regime not in (None, regime.name):
            continue
        states = {slot: cell_state(results, slot) for slot in slots}
        status, reason = row_status(states)
        yield StoredRow(
            results,
            entry,
            regime.name,
            condition,
            classes_of(results, entry, condition),
            complete_seeds(states),
            f"{status} ({reason})" if reason else "",
        )


def classes_of(results: Results, entry: ModelEntry, condition: str) -> tuple[str, ...]:
    """Return the classes of the logits of a condition; empty where they are not known.

    On another corpus they are those that both have in common, and so on the own corpus where only
    those are scored.
    """
    record = results.corpus(entry.newest.corpus)
    if record is None:
        return ()
    found = next((c for c in entry.conditions if c.name == condition), None)
    target = (found.classes or found.corpus) if found is not None else None
    if target is None or target == record.dataset:
        return record.classes
    transfer = results.transfers().get((record.dataset, entry.newest.split, target))
    return transfer.classes if transfer else ()


def class_names(known: tuple[str, ...], size: int) -> tuple[str, ...]:
    """Return the names of `size` classes; numbers where the stored names are others."""
    return known if len(known) == size else tuple(f"class {i}" for i in range(size))
