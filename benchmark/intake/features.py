"""Ready-made features by utterance id, from the file formats that people use."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emobench.discovery.paths import nearness
from emobench.errors import DataError
from emobench.intake.checks import counted, listed, places_of, readable
from emobench.intake.formats.clip_folder import read_folder
from emobench.intake.formats.content import Content
from emobench.intake.formats.dispatch import read_file
from emobench.intake.sequence import as_steps, without_batch_axis


class FeatureTable:
    """Features ``[T, D]`` by utterance id, read on access.

    Values that are not finite (or not in float32) are set to 0. Padding is left out: the steps
    beyond the file's lengths or, if it has no lengths, all-zero steps at either end. `problems`
    counts these changes in the utterances read so far.
    """

    def __init__(self, path: Path, content: Content) -> None:
        self.path = path
        self.ids = tuple(content.ids)
        self.size = content.size
        self._content = content
        self._places = places_of(path, self.ids)
        self._not_finite: dict[str, int] = {}
        self._beyond: set[str] = set()
        self._empty: set[str] = set()
        self._batched: set[str] = set()

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __contains__(self, utterance: object) -> bool:
        return utterance in self._places

    def __getitem__(self, utterance: str) -> NDArray[np.float32]:
        """Return ``[T, D]``; T is 0 for an utterance that has none.

        Raises
        ------
        KeyError
            There is no such utterance.
        DataError
            The file is damaged there.
        """
        place = self._places[utterance]
        with readable(self.path, f" at utterance {utterance!r}"):
            values = self._content.read(place)
        if len(without_batch_axis(np.shape(values))) < np.ndim(values):
            self._batched.add(utterance)
        with np.errstate(over="ignore", invalid="ignore"):
            found = np.array(as_steps(values), dtype=np.float32, ndmin=2)  # a copy: it is changed
        if found.ndim != 2 or (found.shape[1] != self.size and found.size):
            raise DataError(
                f"{self.path} has {found.shape[-1]} features at utterance {utterance!r} and "
                f"{self.size} at others; all need the same. Is it transposed?"
            )
        bad = ~np.isfinite(found)
        if bad.any():
            found[bad] = 0
            self._not_finite[utterance] = int(bad.sum())
        found = self._without_padding(found, place, utterance)
        return found if found.size else np.zeros((0, self.size), np.float32)

    def zeroed(self, utterance: str) -> int:
        """Number of values of an utterance that were not finite and were set to 0."""
        return self._not_finite.get(utterance, 0)

    @property
    def problems(self) -> list[str]:
        """The changes made in the utterances read so far, one sentence for each kind."""
        sentences = (
            (
                self._not_finite,
                f"{sum(self._not_finite.values())} values in %s are NaN, infinite or beyond "
                "float32; they were set to 0.",
            ),
            (self._beyond, "values after the length, left out, in %s."),
            (self._empty, "zeros throughout, taken as absent, in %s."),
        )
        return [f"{self.path}: {text % _named(which)}" for which, text in sentences if which]

    @property
    def notes(self) -> list[str]:
        """How the file was read so far: columns left out, rows not used, axes dropped."""
        told = list(self._content.told())
        if self._batched:
            told.append(f"A batch axis of 1 was dropped from {_named(self._batched)}.")
        return told

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the D features, of a table with such names; else none."""
        return self._content.names

    def close(self) -> None:
        """Close the file."""
        self._content.close()

    def _without_padding(
        self, values: NDArray[np.float32], place: int, utterance: str
    ) -> NDArray[np.float32]:
        lengths = self._content.lengths
        if lengths is not None:
            return self._first(values, int(lengths[place]), utterance)
        if not self._content.padded:
            return values
        steps = np.flatnonzero(values.any(axis=1))
        if not len(steps):
            self._empty.add(utterance)
            return values[:0]
        return values[steps[0] : steps[-1] + 1]

    def _first(
        self, values: NDArray[np.float32], length: int, utterance: str
    ) -> NDArray[np.float32]:
        """The real steps: the first ones, or the last ones where zeros pad the front."""
        padding = len(values) - length
        if values[length:].any():
            if not values[:padding].any():
                return values[padding:]
            self._beyond.add(utterance)
        return values[:length]


def _named(utterances: Collection[str]) -> str:
    """``2 utterances (a, b)``."""
    return f"{counted(len(utterances), 'utterance')} ({listed(sorted(utterances))})"


def open_features(path: Path, modality: str | None = None) -> FeatureTable:
    """Open a file or folder of features.

    Parameters
    ----------
    path
        An ``.npz`` (an array per id; or ``ids`` with one array ``[N, T, D]`` or ``[N, D]`` and
        perhaps ``lengths``), a table (Parquet, CSV, ARFF, xlsx: ids and numeric columns, a row
        per utterance or per time step; in Parquet also a column of lists), HDF5 (a dataset per
        id; ``ids`` and an array; or the CMU SDK's ``.csd``), a pickle, ``.pt`` or a dict in a
        ``.npy`` (an array or tensor per id; or MMSA's layout), ``.safetensors``, a folder with a
        file per utterance, also in folders of its own, or what ``emobench data import`` wrote.
    modality
        Which to take where the file has several.

    Raises
    ------
    DataError
        The file is absent, damaged or of another layout, or its numbers do not agree.
    RequestError
        It has several modalities, and `modality` names none of them.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist.{nearness(path)}")
    with readable(path):
        content = (read_folder if path.is_dir() else read_file)(path, modality)
        return FeatureTable(path, content)
