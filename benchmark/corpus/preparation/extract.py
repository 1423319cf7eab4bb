"""Computing representations once per corpus, in parallel, into memory-mapped folders.

Each source (waveforms, frames, texts) is read once for all representations made from it. Clips
that cannot be used are named and counted; their modality is then absent for that utterance.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.atomic import sweep
from emobench.backbones.frozen_encoder import FrozenEncoder, is_frozen
from emobench.corpus.corpus import Corpus
from emobench.corpus.identity import files_digest, source_files
from emobench.corpus.preparation.encode import encode
from emobench.corpus.preparation.fingerprints import Keys
from emobench.corpus.preparation.utterance import Extracted, Problem, extract_rows
from emobench.discovery.representations import folder_name, representation, source_of
from emobench.disk.soundness import is_sound
from emobench.disk.sums import read_checked, sealed_folder
from emobench.errors import DataError
from emobench.executor import Executor, WorkerDied, read_ahead
from emobench.interface.representation import Representation
from emobench.ragged_array import Ragged, RaggedWriter, read_array

CHUNK = 50
SOURCE_VERSION = 2
"""Raise it when the stored facts about a source change."""
NOT_HERE = "not among the files"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Prepared:
    """The prepared data of one corpus, equal to another's if they lie in the same folder.

    The name of the folder holds the digest of the corpus.

    Parameters
    ----------
    folder
        Folder of the prepared data.
    corpus
        The corpus that was prepared.
    """

    folder: Path
    corpus: Corpus

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Prepared) and self.folder == other.folder

    def __hash__(self) -> int:
        return hash(self.folder)

    def source(self, source: str) -> Path:
        """Folder of facts about `source`: which utterances have it, broken clips, fingerprints."""
        return self.folder / f"source-{source}-v{SOURCE_VERSION}"

    def values(self, name: str) -> Path:
        """Folder of an extracted representation."""
        return self.folder / folder_name(name)

    def load(self, name: str) -> Ragged:
        """Open an extracted representation."""
        return Ragged(self.values(name))

    def content(self, modality: str) -> Keys:
        """Content key of each utterance's `modality`, equal for copies; 0 where it is absent."""
        return self.facts(self.corpus.sources[modality][0], "content.npy")

    def perceptual_hashes(self, modality: str) -> Keys:
        """Hash of each text or picture, unchanged by small edits; 0 where there is none."""
        return self.facts(self.corpus.sources[modality][0], "looks.npy")

    @cached_property
    def available(self) -> NDArray[np.bool_]:
        """Whether each utterance has each modality, ``[N, M]``."""
        columns = []
        for modality in self.corpus.modalities:
            first = self.corpus.sources[modality][0]
            columns.append(self.facts(first, "available.npy"))
        return np.stack(columns, axis=1)

    @cached_property
    def problems(self) -> list[Problem]:
        """Every clip that was not used as it is."""
        absent = self.corpus.dataset.missing(self.corpus.table)
        found = [Problem(clip, NOT_HERE, "not part of the corpus") for clip in absent]
        for sources in self.corpus.sources.values():
            found.extend(self.problems_of(sources[0]))
        return found

    def problems_of(self, source: str) -> list[Problem]:
        """Every clip whose `source` was not used as it is."""
        content = read_checked(self.source(source), "problems.json")
        return [Problem(**p) for p in json.loads(content)]

    def facts(self, source: str, name: str) -> NDArray[Any]:
        """An array of facts about `source`: ``available.npy``, ``content.npy`` or ``looks.npy``.

        Raises
        ------
        DamageError
            It is not as it was written.
        """
        return read_array(read_checked(self.source(source), name))


def prepared(corpus: Corpus) -> Prepared:
    """Locate the prepared data of `corpus`, which need not exist yet."""
    name = f"{corpus.dataset.card.name}-{corpus.digest[:16]}"
    return Prepared(corpus.request.folders.cache / "prepared" / name, corpus)


def prepare(
    corpus: Corpus,
    names: Iterable[str],
    executor: Executor,
    progress: Progress | None = None,
    device: str = "cpu",
) -> Prepared:
    """Extract those of the representations `names` that are not prepared yet.

    The first source of every modality is read in any case, so that the availability of a modality
    does not depend on the models that are run. Frozen encoders run on `device`.
    """
    target = prepared(corpus)
    for folder in (target.folder, *target.folder.glob("train-*")):
        sweep(folder)
    with contextlib.suppress(OSError):
        os.utime(target.folder)  # when it was used last: reading files leaves no trace everywhere
    wanted: dict[str, list[str]] = {s[0]: [] for s in corpus.sources.values()}
    for name in sorted(set(names)):
        if issubclass(representation(name), Representation) and not is_frozen(name):
            wanted.setdefault(source_of(name), []).append(name)
    for source, group in wanted.items():
        missing = [n for n in group if not is_sound(target.values(n), progress)]
        if not is_sound(target.source(source), progress) or missing:
            _read_source(corpus, target, source, missing, executor, progress)
            _refuse_change(corpus, target)
    for name in sorted(n for n in set(names) if is_frozen(n)):
        if not is_sound(target.values(name), progress):
            encode(
                corpus.request,
                len(corpus.table),
                FrozenEncoder.of(name),
                target.values(name),
                executor,
                device,
                progress,
            )
    return target


def _refuse_change(corpus: Corpus, target: Prepared) -> None:
    """Raise if a source file changed since the corpus was opened: what was read is unknown then."""
    # A new object looks for files anew: workers did so too, after the corpus was opened.
    now = corpus.request.dataset()
    changed = files_digest(source_files(now)) != corpus.content
    if corpus.request.parts != (corpus.request,):  # a joint corpus lists no files of its own
        changed = changed or now.fingerprint() != corpus.dataset.fingerprint()
    if changed:
        shutil.rmtree(target.folder, ignore_errors=True)
        raise _changed(corpus)


def _changed(corpus: Corpus) -> DataError:
    return DataError(
        f"Files of {corpus.request.label} changed while they were read. Start again when nothing "
        "writes them any more."
    )


def _read_source(
    corpus: Corpus,
    target: Prepared,
    source: str,
    names: list[str],
    executor: Executor,
    progress: Progress | None,
) -> None:
    found: list[Extracted] = []
    widths: dict[str, dict[int, list[str]]] = {name: {} for name in names}
    with ExitStack() as stack:
        writers = {}
        for name in names:
            folder = stack.enter_context(sealed_folder(target.values(name)))
            writers[name] = RaggedWriter(folder, representation(name).dtype)  # type: ignore[union-attr]
        for chunk in _chunks(corpus, source, names, executor):
            for one in chunk:
                if len(found) == len(corpus.table):  # the worker's table has more rows
                    raise _changed(corpus)
                row = str(corpus.table["id"].iloc[len(found)])
                for name, writer in writers.items():
                    values = one.values[name] if one.values is not None else None
                    if values is not None:
                        widths[name].setdefault(values.shape[-1], []).append(row)
                    writer.append(values if len(widths[name]) < 2 else None)
                found.append(replace(one, values=None if one.values is None else {}))
            if progress:
                what = f"preparing {corpus.request.label}: {source}"
                progress(what, len(found), len(corpus.table))
        _refuse_widths(corpus, widths)
        for writer in writers.values():
            writer.close()
    if not target.source(source).is_dir():
        _write_source(target.source(source), source, found)


def _refuse_widths(corpus: Corpus, widths: dict[str, dict[int, list[str]]]) -> None:
    """Raise if utterances have different numbers of features."""
    for name, by_width in widths.items():
        if len(by_width) > 1:
            usual = max(by_width, key=lambda width: len(by_width[width]))
            others = [f"{i} ({w})" for w, ids in by_width.items() if w != usual for i in ids]
            more = f" and {len(others) - 10} more" if len(others) > 10 else ""
            raise DataError(
                f"{name} of {corpus.request.label}: {len(others)} of "
                f"{sum(map(len, by_width.values()))} rows have another number of features than "
                f"{usual}: {', '.join(others[:10])}{more}. Features are [T, D]; is it transposed?"
            )


def _write_source(final: Path, source: str, found: list[Extracted]) -> None:
    with sealed_folder(final) as folder:
        np.save(folder / "available.npy", np.asarray([f.values is not None for f in found]))
        np.save(folder / "content.npy", np.asarray([f.content for f in found], dtype=np.uint64))
        np.save(folder / "looks.npy", np.asarray([f.perceptual for f in found], dtype=np.uint64))
        problems = [asdict(f.problem) for f in found if f.problem]
        (folder / "problems.json").write_text(json.dumps(problems))


def _chunks(
    corpus: Corpus, source: str, names: list[str], executor: Executor
) -> Iterator[list[Extracted]]:
    """Results in order, with few chunks in flight so that memory stays flat."""
    starts = deque(range(0, len(corpus.table), CHUNK))
    flying: deque[Future[list[Extracted]]] = deque()
    most = read_ahead(executor)
    while starts or flying:
        while starts and len(flying) < most:
            start = starts.popleft()
            job = (corpus.request, source, names, start, start + CHUNK)
            flying.append(executor.submit(extract_rows, *job))
        try:
            yield flying.popleft().result()
        except WorkerDied:
            raise DataError(
                f"A worker process died while it read the {source} of {corpus.request.label} "
                "(killed, or out of memory); start again, with fewer --jobs if memory is short."
            ) from None
