"""The results folder: one folder per training and per cell, complete or absent.

Everything is written to a temporary name and renamed into place, so a killed run leaves nothing
half-written, and folders of several machines merge by copying.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel

from emobench.atomic import json_text, replace_json, sweep, whole_folder
from emobench.errors import RequestError
from emobench.store.records import Failure, Record, TrainingReport
from emobench.store.spec import TrainingSpec

FOLDERS = ("trainings", "cells", "grids", "corpora", "transfers", "trials", "unfinished")


@dataclass(frozen=True)
class Store:
    """A results folder."""

    root: Path

    def training(self, key: str) -> Path:
        """Folder of a training."""
        return self.root / "trainings" / key

    def cell(self, key: str) -> Path:
        """Folder of a cell."""
        return self.root / "cells" / key

    def trial(self, key: str) -> Path:
        """Folder of a trial of a search, which holds no weights."""
        return self.root / "trials" / key

    def report(self, folder: Path) -> TrainingReport:
        """Read the report of a training or trial that is done."""
        return TrainingReport.model_validate_json((folder / "report.json").read_bytes())

    def unfinished(self, key: str) -> Path:
        """File with the state of a training that is not finished."""
        return self.root / "unfinished" / f"{key}.safetensors"

    def look(self, key: str) -> Path:
        """File with the last look at dev of a training that is running."""
        return self.root / "unfinished" / f"{key}.json"

    def check(self) -> None:
        """Check that the folder could be created, without creating it.

        Raises
        ------
        RequestError
            The folder could not be created.
        """
        there = next(p for p in (self.root.absolute(), *self.root.absolute().parents) if p.exists())
        if not (there.is_dir() and os.access(there, os.W_OK)):
            raise _unwritable(self.root, "not a folder" if there.is_file() else "no permission")

    def open(self) -> None:
        """Create the folder, and check that it can be written.

        Raises
        ------
        RequestError
            The folder cannot be written.
        """
        try:
            for name in FOLDERS:
                (self.root / name).mkdir(parents=True, exist_ok=True)
            probe = self.root / f".probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise _unwritable(self.root, error.strerror or str(error)) from None
        for name in FOLDERS:
            sweep(self.root / name)

    def write(
        self,
        folder: Path,
        spec: BaseModel,
        report: Record,
        checkpoint: dict[str, Any] | None = None,
        predictions: pd.DataFrame | None = None,
    ) -> None:
        """Write a finished training or cell; it replaces an earlier failure."""
        with self._replacing(folder) as partial:
            _write_json(partial / "spec.json", spec.model_dump(mode="json"))
            _write_json(partial / "report.json", report.content())
            if checkpoint is not None:
                _write_tensors(partial / "checkpoint.safetensors", checkpoint)
            if predictions is not None:
                predictions.to_parquet(partial / "predictions.parquet", index=False)

    def write_failure(self, folder: Path, spec: BaseModel, reason: str, traceback: str) -> None:
        """Write the failure of a training or cell, with its reason."""
        with self._replacing(folder) as partial:
            _write_json(partial / "spec.json", spec.model_dump(mode="json"))
            failure = Failure(reason=reason, traceback=traceback)
            _write_json(partial / "failure.json", failure.content())

    @contextlib.contextmanager
    def _replacing(self, folder: Path) -> Iterator[Path]:
        self.forget_failure(folder)
        with whole_folder(folder) as partial:
            yield partial

    def checkpoint(self, key: str) -> dict[str, Any]:
        """Read the weights of a training."""
        from safetensors.torch import load_file

        return load_file(self.training(key) / "checkpoint.safetensors")

    @staticmethod
    def done(folder: Path) -> bool:
        """Whether a training or cell is finished."""
        return (folder / "report.json").is_file()

    @staticmethod
    def failure(folder: Path) -> str | None:
        """Why a training or cell failed, or None; a result from another machine's folder wins."""
        path = folder / "failure.json"
        if Store.done(folder):
            return None
        return str(json.loads(path.read_text())["reason"]) if path.is_file() else None

    def specs(self) -> Iterator[TrainingSpec]:
        """The specs of all stored trainings that this version can read."""
        for path in sorted(self.root.glob("trainings/[!.]*/spec.json")):
            with contextlib.suppress(OSError, ValueError):
                yield TrainingSpec.model_validate_json(path.read_bytes())

    def reports(self) -> Iterator[tuple[TrainingSpec, TrainingReport]]:
        """The spec and the report of every stored training that is done."""
        for path in sorted(self.root.glob("trainings/[!.]*/report.json")):
            with contextlib.suppress(OSError, ValueError):
                spec = TrainingSpec.model_validate_json(path.with_name("spec.json").read_bytes())
                yield spec, TrainingReport.model_validate_json(path.read_bytes())

    @staticmethod
    def forget_failure(folder: Path) -> None:
        """Delete what says that a training, trial or cell failed, if anything does."""
        if Store.failure(folder) is not None:
            shutil.rmtree(folder)

    def write_record(self, kind: str, key: str, record: Record) -> None:
        """Write ``<kind>/<key>.json`` in one step; an equal file may exist already."""
        replace_json(self.root / kind / f"{key}.json", record.content())


def _unwritable(root: Path, why: str) -> RequestError:
    return RequestError(
        f"The results folder {root} cannot be written: {why}. Name another one with --results."
    )


def _write_tensors(path: Path, tensors: dict[str, Any]) -> None:
    from safetensors.torch import save_file

    save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, path)
    path.chmod(0o644)  # safetensors makes files that their owner alone can read


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json_text(content))
