"""The results folder: a folder per training with its cells in few files, complete or absent.

::

    trainings/<key>/training.json            spec, and report or failure; written last
                    checkpoint.safetensors   weights
                    cells-<digest>.parquet   cells: specs, reports or failures, and predictions
    trials/<key>.json                        spec, and report or failure
    grids/ corpora/ transfers/ splits/ <key>.json    records
    index.parquet                            a cache of what the trainings hold

Everything is written to a temporary name and renamed into place, so a killed run leaves nothing
half-written, and folders of several machines merge by copying. Folders of the older layout, with
``cells/<key>/`` and a ``report.json`` or ``failure.json`` beside each ``spec.json``, are read too.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from emobench.atomic import (
    partial_prefix,
    replace_text,
    sweep,
    whole_file,
    whole_folder,
)
from emobench.disk.claim import Claims
from emobench.disk.patience import patiently
from emobench.disk.refusal import raise_refusal, reason
from emobench.disk.seal import CHANGED, DamageError, file_sum, sealed
from emobench.errors import RequestError
from emobench.store.cell_reader import CellReader, StoredCell
from emobench.store.cell_writer import CellWriter
from emobench.store.pack import BROKEN
from emobench.store.records import Failure, Record, TrainingReport
from emobench.store.training_folder import TRAINING, Outcome, entry_names, read_outcome

AGAIN = "The same `emobench run` trains again."
FOLDERS = ("trainings", "grids", "corpora", "transfers", "trials", "splits", "unfinished")


@dataclass(frozen=True)
class Store:
    """A results folder."""

    root: Path

    def training(self, key: str) -> Path:
        """Folder of a training, with its record, its weights and its cells."""
        return self.root / "trainings" / key

    def trial(self, key: str) -> Path:
        """File of a trial of a search, which holds no weights."""
        return self.root / "trials" / f"{key}.json"

    def unfinished(self, key: str) -> Path:
        """File with the state of a training that is not finished."""
        return self.root / "unfinished" / f"{key}.safetensors"

    def look(self, key: str) -> Path:
        """File with the looks at dev of a training that is running."""
        return self.root / "unfinished" / f"{key}.jsonl"

    @property
    def claims(self) -> Path:
        """Folder that says which run is computing what."""
        return self.root / "claims"

    def last_good(self, key: str) -> Path:
        """File with the weights of the best look of a training that diverged after it."""
        return self.root / "unfinished" / f"{key}.last-good.safetensors"

    def check(self) -> None:
        """Check that the folder could be created, and leave nothing there.

        Raises
        ------
        RequestError
            The folder could not be created.
        """
        there = next(p for p in (self.root.absolute(), *self.root.absolute().parents) if p.exists())
        sweep(there)  # what a run left that was killed while it tried
        try:
            # Only trying tells: root may do everything that bits forbid, and nothing in /proc.
            with tempfile.TemporaryDirectory(prefix=f"{partial_prefix()}-", dir=there):
                pass
        except OSError as error:
            raise_refusal(error, self.root)
            raise _unwritable(self.root, reason(error)) from None

    def open(self) -> None:
        """Create the folder, and check that it can be written.

        Raises
        ------
        RequestError
            The folder cannot be written.
        """
        try:
            patiently(self._make)
        except OSError as error:
            raise_refusal(error, self.root)
            raise _unwritable(self.root, reason(error)) from None
        for name in FOLDERS:
            sweep(self.root / name)

    def _make(self) -> None:
        for name in FOLDERS:
            (self.root / name).mkdir(parents=True, exist_ok=True)
        probe = self.root / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()

    def forget_unfinished(self, keys: Collection[str], claims: Claims) -> None:
        """Delete what killed runs left of the trainings `keys`, of which all is stored.

        What another run has claimed stays.
        """
        for name in entry_names(self._partials):
            key = name.partition(".")[0]
            if key in keys and claims.holder(key) is None:
                (self._partials / name).unlink(missing_ok=True)

    def write_training(
        self,
        key: str,
        spec: BaseModel,
        report: TrainingReport,
        checkpoint: dict[str, Any] | None = None,
        looks: pd.DataFrame | None = None,
        replace: bool = False,
    ) -> None:
        """Write a finished training; it replaces an earlier failure, a finished one if told to.

        `looks` are the predictions of its looks; see `looks`.
        """
        folder = self.training(key)

        def fill(partial: Path) -> None:
            if checkpoint is not None:
                _write_tensors(partial / "checkpoint.safetensors", checkpoint)
            if looks is not None:
                looks.to_parquet(partial / "predictions.parquet", index=False)
            record = {"spec": spec.model_dump(mode="json"), "report": report.content()}
            beside = {path.name: file_sum(path) for path in sorted(partial.iterdir())}
            text = sealed({**record, "files": beside} if beside else record)
            (partial / TRAINING).write_text(text, encoding="utf-8")

        if not folder.is_dir():
            with whole_folder(folder) as partial:
                fill(partial)
        # What is there is damaged, a failure, or cells from elsewhere.
        if replace or not self.training_done(key):
            with _staged(self._partials) as partial:
                fill(partial)
                names = sorted((p.name for p in partial.iterdir()), key=lambda n: n == TRAINING)
                for name in names:  # the record last: it says that the others are there
                    (partial / name).replace(folder / name)
            (folder / "failure.json").unlink(missing_ok=True)

    def write_training_failure(self, key: str, spec: BaseModel, reason: str, trace: str) -> None:
        """Write why a training failed; a finished one stays."""
        if not self.training_done(key):
            self._write_failure(self.training(key) / TRAINING, spec, reason, trace)

    def training_done(self, key: str) -> bool:
        """Whether a training is finished."""
        found = _known(self.training(key) / TRAINING, self.training(key))
        return found is not None and found.done

    def training_report(self, key: str) -> TrainingReport | None:
        """The report of a training that is done, else None."""
        return _report(_known(self.training(key) / TRAINING, self.training(key)))

    def training_failure(self, key: str) -> str | None:
        """Why a training failed, or None; a result from another machine's folder wins."""
        found = _known(self.training(key) / TRAINING, self.training(key))
        return found.reason if found is not None else None

    def write_trial(self, key: str, spec: BaseModel, report: TrainingReport) -> None:
        """Write a finished trial; it replaces an earlier failure, and never a finished one."""
        if self.trial_report(key) is None:
            record = {"spec": spec.model_dump(mode="json"), "report": report.content()}
            self._replace(self.trial(key), record)

    def write_trial_failure(self, key: str, spec: BaseModel, reason: str, trace: str) -> None:
        """Write why a trial failed; a finished one stays."""
        if self.trial_report(key) is None:
            self._write_failure(self.trial(key), spec, reason, trace)

    def trial_report(self, key: str) -> TrainingReport | None:
        """The report of a trial that is done, else None."""
        return _report(_known(self.trial(key), self.root / "trials" / key))

    def trial_failure(self, key: str) -> str | None:
        """Why a trial failed, or None."""
        found = _known(self.trial(key), self.root / "trials" / key)
        return found.reason if found is not None else None

    def forget_trial_failure(self, key: str) -> None:
        """Delete what says that a trial failed, if anything does."""
        if self.trial_failure(key) is not None:
            self.trial(key).unlink(missing_ok=True)
            if (old := self.root / "trials" / key).is_dir():
                shutil.rmtree(old)

    def cell_writer(self, training: str) -> CellWriter:
        """Writer of new cells of a training."""
        return CellWriter(self.training(training), self._partials)

    def cell(self, training: str, key: str) -> StoredCell | None:
        """What is stored of a cell, or None."""
        return CellReader(self.root).cell(training, key)

    def predictions(self, training: str, key: str) -> pd.DataFrame:
        """Read the predictions of a cell that is done.

        Raises
        ------
        KeyError
            They are not there.
        """
        reader = CellReader(self.root)
        found = reader.cell(training, key)
        if found is None or (table := reader.table(found)) is None:
            raise KeyError(key)
        read: pd.DataFrame = table.to_pandas()
        return read

    def checkpoint(self, key: str) -> dict[str, Any]:
        """Read the weights of a training.

        Raises
        ------
        DamageError
            They are not those that were written.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load

        content = self._whole(key, "checkpoint.safetensors")
        try:
            return load(content)
        except SafetensorError as error:
            path = self.training(key) / "checkpoint.safetensors"
            raise DamageError(f"{path} is damaged ({error}). {AGAIN}") from error

    def looks(self, key: str) -> pd.DataFrame:
        """Read what a training kept of its looks, for a flaw that is made of them.

        Raises
        ------
        DamageError
            They are not those that were written.
        """
        content = self._whole(key, "predictions.parquet")
        table: pd.DataFrame = pq.ParquetFile(pa.BufferReader(content)).read().to_pandas()
        return table

    def _whole(self, key: str, name: str) -> bytes:
        """The content of a file beside a training's record, which knows its checksum."""
        path = self.training(key) / name
        found = _known(self.training(key) / TRAINING, self.training(key))
        said = found.files.get(name) if found is not None else None
        try:
            content = patiently(path.read_bytes)
        except OSError as error:
            raise DamageError(f"{path} cannot be read ({reason(error)}). {AGAIN}") from error
        if said is not None and hashlib.sha256(content).hexdigest() != said:
            raise DamageError(f"{path} is damaged ({CHANGED}). {AGAIN}")
        return content

    @property
    def _partials(self) -> Path:
        """Where files are while they are not whole; it is swept at every opening."""
        return self.root / "unfinished"

    def _write_failure(self, path: Path, spec: BaseModel, reason: str, trace: str) -> None:
        failure = Failure(reason=reason, traceback=trace)
        self._replace(path, {"spec": spec.model_dump(mode="json"), "failure": failure.content()})

    def _replace(self, path: Path, record: dict[str, Any]) -> None:
        with whole_file(path, self._partials) as partial:
            partial.write_text(sealed(record), encoding="utf-8")

    def write_record(self, kind: str, key: str, record: Record) -> None:
        """Write ``<kind>/<key>.json`` in one step, unless an equal file exists already."""
        path, text = self.root / kind / f"{key}.json", sealed(record.content())
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != text.encode():
            replace_text(path, text)


def _known(path: Path, folder: Path) -> Outcome | None:
    """What is stored of a training or trial; what cannot be read counts as not there."""
    try:
        return read_outcome(path, folder)
    except BROKEN:
        return None


def _report(found: Outcome | None) -> TrainingReport | None:
    if found is None or found.report is None:
        return None
    return TrainingReport.model_validate(found.report)


def _unwritable(root: Path, why: str) -> RequestError:
    return RequestError(
        f"The results folder {root} cannot be written: {why}. Name another one with --results."
    )


def _write_tensors(path: Path, tensors: dict[str, Any]) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    try:
        save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, path)
    except SafetensorError as error:
        raise_refusal(error, path)
        raise
    path.chmod(0o644)  # safetensors makes files that their owner alone can read


@contextlib.contextmanager
def _staged(within: Path) -> Iterator[Path]:
    """Yield a temporary folder in `within`, which vanishes with what was not moved out of it."""
    within.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f"{partial_prefix()}-", dir=within))
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)
