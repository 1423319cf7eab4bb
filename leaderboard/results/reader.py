"""Reading a results folder: every grid table, and the reports beside every hash."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from emobench.disk.seal import unsealed
from emobench.errors import RequestError
from emobench.leaderboard.results.grids.place import Place, chosen_places, place, place_of
from emobench.leaderboard.results.group_reader import GroupReader
from emobench.leaderboard.results.old_roles import with_roles
from emobench.leaderboard.results.predictions import (
    Predictions,
    UnreadableError,
    predictions_of,
    unreadable,
)
from emobench.leaderboard.statistics.units import UnitNames
from emobench.store.cell_reader import CellReader, StoredCell
from emobench.store.pack import BROKEN, RowGroups
from emobench.store.records import (
    FORMAT,
    CellReport,
    CorpusRecord,
    Failure,
    GridRecord,
    Record,
    Slot,
    SplitRecord,
    TrainingReport,
    TransferRecord,
)
from emobench.store.training_folder import Outcome, plain_json, read_training

R = TypeVar("R", bound=Record)


class Results:
    """A results folder, read-only.

    Parameters
    ----------
    root
        The folder that holds ``grids/``, ``trainings/`` and ``corpora/``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        # Predictions are remembered as arrays: their tables need not be.
        self._cells = CellReader(root, RowGroups(most=0))
        self._groups = GroupReader()
        self._trainings: dict[str, TrainingReport | Failure | None] = {}
        self._corpora: dict[str, CorpusRecord] = {}
        self._transfers: dict[tuple[str, str, str], TransferRecord] | None = None
        self._units: dict[tuple[str, str, str], UnitNames] = {}

    def grids(self, dataset: str | None = None, protocol: str | None = None) -> list[GridRecord]:
        """Return every stored grid, or those of a corpus and protocol, oldest first.

        Raises
        ------
        RequestError
            There is none.
        """
        paths = sorted((self.root / "grids").glob("*.json"))
        if dataset is not None or protocol is not None:
            paths = self._chosen(paths, dataset, protocol)
        grids = [self._grid(path) for path in paths]
        if not grids:
            raise RequestError(
                f"Nothing stored in {self.root} yet; run `emobench run ...` first, "
                "or name another folder with --results."
            )
        # The sort is stable: grids of the same instant keep the order of their file names.
        return sorted(grids, key=lambda grid: grid.created)

    def _chosen(self, paths: list[Path], dataset: str | None, protocol: str | None) -> list[Path]:
        places = {path: place_of(path) or self._place(path) for path in paths}
        kept = chosen_places(places.values(), dataset, protocol)
        return [path for path in paths if places[path] in kept]

    def _place(self, path: Path) -> Place:
        grid = self._grid(path)
        return place(grid.dataset, grid.split, grid.protocol)

    def _grid(self, path: Path) -> GridRecord:
        grid = with_roles(_read(path, GridRecord))
        if grid.format != FORMAT:
            raise RequestError(
                f"{path} has format {grid.format}, this emobench reads format {FORMAT}; "
                "render it with the version that wrote it."
            )
        return grid

    def corpus(self, digest: str | None) -> CorpusRecord | None:
        """Return the stored facts about a corpus, or None when they are not there."""
        path = self.root / "corpora" / f"{digest}.json"
        if not digest or not path.is_file():
            return None
        if digest not in self._corpora:
            self._corpora[digest] = _read(path, CorpusRecord)
        return self._corpora[digest]

    def transfers(self) -> dict[tuple[str, str, str], TransferRecord]:
        """Return the newest facts about each (corpus trained on, split, corpus tested on)."""
        if self._transfers is None:
            paths = sorted((self.root / "transfers").glob("*.json"))
            found = sorted((_read(path, TransferRecord) for path in paths), key=lambda t: t.created)
            self._transfers = {(one.source, one.split, one.target): one for one in found}
        return self._transfers

    def units(self, grid: GridRecord, target: str | None = None) -> UnitNames:
        """Return the units of the test utterances of `grid`, or of the corpus `target`.

        A record from before units were kept has those of another record of the same corpus. Where
        there is none, nothing is named: each utterance is its own unit.
        """
        own = self.corpus(grid.corpus)
        if own is None:
            return UnitNames()
        elsewhere = target not in (None, own.dataset)
        key = (grid.corpus or "", grid.split, target or "" if elsewhere else "")
        if key not in self._units:
            there = self.transfers().get((own.dataset, grid.split, target or ""))
            if elsewhere:
                word, units = (there.unit, there.units) if there else ("", {})
            else:
                named = self._with_units(own)
                word, units = named.card.unit, named.units
            names = {i: unit for unit, ids in units.items() for i in ids}
            self._units[key] = UnitNames(word, names)
        return self._units[key]

    def _with_units(self, own: CorpusRecord) -> CorpusRecord:
        """`own`, or a record of the same corpus, equal in content, that names its units."""
        if own.units:
            return own
        for path in sorted((self.root / "corpora").glob("*.json")):
            other = self.corpus(path.stem)
            same = other is not None and (other.dataset, other.digest) == (own.dataset, own.digest)
            if other is not None and same and other.units:
                return other
        return own

    def training(self, digest: str | None) -> TrainingReport | Failure | None:
        """Return a training's report, its failure, or None when it has not been run."""
        if digest is None:
            return None
        if digest not in self._trainings:
            found = self._record(digest)
            self._trainings[digest] = None
            if found is not None:
                where = self.root / "trainings" / digest
                self._trainings[digest] = _valid(where, found.report, found.failure, TrainingReport)
        return self._trainings[digest]

    def cell(self, slot: Slot) -> CellReport | Failure | None:
        """Return the report of a slot's cell, its failure, or None when it has not been run.

        A report without predictions does not count.
        """
        found = self._stored(slot)
        if found is None or (found.report is not None and not found.has_table):
            return None
        return _valid(found.path, found.report, found.failure, CellReport)

    def tested_corpus(self, slot: Slot) -> str:
        """Return the digest of the other corpus that a cell tests on, or "" where there is none."""
        found = self._stored(slot)
        older = self.root / "cells" / (slot.cell or "") / "spec.json"
        spec = found.spec if found is not None else plain_json(older) or {}
        return str(spec.get("condition", {}).get("corpus") or "")

    def training_spec(self, training: str) -> dict[str, Any]:
        """Return the spec of a training as plain data, empty where it is not stored."""
        if not training:
            return {}
        found = self._record(training)
        older = self.root / "trainings" / training / "spec.json"
        return found.spec if found is not None else plain_json(older) or {}

    def split(self, digest: str) -> SplitRecord | None:
        """Return the ids of a fold's parts, or None where they are not stored."""
        path = self.root / "splits" / f"{digest}.json"
        return _read(path, SplitRecord) if digest and path.is_file() else None

    def model_source(self, training: str) -> str:
        """Return the digest of the model's file of a training, or "" where it is not stored."""
        return str(self.training_spec(training).get("model_digest") or "")

    def predictions(self, slot: Slot, look: str = "") -> Predictions:
        """Return the predictions of a slot's cell.

        With `look` the logits are those of the best look for that measure, where they were kept.

        Raises
        ------
        UnreadableError
            They are not there, or broken.
        """
        found = self._stored(slot)
        if found is not None and (quick := self._groups.predictions(found, look)) is not None:
            return quick
        if found is None:
            raise UnreadableError("predictions unreadable: there are none")
        if found.pack is not None:  # its group could not be read: say what is wrong with the cell
            return self._lone(found, look)
        return self._groups.alone(found, look, lambda: self._lone(found, look))

    def _lone(self, found: StoredCell, look: str) -> Predictions:
        try:
            table = self._cells.table(found)
        except BROKEN as error:
            raise unreadable(error) from error
        if table is None:
            raise UnreadableError("predictions unreadable: there are none")
        return predictions_of(table, look)

    def location(self, slot: Slot) -> Path | None:
        """Return the file or the folder that holds a slot's cell, or None where nothing does."""
        found = self._stored(slot)
        return found.path if found is not None else None

    def _stored(self, slot: Slot) -> StoredCell | None:
        if not slot.cell:
            return None
        try:
            return self._cells.cell(slot.training, slot.cell)
        except BROKEN as error:
            raise _broken(self.root / "cells" / slot.cell, error) from error

    def _record(self, training: str) -> Outcome | None:
        folder = self.root / "trainings" / training
        try:
            return read_training(folder)
        except BROKEN as error:
            raise _broken(folder, error) from error


def _valid(
    path: Path, report: dict[str, Any] | None, failure: dict[str, Any] | None, kind: type[R]
) -> R | Failure | None:
    """The report found at `path`; a failure counts only where there is no report."""
    try:
        if report is not None:
            return kind.model_validate(report)
        return Failure.model_validate(failure)
    except ValidationError as error:
        raise _invalid(path, error) from error


def _read(path: Path, kind: type[R]) -> R:
    try:
        return kind.model_validate(unsealed(path.read_bytes()))
    except ValidationError as error:
        raise _invalid(path, error) from error
    except ValueError as error:
        raise _broken(path, error) from error


def _invalid(path: Path, error: ValidationError) -> RequestError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the file"
    return RequestError(
        f"{path} cannot be read ({where}: {first['msg']}); delete it and run again."
    )


def _broken(path: Path, error: Exception) -> RequestError:
    return RequestError(f"{path} cannot be read (the file: {error}); delete it and run again.")
