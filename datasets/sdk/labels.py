"""Label sequences: every row is a segment of a video."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from emobench import ClipError, DataError
from emobench.datasets.sdk.sequence import ComputationalSequence


def read_labels(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a label file into one row per segment: ``video``, ``segment``, ``start``, ``end`` and
    `columns`, by video and time.

    ``segment`` counts a video's rows in the order of the file, as in the SDK's names
    (``video[segment]``).

    Raises
    ------
    DataError
        The file is broken, or has other columns or another order of columns.
    """
    sequence = ComputationalSequence(path)
    _check_order(path, sequence.dimension_names, columns)
    videos, broken = [], []
    for video in sequence.videos:
        if re.search(r"\[\d+\]$", video):
            raise DataError(
                f"{path} has already been aligned by the SDK (it holds {video}). Use the file as "
                "it was downloaded."
            )
        try:
            videos.append(_segments(sequence, video, columns))
        except ClipError as error:
            broken.append(str(error).removeprefix(f"{path}: "))
    if broken:
        more = f" and {len(broken) - 10} more" if len(broken) > 10 else ""
        raise DataError(f"{path}: {'; '.join(broken[:10])}{more}. Download it again.")
    if not videos:
        raise DataError(f"{path} holds no video. Download it again.")
    return pd.concat(videos, ignore_index=True)


def _segments(
    sequence: ComputationalSequence, video: str, columns: tuple[str, ...]
) -> pd.DataFrame:
    found = sequence.read(video)
    assert found is not None
    intervals, values = found
    if values.shape[1] != len(columns):
        raise ClipError(
            f"video {video} has {values.shape[1]} values per segment, not the {len(columns)} of "
            f"{', '.join(columns)}"
        )
    wrong = ~np.isfinite(np.hstack([intervals, values])).all(axis=1)
    wrong |= ~(intervals[:, 0] < intervals[:, 1])
    if wrong.any():
        rows = ", ".join(map(str, np.flatnonzero(wrong)[:10]))
        raise ClipError(f"video {video}: no number, or no duration, in row {rows}")
    table = pd.DataFrame(values.astype(np.float64), columns=list(columns))
    table.insert(0, "end", intervals[:, 1])
    table.insert(0, "start", intervals[:, 0])
    table.insert(0, "segment", range(len(table)))
    table.insert(0, "video", video)
    # The SDK keeps segments in no order; code that uses neighbours needs the order of time.
    return table.sort_values(["start", "segment"])


def _check_order(path: Path, names: list[str], columns: tuple[str, ...]) -> None:
    """Raise if the file says that a column is not where the SDK documents it."""
    told = [_plain(n) for n in names]
    if not set(told) & set(columns):
        return
    wrong = [
        f"column {place} is {name!r}, documented as {column!r}"
        for place, (name, told_name, column) in enumerate(zip(names, told, columns, strict=False))
        if told_name in columns and told_name != column
    ]
    if wrong or len(names) != len(columns):
        raise DataError(
            f"{path} says of itself ({', '.join(names)}) that its columns are not in the SDK's "
            f"order ({', '.join(columns)}): {'; '.join(wrong) or 'there are more or fewer'}. "
            "Labels would be mixed up, so it is not read; take the file that the SDK downloads."
        )


PLAIN = {"happiness": "happy", "sadness": "sad", "angry": "anger"}


def _plain(name: str) -> str:
    name = name.strip().lower()
    return PLAIN.get(name, name)
