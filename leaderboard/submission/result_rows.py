"""The rows of the results: one for each cell that a protocol asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from emobench.digest import canonical_json
from emobench.errors import RequestError
from emobench.leaderboard.results.cells import State, cell_state
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.predictions import UnreadableError
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.stored_rows import classes_of
from emobench.leaderboard.submission.stored_cell import CellRows, cell_rows
from emobench.store.cell_reader import CellReader, StoredCell
from emobench.store.pack import BROKEN
from emobench.store.records import CellReport, Condition, Failure, Slot
from emobench.store.training_folder import Outcome, read_training

Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A cell that a protocol asked for.

    Parameters
    ----------
    entry, slot, condition
        Whose, where in its grid, and under which condition.
    """

    entry: ModelEntry
    slot: Slot
    condition: Condition

    @property
    def own(self) -> str:
        """The corpus that was trained on."""
        return self.entry.newest.dataset

    @property
    def tested(self) -> str:
        """The corpus whose utterances are tested."""
        return self.condition.corpus or self.own


def asked_cells(entries: tuple[ModelEntry, ...]) -> Iterator[Asked]:
    """List the cells of some models."""
    for entry in entries:
        conditions = {condition.name: condition for condition in entry.conditions}
        for slot in entry.slots:
            yield Asked(entry, slot, conditions[slot.condition])


class StoredCells:
    """Reads cells for a submission, each from its own file.

    Parameters
    ----------
    results
        The results folder.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        self._reader = CellReader(results.root)
        self.training = lru_cache(maxsize=1024)(self._training)

    def _training(self, key: str) -> Outcome | None:
        try:
            return read_training(self.results.root / "trainings" / key)
        except BROKEN as error:
            raise _unreadable(self.results.root / "trainings" / key, error) from None

    @property
    def broken(self) -> tuple[str, ...]:
        """A sentence for each file that could not be read: its cells count as absent."""
        return tuple(self._reader.broken)

    def spec(self, asked: Asked) -> dict[str, Any]:
        """Return the spec of a cell; empty where none is stored."""
        found = self._stored(asked)
        return found.spec if found is not None else {}

    def rows(self, asked: Asked) -> list[CellRows]:
        """Return the predictions of a cell that is done, and those of its looks.

        Raises
        ------
        RequestError
            They cannot be read.
        """
        found = self._stored(asked)
        assert found is not None
        try:
            table = self._reader.table(found)
            if table is None:
                raise UnreadableError("there are no predictions")
            return cell_rows(_plain(table), self._classes(asked))
        except (UnreadableError, *BROKEN) as error:
            raise _unreadable(found.path, error) from None

    def _stored(self, asked: Asked) -> StoredCell | None:
        slot = asked.slot
        try:
            return self._reader.cell(slot.training, slot.cell) if slot.cell else None
        except BROKEN as error:
            raise _unreadable(self.results.root / "cells" / str(slot.cell), error) from None

    def _classes(self, asked: Asked) -> tuple[str, ...]:
        return classes_of(self.results, asked.entry, asked.condition.name)


def _plain(table: pa.Table) -> pa.Table:
    return table.combine_chunks()


def _unreadable(path: Path, error: Exception) -> RequestError:
    return RequestError(
        f"{path} cannot be read ({error}). Delete it and run the same command again."
    )


def rows_of(stored: StoredCells, asked: Asked) -> list[tuple[Row, CellRows | None]]:
    """Return the rows of one cell: its own, and one for each look that was kept."""
    state = cell_state(stored.results, asked.slot)
    row = _described(asked) | _state(state) | _specs(stored, asked)
    if not isinstance(state, CellReport):
        return [(row, None)]
    row |= _cost(stored, asked, state)
    return [(row | _scored(cell), cell) for cell in stored.rows(asked)]


def _described(asked: Asked) -> Row:
    grid, slot, condition = asked.entry.newest, asked.slot, asked.condition
    return {
        "dataset": grid.dataset,
        "split": grid.split,
        "protocol": grid.protocol,
        "track": grid.track,
        "row": asked.entry.label,
        "model": grid.model,
        "model_name": asked.entry.card.name,
        "variant": slot.variant or grid.variant,
        "tuned": asked.entry.budget,
        "kind": asked.entry.card.kind,
        "contract": grid.contract.state if grid.contract else None,
        "regime": slot.regime,
        "condition": slot.condition,
        "role": condition.role,
        "flaw": slot.split,
        "report": slot.report,
        "look": "",
        "fold": slot.fold,
        "seed": slot.seed,
        "tested_on": asked.tested,
        "present": list(condition.present) if condition.present is not None else None,
        "missing_rate": condition.rate,
        "emobench": grid.emobench,
    }


def _state(state: State) -> Row:
    if isinstance(state, CellReport):
        return {"status": "done", "reason": ""}
    if isinstance(state, Failure):
        return {"status": "failed", "reason": " ".join(state.reason.split())}
    if isinstance(state, str):
        return {"status": "skipped", "reason": " ".join(state.split())}
    return {"status": "absent", "reason": "it was not computed yet"}


def _specs(stored: StoredCells, asked: Asked) -> Row:
    """What the specs say, and the specs themselves; empty where none is stored."""
    slot, record = asked.slot, stored.results.corpus(asked.entry.newest.corpus)
    digest = (record.digest if record is not None else "") or None
    row: Row = {"training": slot.training, "cell": slot.cell, "dataset_digest": digest}
    outcome = stored.training(slot.training) if slot.training else None
    spec = outcome.spec if outcome is not None else {}
    if spec:
        row["training_spec"] = canonical_json(spec, compact=True)
        row["model_digest"] = spec.get("model_digest")
        row["dataset_digest"] = digest = spec.get("dataset_digest") or digest
    row["tested_digest"] = digest if asked.tested == asked.own else None
    shown = stored.spec(asked)
    if shown:
        condition = shown.get("condition", {})
        row["cell_spec"] = canonical_json(shown, compact=True)
        row["mask_seed"] = condition.get("mask_seed")
        row["masks"] = condition.get("masks")
        row["tested_digest"] = condition.get("corpus") or row["tested_digest"]
    return row


def _cost(stored: StoredCells, asked: Asked, report: CellReport) -> Row:
    outcome = stored.training(asked.slot.training) if asked.slot.training else None
    training = (outcome.report if outcome is not None else None) or {}
    looks = training.get("epochs") or []
    passes: dict[str, int] = {}
    for look in looks:
        stage = str(look.get("stage", ""))
        passes[stage] = max(passes.get(stage, 0), int(look.get("passes") or 0))
    software = training.get("software")
    return {
        "params": training.get("params"),
        "epochs": sum(passes.values()) if looks else None,
        "looks": len(looks) if looks else None,
        "best_look": training.get("best_epoch"),
        "dev_macro_f1": training.get("dev_macro_f1"),
        "train_seconds": training.get("train_seconds"),
        "predict_seconds": report.predict_seconds,
        "device": training.get("device") or None,
        "software": canonical_json(software, compact=True) if software else None,
        "missing_rate_reached": report.missing_rate,
    }


def _scored(cell: CellRows) -> Row:
    return {
        "look": cell.predictions.look,
        "classes": list(cell.classes),
        "multilabel": cell.is_multilabel,
        "n_test": len(cell.predictions.ids),
        "n_scored": int(cell.scored.sum()),
        **cell.scores(),
    }
