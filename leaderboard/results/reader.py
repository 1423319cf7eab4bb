"""Reading a results folder: every grid table, and the reports beside every hash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from emobench.errors import RequestError
from emobench.leaderboard.results.old_roles import with_roles
from emobench.leaderboard.statistics.units import UnitNames
from emobench.store.records import (
    FORMAT,
    CellReport,
    CorpusRecord,
    Failure,
    GridRecord,
    Record,
    TrainingReport,
    TransferRecord,
)

R = TypeVar("R", bound=Record)


class Results:
    """A results folder, read-only.

    Parameters
    ----------
    root
        The folder that holds ``grids/``, ``trainings/``, ``cells/`` and ``corpora/``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._trainings: dict[str, TrainingReport | Failure | None] = {}
        self._corpora: dict[str, CorpusRecord] = {}
        self._transfers: dict[tuple[str, str, str], TransferRecord] | None = None
        self._units: dict[tuple[str, str, str], UnitNames] = {}

    def grids(self) -> list[GridRecord]:
        """Return every stored grid, oldest first; raise `RequestError` if there is none."""
        grids = [self._grid(path) for path in sorted((self.root / "grids").glob("*.json"))]
        if not grids:
            raise RequestError(
                f"Nothing stored in {self.root} yet; run `emobench run ...` first, "
                "or name another folder with --results."
            )
        # The sort is stable: grids of the same instant keep the order of their file names.
        return sorted(grids, key=lambda grid: grid.created)

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
            self._trainings[digest] = _outcome(self.root / "trainings" / digest, TrainingReport)
        return self._trainings[digest]

    def cell(self, digest: str) -> CellReport | Failure | None:
        """Return a cell's report, its failure, or None when it has not been run."""
        return _outcome(self.root / "cells" / digest, CellReport)

    def tested_corpus(self, digest: str) -> str:
        """Return the digest of the other corpus that a cell tests on, or "" where there is none."""
        path = self.root / "cells" / digest / "spec.json"
        if not path.is_file():
            return ""
        return str(json.loads(path.read_text("utf-8"))["condition"].get("corpus") or "")

    def model_source(self, training: str) -> str:
        """Return the digest of the model's file of a training, or "" where it is not stored."""
        path = self.root / "trainings" / training / "spec.json"
        if not training or not path.is_file():
            return ""
        return str(json.loads(path.read_text("utf-8")).get("model_digest") or "")

    def predictions(self, digest: str) -> Path:
        """Return where a cell's predictions lie."""
        return self.root / "cells" / digest / "predictions.parquet"


def _outcome(folder: Path, kind: type[R]) -> R | Failure | None:
    """The report in `folder`; a failure counts only where no report has replaced it."""
    if (folder / "report.json").is_file():
        return _read(folder / "report.json", kind)
    if (folder / "failure.json").is_file():
        return _read(folder / "failure.json", Failure)
    return None


def _read(path: Path, kind: type[R]) -> R:
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise RequestError(
            f"{path} cannot be read ({where}: {first['msg']}); delete it and run again."
        ) from error
