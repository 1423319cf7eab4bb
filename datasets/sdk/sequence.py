"""A computational sequence: rows of features with the interval of each, per video, in HDF5.

The SDK writes ``<root>/data/<video>/features`` and ``…/intervals``, and beside them
``<root>/metadata/<key>``, each a JSON text.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from emobench import ClipError, DataError

ALWAYS_FINE, MOST_TIMES = 256 * 2**20, 200
"""Bytes that an array may take, or how many times those that it has in the file."""


class ComputationalSequence:
    """An opened ``.csd`` file.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    DataError
        It is no HDF5 file, or is not laid out as the SDK does it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = h5py.File(path, "r")
        except OSError as error:
            raise DataError(
                f"{path} cannot be read as an HDF5 file ({error}). Download it again: the "
                "server often breaks off."
            ) from None
        roots = [g for g in self._file.values() if isinstance(g, h5py.Group) and "data" in g]
        if len(roots) != 1:
            raise DataError(
                f"{path} must hold one group with a group 'data' in it, as the CMU multimodal SDK "
                f"writes it; it holds {', '.join(self._file) or 'nothing'}."
            )
        self._root = roots[0]
        self._last: tuple[str, NDArray[np.float64], NDArray[Any]] | None = None

    @cached_property
    def videos(self) -> list[str]:
        """Video ids, sorted."""
        return sorted(self._root["data"])

    @cached_property
    def dimension_names(self) -> list[str]:
        """What the file's metadata call its columns; empty if they do not say."""
        entry = self._root.get("metadata", {}).get("dimension names")
        if not isinstance(entry, h5py.Dataset):
            return []
        text = np.ravel(entry[()])[0] if entry.size else b"null"
        try:
            names = json.loads(text)
        except (TypeError, ValueError):
            return []
        return [str(n) for n in names] if isinstance(names, list) else []

    def read(self, video: str) -> tuple[NDArray[np.float64], NDArray[Any]] | None:
        """Read a video's intervals ``[T, 2]`` in seconds and features ``[T, D]``.

        The last video is cached, since utterances are read video by video. None if it is absent.

        Raises
        ------
        ClipError
            The two do not fit each other, or cannot be read.
        """
        if self._last is None or self._last[0] != video:
            found = self._read(video)
            if found is None:
                return None
            self._last = (video, *found)
        return self._last[1:]

    def _read(self, video: str) -> tuple[NDArray[np.float64], NDArray[Any]] | None:
        group = self._root["data"].get(video)
        if group is None:
            return None
        try:
            intervals, features = (self._values(group, n) for n in ("intervals", "features"))
        except (KeyError, OSError, TypeError, AttributeError) as error:
            raise ClipError(f"{self.path}: video {video} cannot be read ({error})") from None
        if intervals.shape != (len(features), 2) or features.ndim != 2:
            raise ClipError(
                f"{self.path}: video {video} has features of shape {features.shape} with intervals "
                f"of shape {intervals.shape}"
            )
        return intervals.astype(np.float64), features

    def _values(self, group: Any, name: str) -> NDArray[Any]:
        """Read an array that lies in this file itself, and takes no more memory than it should."""
        entry = group[name]
        own = isinstance(entry, h5py.Dataset) and entry.file.filename == self._file.filename
        if not own or entry.external or entry.is_virtual:
            raise TypeError(f"{name} is no array of this file")
        if entry.nbytes > max(ALWAYS_FINE, MOST_TIMES * entry.id.get_storage_size()):
            raise TypeError(f"{name} claims {entry.nbytes:,} bytes, which are not there")
        values: NDArray[Any] = entry[()]
        return values

    def rows(self, video: str, start: float, end: float) -> NDArray[Any] | None:
        """Features of the rows whose interval overlaps the one from `start` to `end`.

        None if there is no such row.
        """
        found = self.read(video)
        if found is None:
            return None
        intervals, features = found
        inside = (intervals[:, 0] < end) & (intervals[:, 1] > start)
        return features[inside] if inside.any() else None
