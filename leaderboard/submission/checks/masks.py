"""Whether every utterance shows what its condition declares: masks are drawn again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.submission.checks.decisions import TOLERANCE
from emobench.leaderboard.submission.checks.tested_corpus import corpus_key
from emobench.leaderboard.submission.faults import Faults, quoted
from emobench.leaderboard.submission.installation import (
    DIFFERS,
    NOT_AT_HAND,
    SAME,
    Installation,
    Origin,
)
from emobench.leaderboard.submission.reader import Block
from emobench.leaderboard.submission.schema import PREDICTIONS_FILE, RESULTS_FILE

Row = Mapping[str, Any]
Mask = NDArray[np.bool_]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class _Shown:
    """What one cell shows, of cells that show the same."""

    ids: tuple[str, ...]
    modalities: tuple[str, ...]
    mask: Mask
    first: int
    row: Row


@dataclass
class Masks:
    """Gathers what cells show, and then holds it against what is declared.

    Parameters
    ----------
    installation
        Draws masks.
    faults
        Gets what is wrong.
    """

    installation: Installation
    faults: Faults
    _shown: dict[tuple[Key, bytes], _Shown] = field(default_factory=dict)
    _rows: dict[tuple[Key, bytes], list[int]] = field(default_factory=dict)
    _available: dict[Key, dict[str, dict[str, tuple[bool, int]]]] = field(default_factory=dict)

    def add(self, block: Block, numbers: Mapping[int, Row]) -> None:
        """Remember what a cell shows.

        Parameters
        ----------
        block
            Its rows.
        numbers
            Row of the results to that row: those of this cell.
        """
        row = next(iter(numbers.values()))
        columns = [f"present_{name}" for name in block.present]
        self._check_filled(block)
        place = (
            _corpora(row), tuple(row["present"] or ()), row["present"] is None,
            row["missing_rate"], row["mask_seed"], row["masks"],
        )  # fmt: skip
        key = (place, block.fingerprint("utterance", *columns))
        self._rows.setdefault(key, []).extend(numbers)
        if key not in self._shown:
            names = tuple(block.present)
            mask = np.stack([*block.present.values()], axis=1) if names else np.zeros((0, 0), bool)
            self._shown[key] = _Shown(tuple(block.utterances), names, mask, block.first, row)

    def _check_filled(self, block: Block) -> None:
        for column in block.table.column_names:
            empty = block.table[column].null_count if column.startswith("present_") else 0
            if 0 < empty < len(block.utterances):
                self.faults.add(
                    PREDICTIONS_FILE, block.first, column,
                    f"it is empty in {empty:,} of the {len(block.utterances):,} rows of cell "
                    f"{quoted(block.cell)}: a corpus has a modality or lacks it.",
                )  # fmt: skip

    def check(self, summary: Mapping[str, Any], rows: Sequence[Row]) -> list[Origin]:
        """Hold what is remembered against what is declared; whether masks could be drawn again.

        Parameters
        ----------
        summary
            What the submission says of its corpora.
        rows
            The results.
        """
        for one in self._shown.values():
            if one.row["present"] is not None or not (one.row["missing_rate"] or one.row["masks"]):
                self._learn(one)
        drawn = again = 0
        before = self.faults.total
        imported: dict[Key, dict[str, tuple[bytes, int]]] = {}
        for key, one in self._shown.items():
            self._check_subset(one)
            available = self._available_of(one, summary)
            self._check_rate(one, available, key, rows)
            if one.row["present"] is not None:
                continue  # a subset is shown, whatever the rate is
            if not 0 <= (one.row["missing_rate"] or 0) < 1:
                self._refuse_rate(one, key)
                continue
            if one.row["masks"] is not None:
                self._check_imported(one, imported)
            elif one.row["missing_rate"]:
                drawn += 1
                again += available is not None
                self._check_seed(one, key)
                if available is not None:
                    self._check_drawn(one, available)
        origins = []
        if drawn and self.faults.total > before:
            origins.append(Origin("drawn masks", DIFFERS, "see the faults"))
        elif drawn:
            why = "" if again == drawn else "what each utterance has is not known"
            origins.append(Origin("drawn masks", SAME if again == drawn else NOT_AT_HAND, why))
        if imported:
            why = "they were imported from a file; models were shown the same"
            origins.append(Origin("imported masks", NOT_AT_HAND, why))
        return origins

    def _learn(self, one: _Shown) -> None:
        """Which modalities utterances have, from conditions that erase none of some."""
        known = self._available.setdefault(_corpora(one.row), {})
        for m, name in enumerate(one.modalities):
            if one.row["present"] is not None and name not in one.row["present"]:
                continue
            there = known.setdefault(name, {})
            for i, utterance in enumerate(one.ids):
                has = bool(one.mask[i, m])
                before, row = there.setdefault(utterance, (has, one.first + i))
                if before != has:
                    self.faults.add(
                        PREDICTIONS_FILE, one.first + i, f"present_{name}",
                        f"{str(has).lower()} of utterance {quoted(utterance)}, of which nothing "
                        f"is erased; row {row} says {str(before).lower()}.",
                    )  # fmt: skip

    def _check_subset(self, one: _Shown) -> None:
        if one.row["present"] is None:
            return
        for m, name in enumerate(one.modalities):
            if name not in one.row["present"]:
                for i in np.flatnonzero(one.mask[:, m]).tolist():
                    self.faults.add(
                        PREDICTIONS_FILE, one.first + i, f"present_{name}",
                        f"it is shown under {quoted(one.row['condition'])}, which shows "
                        f"{' and '.join(one.row['present'])} alone.",
                    )  # fmt: skip

    def _available_of(self, one: _Shown, summary: Mapping[str, Any]) -> Mask | None:
        """``[N, M]`` what utterances have; None where that is not known of all."""
        known = self._available.get(_corpora(one.row), {})
        found = np.zeros((len(one.ids), len(one.modalities)), dtype=bool)
        whole = _complete(summary, one.row)
        for m, name in enumerate(one.modalities):
            there = known.get(name, {})
            for i, utterance in enumerate(one.ids):
                if utterance not in there and name not in whole:
                    return None
                found[i, m] = there[utterance][0] if utterance in there else True
        return found

    def _check_seed(self, one: _Shown, key: tuple[Key, bytes]) -> None:
        if one.row["mask_seed"] != self.installation.mask_seed:
            for number in self._rows[key]:
                self.faults.add(
                    RESULTS_FILE, number, "mask_seed",
                    f"masks were drawn with {quoted(one.row['mask_seed'])}; emobench draws them "
                    f"with {self.installation.mask_seed}.",
                )  # fmt: skip

    def _refuse_rate(self, one: _Shown, key: tuple[Key, bytes]) -> None:
        for number in self._rows[key]:
            self.faults.add(
                RESULTS_FILE, number, "missing_rate",
                f"{one.row['missing_rate']!r} is not at least 0 and below 1.",
            )  # fmt: skip

    def _check_drawn(self, one: _Shown, available: Mask) -> None:
        expected = self.installation.mask(
            one.row["missing_rate"], self.installation.mask_seed, one.ids, one.modalities, available
        )
        for i, m in np.argwhere(expected != one.mask).tolist():
            self.faults.add(
                PREDICTIONS_FILE, one.first + i, f"present_{one.modalities[m]}",
                f"{str(bool(one.mask[i, m])).lower()} of utterance {quoted(one.ids[i])}; the mask "
                f"of the missing rate {one.row['missing_rate']} is "
                f"{str(bool(expected[i, m])).lower()}.",
            )  # fmt: skip

    def _check_imported(self, one: _Shown, known: dict[Key, dict[str, tuple[bytes, int]]]) -> None:
        place = (*_corpora(one.row), one.row["masks"], one.row["missing_rate"])
        there = known.setdefault(place, {})
        for i, utterance in enumerate(one.ids):
            line = one.mask[i].tobytes()
            before, row = there.setdefault(utterance, (line, one.first + i))
            if before != line:
                self.faults.add(
                    PREDICTIONS_FILE, one.first + i, f"present_{one.modalities[0]}",
                    f"utterance {quoted(utterance)} shows other modalities than in row {row}, "
                    "under the same imported masks.",
                )  # fmt: skip

    def _check_rate(
        self, one: _Shown, available: Mask | None, key: tuple[Key, bytes], rows: Sequence[Row]
    ) -> None:
        if available is None:
            return
        total = int(available.sum())
        reached = 1 - float((one.mask & available).sum()) / total if total else 0.0
        for number in self._rows[key]:
            stated = rows[number - 1]["missing_rate_reached"]
            if stated is not None and abs(stated - reached) > TOLERANCE:
                self.faults.add(
                    RESULTS_FILE, number, "missing_rate_reached",
                    f"{stated!r} is stated, {reached!r} of the inputs are erased.",
                )  # fmt: skip


def _corpora(row: Row) -> Key:
    """What decides which modalities an utterance has in the eyes of a model."""
    own = corpus_key(row)
    if row["tested_on"] == row["dataset"]:
        return own
    # On another corpus a model reads what both have, in the forms that it was trained on.
    return (*own, row["dataset"], row["dataset_digest"], row["row"], row["track"])


def _complete(summary: Mapping[str, Any], row: Row) -> set[str]:
    """The modalities that all utterances of a corpus have, as the submission says."""
    corpora = summary.get("corpora")
    for one in corpora if isinstance(corpora, list) else ():
        if not isinstance(one, dict) or one.get("dataset") != row["dataset"]:
            continue
        available, n = one.get("available"), one.get("utterances")
        if row["tested_on"] == row["dataset"] and isinstance(available, dict) and n:
            return {name for name, count in available.items() if count == n}
    return set()
