"""Features that tell the class: a column with one value per class is the label in disguise."""

from __future__ import annotations

import contextlib

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.preparation.extract import Prepared
from emobench.disk.sums import kept_json, read_kept
from emobench.errors import DataError
from emobench.interface.dataset import ClipError, Noted

FEWEST_ROWS = 20
FEWEST_OF_A_CLASS = 5
"""Two classes need so many utterances: one value per class says little of fewer."""

MOST_ROWS = 2000
"""So many utterances, spread evenly, show such a column as surely as all."""

SHOWN = 5
VERSION = 1
"""Raised when other columns are found: what was found is remembered."""


def label_columns(target: Prepared) -> list[str]:
    """A sentence for each source of ready-made features of which a column is the label."""
    found = []
    for sources in target.corpus.sources.values():
        for source in (s for s in sources[:1] if s.endswith("_features")):
            columns, width = _remembered(target, source)
            if columns:
                listed = ", ".join(str(c + 1) for c in columns[:SHOWN])
                more = ", …" if len(columns) > SHOWN else ""
                found.append(
                    f"{source}: column {listed}{more} of {width:,} has one value per class, as the "
                    "label has: a score then tells what was written into the file. Remove it."
                )
    return found


def columns_of_label(values: NDArray[np.float32], labels: NDArray[np.object_]) -> list[int]:
    """Columns of `values`, ``[N, D]``, that are not constant but have one value in each class."""
    classes, counts = np.unique(labels.astype(str), return_counts=True)
    if len(labels) < FEWEST_ROWS or np.sum(counts >= FEWEST_OF_A_CLASS) < 2:
        return []
    spread = [np.ptp(values[labels == name], axis=0) for name in classes]
    constant = (np.stack(spread) == 0).all(axis=0)
    return [int(c) for c in np.flatnonzero(constant & (np.ptp(values, axis=0) > 0))]


def _remembered(target: Prepared, source: str) -> tuple[list[int], int]:
    """Such columns of a source and its width, read once for each prepared corpus."""
    place = target.source(source) / f"label-columns-v{VERSION}.json"
    with contextlib.suppress(KeyError):  # none, or damaged
        known = read_kept(place)
        return known["columns"], known["width"]
    values, labels = _first_steps(target, source)
    width = int(values.shape[1])
    columns = columns_of_label(values, labels) if width else []
    kept_json(place, {"columns": columns, "width": width})
    return columns, width


def _first_steps(target: Prepared, source: str) -> tuple[NDArray[np.float32], NDArray[np.object_]]:
    """Features of each utterance's first time step ``[N, D]``, and the labels ``[N]``."""
    corpus = target.corpus
    steps, labels = [], []
    spread = np.unique(np.linspace(0, len(corpus.table) - 1, MOST_ROWS).astype(int))
    for _, row in corpus.table.iloc[spread].iterrows():
        try:
            value = corpus.dataset.read(row, source)
        except (ClipError, DataError):
            continue  # its clip is named where it is prepared
        value = value.media if isinstance(value, Noted) else value
        if isinstance(value, np.ndarray) and value.ndim == 2 and len(value):
            steps.append(value[0])
            labels.append(row["label"])
    if not steps or len({len(step) for step in steps}) > 1:
        return np.zeros((0, 0), np.float32), np.zeros(0, object)
    return np.stack(steps), np.array(labels, dtype=object)
