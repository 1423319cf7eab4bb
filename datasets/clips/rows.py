"""Rows of a table as clips for a trained model, which need no label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import (
    FACE_SIZE,
    ClipError,
    ClipForm,
    Dataset,
    DatasetCard,
    Folders,
    Noted,
)
from emobench.datasets.manifests.columns import FILES
from emobench.datasets.manifests.features import first_names, read_array
from emobench.datasets.manifests.rows import ManifestRows

FEW = 3
"""Names of columns that a sentence shows."""

WORDS = "transcript"
"""The source that stands in the column ``text``."""

SHAPES = {
    "waveform": ("float32", "[N] at 16 kHz"),
    "frames": ("uint8", f"[T, {FACE_SIZE}, {FACE_SIZE}], grey, 5 per second"),
}
"""Sources that are no sequences of features: the type and the shape of an array of one."""


RECORDINGS = {"waveform": ("audio", "video"), "frames": ("video", "image")}
"""Sources and the columns of recordings that give them, the first that a row names."""


class Rows(Protocol):
    """A table of utterances that reads what its rows name."""

    card: DatasetCard
    folders: Folders
    options: Any

    @property
    def rows(self) -> ManifestRows:
        """The rows."""

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Modality to the sources that its columns and options give."""

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | Noted | None:
        """Read one utterance's `source`."""

    def files(self) -> Iterator[Path]:
        """Every file that is read."""

    def names_here(self, source: str) -> tuple[str, ...]:
        """Names of the features of a source, in the order of the first place that has them."""

    def fingerprint(self) -> str:
        """Versions of the methods."""


def media_columns(form: ClipForm) -> tuple[str, ...]:
    """Columns that can name a file of what the model reads, beside those of every table.

    A source that is not made from sound, films or words, such as a corpus's own features, is a
    column of its own; so are waveforms and frames as arrays.
    """
    wanted = [name for names in form.sources.values() for name in names]
    return tuple(name for name in wanted if name not in (WORDS, *FILES))


class Clips(Dataset):
    """The rows of a table, each a clip; what cannot be read is a `ClipError` of that clip.

    Parameters
    ----------
    table
        Reads the rows.
    form
        What the model reads.
    """

    def __init__(self, table: Rows, form: ClipForm) -> None:
        super().__init__(table.folders, table.options)
        self._table, self.form = table, form
        self._media = tuple(c for c in media_columns(form) if c in table.rows.table)
        here = {m: s for m, s in self.sources().items() if s}
        self.card = replace(
            table.card, classes=form.classes, multilabel=form.multilabel, modalities=tuple(here)
        )

    def utterances(self) -> pd.DataFrame:
        """Return the rows as they were read."""
        return self._table.rows.table.drop(columns=["line", "split"]).reset_index(drop=True)

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return what the model reads and the table has, for modalities of which it has all."""
        table = self._table.rows.table
        here = {name for names in self._table.sources().values() for name in names}
        here |= {column for column in self._media if (table[column] != "").any()}
        return {m: names if set(names) <= here else () for m, names in self.form.sources.items()}

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | Noted | None:
        """Read one clip: from the column of this source, else from its recording or words.

        Raises
        ------
        ClipError
            There is no such file, or it holds anything else.
        """
        home, column = self._table.rows.home, self._column(row, source)
        if column and not (home / row[column]).is_file():
            raise ClipError(f"there is no file {row[column]}")
        if column and column in self._media:
            return _array(home / row[column], source, self.form.names.get(source, ()))
        return self._table.read(row, source)

    def _column(self, row: pd.Series, source: str) -> str:
        """The column whose file is read for `source`, as `Rows.read` chooses it; "" for none."""
        columns = (source, *RECORDINGS.get(source, ()))
        return next((c for c in columns if c in row.index and row[c]), "")

    def files(self) -> Iterable[Path]:
        """Return the table, and every file that rows or options name."""
        yield from self._table.files()
        rows = self._table.rows
        for column in self._media:
            for name in sorted(set(rows.table[column]) - {""}):
                yield rows.home / name

    def doubts(self, utterances: pd.DataFrame) -> list[str]:
        """Return what may be misread."""
        return list(self._table.rows.doubts)

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Return what was taken for what, and which columns were not read."""
        rows = self._table.rows
        unread = ", ".join(c for c in rows.unread if c != "split")
        told = [*rows.notes, *self._lost(), *self._order()]
        return [*told, *([f"Columns that were not read: {unread}."] if unread else [])]

    def _lost(self) -> list[str]:
        """A sentence on each column that is read and names files of which none is there."""
        rows, told = self._table.rows, []
        in_memory = rows.home == self.folders.cache
        start = "the working directory" if in_memory else f"the table's folder, {rows.home}"
        for column in dict.fromkeys(c for s in self._wanted for c in (s, *RECORDINGS.get(s, ()))):
            named = [n for n in rows.table.get(column, ()) if n]
            if column != WORDS and named and not any((rows.home / n).exists() for n in named):
                count = f"Not one of the {len(named):,} files" if named[1:] else "The only file"
                is_not = "is" if named[1:] else "is not"
                told.append(
                    f"{count} in the column {column} {is_not} there ({named[0]!r}): paths are "
                    f"relative to {start}."
                )
        return told

    @property
    def _wanted(self) -> list[str]:
        return [name for names in self.form.sources.values() for name in names]

    def _order(self) -> list[str]:
        """Sentences on features whose order cannot be compared with that of the training."""
        told = []
        for source in (s for s in self._wanted if s not in (*SHAPES, WORDS)):
            columns, known = self._names_in(source), self.form.names.get(source, ())
            if columns and not known:
                told.append(
                    f"The files of {source} name their columns ({_few(columns)}): the columns are "
                    "taken in the order in which they stand; the training's order is not known."
                )
            if known and columns == ():
                told.append(
                    f"The files of {source} do not name their columns: they are taken in the "
                    f"training's order ({_few(known)})."
                )
        return told

    def _names_in(self, source: str) -> tuple[str, ...] | None:
        """Names of the features where they are read first; None where there are none."""
        rows = self._table.rows
        if source in self._media:
            return first_names(rows.home / name for name in rows.table[source] if name)
        here = {s for found in self._table.sources().values() for s in found}
        return self._table.names_here(source) if source in here else None

    def fingerprint(self) -> str:
        """Return the versions of the methods."""
        return self._table.fingerprint()


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:FEW]) + (", …" if names[FEW:] else "")


def _array(path: Path, source: str, names: Sequence[str]) -> NDArray[Any] | Noted:
    """What a corpus would hand out, from a file of NumPy's, or features from any file of them."""
    if source not in SHAPES:
        return read_array(path, names)
    kind, shape = SHAPES[source]
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ClipError(f"{path} is no array of NumPy ({error})") from None
    fits = values.ndim == 1 if source == "waveform" else values.shape[1:] == (FACE_SIZE, FACE_SIZE)
    if values.dtype != kind or not fits:
        raise ClipError(
            f"{path} holds {values.dtype} {list(values.shape)}, {source} is {kind} {shape}"
        )
    found: NDArray[Any] = values
    return found
