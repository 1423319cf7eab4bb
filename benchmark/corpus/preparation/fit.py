"""Fitted representations and standardisation, learned from the train part alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.preparation.own_values import check_values, reported
from emobench.corpus.preparation.texts import texts
from emobench.discovery.representations import folder_name, representation, source_of
from emobench.disk.soundness import is_sound
from emobench.disk.sums import read_checked, sealed_folder
from emobench.errors import DataError
from emobench.interface.representation import FittedRepresentation, Representation
from emobench.ragged_array import Ragged, RaggedWriter, read_array

KEPT = 4
"""Fitted representations that a process keeps for other corpora."""


@dataclass(frozen=True)
class Feature:
    """One representation of a corpus, as fitted on one train split.

    Parameters
    ----------
    name
        Its name.
    table
        Sequences ``[T, D]`` by row number.
    size
        Feature size D, or the number of ids.
    mean, scale
        ``[D]``, or None where values are not standardised; ``[G, D]`` with `groups`.
    groups
        ``[N]`` group of each row, whose mean and scale are used; None for one mean and scale. Rows
        with a negative group must not be read.
    """

    name: str
    table: Ragged
    size: int
    mean: NDArray[np.float32] | None
    scale: NDArray[np.float32] | None
    groups: NDArray[np.int64] | None = None

    def __getitem__(self, row: int) -> NDArray[np.float32]:
        """Standardised sequence ``[T, D]`` of utterance `row`."""
        values = np.empty(self.table[row].shape, np.float32)
        self.read(row, values)
        return values

    def read(self, row: int, out: NDArray[np.float32]) -> None:
        """Write the standardised sequence of utterance `row` into `out` ``[T, D]``."""
        out[...] = self.table[row]
        if self.mean is None or self.scale is None:
            return
        if self.groups is None:
            out -= self.mean
            out *= self.scale
            return
        if (group := int(self.groups[row])) < 0:
            raise IndexError(f"row {row} of {self.name} is in no group to be standardised by")
        out -= self.mean[group]
        out *= self.scale[group]


def feature(target: Prepared, name: str, train: NDArray[np.int64]) -> Feature:
    """Open representation `name` as fitted on the rows `train`, fitting it if need be."""
    kind = representation(name)
    folder = fitted_folder(target, train)
    if issubclass(kind, FittedRepresentation):
        place = folder / folder_name(name)
        if not is_sound(place):
            _fit(target, kind, train, place)
        table = Ragged(place)
        size = int(json.loads(read_checked(place, "fitted.json"))["size"])
    else:
        place = target.values(name)
        table = Ragged(place)
        size = table.size
    if not kind.standardise:
        return Feature(name, table, size, None, None)
    mean, scale = _statistics(table, train, folder / f"statistics-{place.name}")
    return Feature(name, table, size, mean, scale)


def transformed_with(
    source: Prepared, name: str, train: NDArray[np.int64], target: Prepared
) -> Feature | None:
    """Representation `name` of the corpus `target`, as fitted on the rows `train` of `source`.

    Vocabulary, mean and scale are learned from `source` alone, so that a model trained there reads
    inputs in the form that it knows. None where `target` lacks the source that `name` needs.
    """
    known = feature(source, name, train)
    sources = target.corpus.sources.get(representation(name).modality, ())
    if source_of(name) not in sources:
        return None
    kind = representation(name)
    if issubclass(kind, FittedRepresentation):
        digest = rows_digest(source, train)
        place = target.folder / f"from-{source.folder.name}-{digest}" / folder_name(name)
        if not is_sound(place):
            fitted = refitted(source, kind, tuple(train.tolist()))
            _write(place, fitted, _basis(target, kind.base))
        table = Ragged(place)
    else:
        table = Ragged(target.values(name))
        if table.size != known.size:
            return None
    return Feature(name, table, known.size, known.mean, known.scale)


@lru_cache(maxsize=KEPT)
def refitted(
    source: Prepared, kind: type[FittedRepresentation], train: tuple[int, ...]
) -> FittedRepresentation:
    """The representation fitted on the train rows; the last few are cached for further corpora."""
    return _fitted(source, kind, np.array(train, dtype=np.int64))


def transformed_by(
    fitted: FittedRepresentation, target: Prepared, rows: NDArray[np.int64], place: Path
) -> Ragged:
    """Write what a fitted representation makes of `rows` into the folder `place`, and open it.

    Other rows are empty there.
    """
    items, wanted = _basis(target, fitted.base), set(rows.tolist())
    _write(place, fitted, [one if i in wanted else None for i, one in enumerate(items)])
    return Ragged(place)


def fitted_folder(target: Prepared, train: NDArray[np.int64]) -> Path:
    """Folder of what was learned from the rows `train`."""
    return target.folder / f"train-{rows_digest(target, train)}"


def rows_digest(target: Prepared, train: NDArray[np.int64]) -> str:
    """Digest of the ids of rows, by which a fitted state is named."""
    ids = target.corpus.table["id"].to_numpy()[train]
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()[:16]


def _items(target: Prepared, base: str) -> list[Any]:
    """Sequences of the base representation, one per row, None where absent."""
    if issubclass(kind := representation(base), Representation) and kind.source != "transcript":
        table = target.load(base)
        return [table[i] if table.lengths[i] else None for i in range(len(table))]
    raise AssertionError(f"{base} is no base for a fitted representation")


def _fit(
    target: Prepared, kind: type[FittedRepresentation], train: NDArray[np.int64], place: Path
) -> None:
    items = _basis(target, kind.base)
    _write(place, _fitted(target, kind, train, items), items)


def _basis(target: Prepared, base: str) -> list[Any]:
    """Inputs of a fitted representation, one per row, None where absent."""
    return texts(target) if base == "transcript" else _items(target, base)


def _fitted(
    target: Prepared,
    kind: type[FittedRepresentation],
    train: NDArray[np.int64],
    items: list[Any] | None = None,
) -> FittedRepresentation:
    """Learn a representation from the train rows; the same rows give the same, to the bit."""
    items = _basis(target, kind.base) if items is None else items
    seen = [items[i] for i in train if items[i] is not None]
    if not seen:
        raise DataError(
            f"No train utterance of {target.corpus.request.label} has usable {kind.modality}, so "
            f"{kind.name} cannot be learned."
        )
    # The sum of a product depends on the number of threads, so every machine uses one thread.
    with threadpool_limits(1), reported(kind, "was fitted"):
        fitted = kind()
        fitted.fit(seen)
    return fitted


def _write(place: Path, fitted: FittedRepresentation, items: list[Any]) -> None:
    with sealed_folder(place) as folder:
        writer = RaggedWriter(folder)
        for number, item in enumerate(items):
            if item is None:
                writer.append(None)
                continue
            with reported(type(fitted), f"made the values of utterance {number + 1}"):
                values = fitted.transform(item)
            check_values(values, type(fitted), f"utterance {number + 1}")
            writer.append(values)
        writer.close()
        (folder / "fitted.json").write_text(json.dumps({"size": fitted.size}))


def _statistics(
    table: Ragged, train: NDArray[np.int64], place: Path
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and inverse standard deviation per feature over all train frames, ``[D]`` each.

    A feature that is constant in train becomes zero everywhere: nothing was learned about it.
    """
    if not is_sound(place):
        total, squares, count = np.zeros(table.size), np.zeros(table.size), 0
        for i in train:
            values = table[int(i)].astype(np.float64)
            total += values.sum(axis=0)
            squares += (values**2).sum(axis=0)
            count += len(values)
        mean = total / max(count, 1)
        scale = inverse_deviation(mean, squares / max(count, 1))
        with sealed_folder(place) as folder:
            np.save(folder / "mean.npy", mean.astype(np.float32))
            np.save(folder / "scale.npy", scale.astype(np.float32))
    return statistics(place)


def statistics(place: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Read the mean and the inverse standard deviation that lie in a folder.

    Raises
    ------
    DamageError
        They are not as they were written.
    """
    mean, scale = (read_array(read_checked(place, f"{name}.npy")) for name in ("mean", "scale"))
    return mean, scale


def inverse_deviation(
    mean: NDArray[np.float64], square: NDArray[np.float64]
) -> NDArray[np.float64]:
    """1 over the standard deviation, of the same shape as `mean`; 0 for a constant feature.

    `square` is the mean of the squares.
    """
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    constant = deviation <= 1e-6 * np.maximum(np.abs(mean), 1e-6)
    found: NDArray[np.float64] = np.where(constant, 0.0, 1.0 / np.where(constant, 1.0, deviation))
    return found
