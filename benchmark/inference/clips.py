"""New clips as a corpus without labels, of which representations are extracted."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench.corpus.corpus import Corpus, CorpusRequest
from emobench.corpus.identity import corpus_digest, files_digest, source_files
from emobench.corpus.preparation.extract import Prepared, prepare
from emobench.discovery.options import with_options
from emobench.discovery.paths import nearness
from emobench.discovery.registry import Entry, resolve
from emobench.discovery.representations import source_of
from emobench.errors import DataError, RequestError
from emobench.executor import DEFAULT, Executor, open_executor
from emobench.interface.dataset import ClipForm, Dataset, Folders
from emobench.modality import ordered

Progress = Callable[[str, int, int], None]
Manifest = str | Path | pd.DataFrame | Sequence[Mapping[str, Any]]
"""A table or folder of clips, with options behind its path; or rows in memory."""

FEW = 256
"""So many clips are read in this process: to start others takes seconds."""

WORDS = ("id", "text", "label", "speaker", "group", "language")
"""Columns whose cells are no paths, even if a file has such a name."""


@dataclass(frozen=True, eq=False)
class ClipsRequest(CorpusRequest):
    """A request for clips without labels, for a model that reads them in `form`."""

    form: ClipForm

    def dataset(self) -> Dataset:
        """Build the loader."""
        kind: type[Dataset] = self.entry.load()
        options = kind.Options() if kind.Options is not None else None
        chosen = with_options(options, dict(self.options), f"dataset {self.entry.name}")
        return kind.of_clips(self.folders, chosen, self.form)


@contextlib.contextmanager
def prepared_clips(
    clips: Manifest,
    form: ClipForm,
    names: Sequence[str],
    jobs: int | None,
    device: str,
    progress: Progress | None,
) -> Iterator[Prepared]:
    """Read clips and extract the representations `names` of them, into a folder that vanishes.

    Parameters
    ----------
    clips
        Their table.
    form
        What the model reads.
    names
        Extracted representations.
    jobs
        Worker processes; None: one for few clips, else one per core.
    device
        Of frozen encoders.
    progress
        Called with what is done.

    Raises
    ------
    DataError
        The table cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="emobench-clips-") as scratch:
        folders = Folders(Path(scratch), Path(scratch))
        corpus = _opened(_request(clips, form, folders), progress)
        here = {source for found in corpus.sources.values() for source in found}
        wanted = [name for name in names if source_of(name) in here]
        with _executor(len(corpus.table), jobs) as executor:
            yield prepare(corpus, wanted, executor, progress, device)


def _executor(count: int, jobs: int | None) -> Executor:
    few = count <= FEW if jobs is None else jobs == 1
    if jobs is not None and jobs < 1:
        raise RequestError(f"--jobs must be at least 1, got {jobs}.")
    workers = jobs or os.cpu_count() or 1
    return open_executor("in_process", 1) if few else open_executor(DEFAULT, workers)


def check_clips(words: str) -> None:
    """Refuse a table or folder of clips that is not there, before anything slow is done.

    Raises
    ------
    RequestError
        It is not there, or several are named.
    """
    for path in (options["path"] for _, options in _named(words) if "path" in options):
        if not Path(path).exists():
            raise DataError(f"There is no file {path}.{nearness(Path(path))}")


def _named(words: str) -> list[tuple[Entry, dict[str, str]]]:
    found = resolve("dataset", words)
    if len(found) != 1:
        raise RequestError(f"{words!r} names {len(found)} tables: predict one after the other.")
    return found


def _request(clips: Manifest, form: ClipForm, folders: Folders) -> ClipsRequest:
    words = str(clips) if isinstance(clips, str | Path) else str(_written(clips, folders.cache))
    ((entry, options),) = _named(words)
    return ClipsRequest(entry, tuple(sorted(options.items())), folders, form)


def _written(clips: pd.DataFrame | Sequence[Mapping[str, Any]], folder: Path) -> Path:
    """Rows in memory as a table; paths start from the working directory."""
    frame = clips if isinstance(clips, pd.DataFrame) else pd.DataFrame(list(clips))
    if frame.empty:
        raise DataError("There are no clips.")
    path = folder / "clips.csv"
    texts = frame.astype(object).where(frame.notna(), "")
    for column in texts:
        if str(column) not in WORDS:
            texts[column] = texts[column].map(_absolute)
    texts.to_csv(path, index=False)
    return path


def _absolute(value: Any) -> str:
    text = str(value)
    try:
        is_file = "." in text[:255] and Path(text).is_file()
    except (OSError, ValueError):
        is_file = False
    return str(Path(text).absolute()) if is_file else text


def _opened(request: ClipsRequest, progress: Progress | None) -> Corpus:
    dataset = request.dataset()
    files = source_files(dataset, progress, request.label)
    dataset.prepare(progress)
    table = dataset.utterances().reset_index(drop=True)
    if table.empty:
        raise DataError(f"{request.label} has a header and no row.")
    sources = {m: s for m, s in dataset.sources().items() if s}
    digest = corpus_digest(table, dataset, sources, files)
    content = files_digest(files)
    return Corpus(request, dataset, table, digest, ordered(sources), sources, (), content)


def problems_of(target: Prepared, ids: Sequence[str]) -> NDArray[np.object_]:
    """What was wrong with each clip, in words; "" where nothing was."""
    found: dict[str, list[str]] = {}
    for one in target.problems:
        found.setdefault(one.clip, []).append(f"{one.problem} ({one.policy})")
    return np.array(["; ".join(dict.fromkeys(found.get(i, ()))) for i in ids], dtype=object)
