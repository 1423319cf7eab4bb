"""Whether the cells agree on the utterances that they were tested on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emobench.leaderboard.submission.checks.specs import spec_of
from emobench.leaderboard.submission.checks.tested_corpus import corpus_key
from emobench.leaderboard.submission.faults import Faults, quoted
from emobench.leaderboard.submission.reader import Block
from emobench.leaderboard.submission.schema import PREDICTIONS_FILE

Row = Mapping[str, Any]
Key = tuple[Any, ...]

NAMED = 3
"""Utterances that a sentence names."""


@dataclass
class _Said:
    """What the first cell with an utterance says of it, and in which row."""

    value: str | None
    row: int


@dataclass
class Agreement:
    """Remembers what cells say of utterances, and names what contradicts.

    Parameters
    ----------
    faults
        Gets what is wrong.
    """

    faults: Faults
    _said: dict[Key, dict[str, _Said]] = field(default_factory=dict)
    _seen: set[tuple[Key, bytes]] = field(default_factory=set)
    _sets: dict[Key, tuple[frozenset[str], int]] = field(default_factory=dict)
    _folds: dict[Key, dict[int, frozenset[str]]] = field(default_factory=dict)

    def add(self, block: Block, row: Row) -> None:
        """Hold the rows of a cell against those before them.

        Parameters
        ----------
        block
            The rows.
        row
            A row of the results that is of this cell.
        """
        corpus = corpus_key(row)
        # On another corpus the classes in common have names of their own.
        labelled = (*corpus, tuple(row["classes"] or ()))
        for column, key in (
            ("truth", labelled), ("unit", corpus), ("speaker", corpus), ("member", corpus),
        ):  # fmt: skip
            self._compare(block, column, (column, *key))
        self._compare_sets(block, row, labelled)

    def _compare(self, block: Block, column: str, key: Key) -> None:
        mark = (key, block.fingerprint("utterance", column))
        if mark in self._seen:
            return
        self._seen.add(mark)
        known = self._said.setdefault(key, {})
        values = block.texts(column)
        for i, (name, value) in enumerate(zip(block.utterances, values, strict=True)):
            before = known.setdefault(name, _Said(value, block.first + i))
            if before.value != value:
                self.faults.add(
                    PREDICTIONS_FILE, block.first + i, column,
                    f"{quoted(value)} of utterance {quoted(name)}; row {before.row} says "
                    f"{quoted(before.value)}.",
                )  # fmt: skip

    def _compare_sets(self, block: Block, row: Row, labelled: Key) -> None:
        split = str(spec_of(row["training_spec"]).get("split") or f"{row['split']} {row['flaw']}")
        whole = (row["dataset"], row["dataset_digest"], split, *labelled)
        key = (*whole, row["fold"])
        names = frozenset(block.utterances)
        known, number = self._sets.setdefault(key, (names, block.first))
        if known != names:
            self.faults.add(
                PREDICTIONS_FILE, block.first, "utterance",
                f"cell {quoted(block.cell)} has {_differences(names, known)} than the cell at row "
                f"{number} of the same fold, {row['fold']}.",
            )  # fmt: skip
            return
        if row["flaw"] or row["tested_on"] != row["dataset"]:
            return  # such tests may repeat utterances from fold to fold
        self._compare_folds(block, whole, int(row["fold"]), names)

    def _compare_folds(self, block: Block, whole: Key, fold: int, names: frozenset[str]) -> None:
        folds = self._folds.setdefault(whole, {})
        if fold in folds:
            return
        for other, theirs in folds.items():
            if both := names & theirs:
                self.faults.add(
                    PREDICTIONS_FILE, block.first, "utterance",
                    f"{len(both):,} test utterances of fold {fold} are in fold {other} too, such "
                    f"as {_listed(both)}.",
                )  # fmt: skip
        folds[fold] = names


def _differences(ours: frozenset[str], theirs: frozenset[str]) -> str:
    more, fewer = ours - theirs, theirs - ours
    parts = []
    if fewer:
        parts.append(f"{len(fewer):,} utterances fewer ({_listed(fewer)})")
    if more:
        parts.append(f"{len(more):,} utterances more ({_listed(more)})")
    return " and ".join(parts)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(quoted(name) for name in sorted(names)[:NAMED])
