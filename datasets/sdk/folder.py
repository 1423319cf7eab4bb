"""A folder of computational sequences: its features, and their values in a segment."""

from __future__ import annotations

import json
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench import ClipError, file_digest, ordered
from emobench.datasets.sdk.sequence import ComputationalSequence

PAUSE = "sp"
"""Marks a pause among the timestamped words."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Feature:
    """A feature that one of several files can hold.

    Parameters
    ----------
    source
        The source's name; ``transcript`` is read as words.
    modality
        Modality of the feature.
    width
        Number of columns.
    files
        Names that the SDK gave the file over time, newest first.
    """

    source: str
    modality: str
    width: int
    files: tuple[str, ...]


class SdkFolder:
    """The feature files of a corpus.

    Parameters
    ----------
    root
        The corpus's folder.
    features
        The features that can exist, the preferred feature of a modality first.
    """

    def __init__(self, root: Path, features: tuple[Feature, ...]) -> None:
        self.root = root
        self._features = {f.source: f for f in features}
        self._opened: dict[str, ComputationalSequence] = {}

    def path(self, source: str) -> Path | None:
        """The file of `source`, if it is there."""
        paths = (self.root / name for name in self._features[source].files)
        return next((p for p in paths if p.is_file()), None)

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Modality to the sources that are there."""
        here = [f for f in self._features.values() if self.path(f.source)]
        return {
            modality: tuple(f.source for f in here if f.modality == modality)
            for modality in ordered({f.modality for f in self._features.values()})
        }

    def files(self) -> list[Path]:
        """The files that are read."""
        return [p for p in map(self.path, self._features) if p]

    def read(
        self, source: str, video: str, start: float, end: float
    ) -> str | NDArray[np.float32] | None:
        """Words, or features ``[T, D]`` with 0 for what is not finite, from `start` to `end`.

        None if there are none.

        Raises
        ------
        ClipError
            The file holds values of another form there.
        """
        sequence = self._sequence(source)
        rows = sequence.rows(video, start, end)
        if rows is None:
            return None
        width = self._features[source].width
        if rows.shape[1] != width:
            raise ClipError(
                f"{sequence.path}: video {video} has {rows.shape[1]} columns, {source} has {width}"
            )
        if source == "transcript":
            return _words(rows)
        return _finite(rows, f"{sequence.path}: video {video}")

    def _sequence(self, source: str) -> ComputationalSequence:
        if source not in self._opened:
            path = self.path(source)
            assert path is not None
            self._opened[source] = ComputationalSequence(path)
        return self._opened[source]

    def count_not_finite(self, cache: Path, progress: Progress | None = None) -> None:
        """Count the values that are not finite, once per file; `not_finite` says the result."""
        for source in self._features:
            note = self._note(source, cache)
            if source == "transcript" or note is None or _counts(note) is not None:
                continue
            counts = self._count(source, progress)
            try:
                note.parent.mkdir(parents=True, exist_ok=True)
                draft = note.with_name(f".{note.name}-{uuid.uuid4().hex}")
                draft.write_text(json.dumps([*counts, _sum(*counts)]))
                draft.replace(note)
            except OSError:
                pass  # it is then counted again next time

    def not_finite(self, cache: Path) -> list[str]:
        """A sentence on each file in which `count_not_finite` found something."""
        told = []
        for source in self._features:
            note = self._note(source, cache)
            bad, total = (_counts(note) if note else None) or (0, 0)
            if bad:
                share = 100 * bad / total
                told.append(
                    f"{source}: {bad:,} of {total:,} values ({share:.2g}%) are not finite; they "
                    "are read as 0."
                )
        return told

    def _note(self, source: str, cache: Path) -> Path | None:
        path = self.path(source)
        if path is None:
            return None
        return cache / self.root.name / f"not-finite-{file_digest(path, cache)[-16:]}.json"

    def _count(self, source: str, progress: Progress | None) -> tuple[int, int]:
        sequence = self._sequence(source)
        bad = total = 0
        for number, video in enumerate(sequence.videos, start=1):
            try:
                found = sequence.read(video)
                values = np.asarray(found[1] if found else [], dtype=np.float32)
            except (ClipError, ValueError):
                continue  # `read` reports this error for the utterances concerned
            bad += int((~np.isfinite(values)).sum())
            total += values.size
            if progress:
                progress(f"checking {sequence.path.name}", number, len(sequence.videos))
        return bad, total


def _words(rows: NDArray[Any]) -> str | None:
    words = [w.decode("utf-8", "replace") if isinstance(w, bytes) else str(w) for w in rows[:, 0]]
    return " ".join(w for w in words if w and w != PAUSE) or None


def _finite(rows: NDArray[Any], place: str) -> NDArray[np.float32]:
    try:
        with np.errstate(over="ignore"):
            values = rows.astype(np.float32)
    except ValueError:
        raise ClipError(f"{place} has something that is no number") from None
    return np.where(np.isfinite(values), values, np.float32(0))


def _counts(note: Path) -> tuple[int, int] | None:
    """The counts that a note holds; None if there is none, or it is damaged."""
    try:
        bad, total, *crc = json.loads(note.read_text())
        known = (int(bad), int(total))
    except (OSError, ValueError, TypeError):
        return None
    return known if not crc or crc == [_sum(*known)] else None  # older notes have no checksum


def _sum(bad: int, total: int) -> int:
    return zlib.crc32(f"{bad} {total}".encode())
