"""Reading a results folder: every grid table, and the reports beside every hash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from emobench.errors import RequestError
from emobench.leaderboard.results.old_roles import with_roles
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
        return _read(path, CorpusRecord) if digest and path.is_file() else None

    def transfers(self) -> dict[tuple[str, str, str], TransferRecord]:
        """Return the newest facts about each (corpus trained on, split, corpus tested on)."""
        paths = sorted((self.root / "transfers").glob("*.json"))
        found = sorted((_read(path, TransferRecord) for path in paths), key=lambda t: t.created)
        return {(one.source, one.split, one.target): one for one in found}

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
