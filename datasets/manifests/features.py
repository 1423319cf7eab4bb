"""Features that exist already: a file per row, or one file for all rows by their ids."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import (
    ClipError,
    DataError,
    FeatureTable,
    Noted,
    match_ids,
    open_features,
    open_named_array,
    source_changed,
)

SHOWN = 5
MOST_HEADER = 1 << 20
MEDIA = {
    "text": (("text",), "texts"),
    "audio": (("audio", "video"), "recordings"),
    "vision": (("video", "image"), "pictures"),
}
"""The columns from which representations of a modality are made, and what they hold."""


class SideFeatures:
    """Features of all rows in one file or folder; it is opened when it is first read.

    Parameters
    ----------
    path
        The file or folder.
    column
        Which features they are: ``audio_features`` and so on.
    ids
        Ids of all rows.
    """

    def __init__(self, path: Path, column: str, ids: list[str]) -> None:
        self.path = path
        self._column = column
        self._ids = ids
        self._table: FeatureTable | None = None
        self._keys: dict[str, str] = {}
        self.found: frozenset[str] = frozenset()
        """Ids of the rows that have features; known after `remarks`."""
        self.strays: tuple[str, ...] = ()
        """Ids of the file that belong to no row; known after `remarks`."""

    def files(self) -> Iterator[Path]:
        """The file, or all files in the folder but what an import notes about itself."""
        if not self.path.is_dir():
            yield self.path
            return
        beside = self.path / "about.json" if (self.path / "ids.json").is_file() else None
        yield from sorted(p for p in self.path.rglob("*") if p.is_file() and p != beside)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the D features, of a table with such names; else none."""
        return self._here().names

    def read(self, name: str, wanted: Sequence[str] = ()) -> NDArray[np.float32] | Noted | None:
        """The features of an id, those of `wanted` in their order if columns are named.

        None if there are none.

        Raises
        ------
        ClipError
            The columns have other names.
        """
        table = self._here()
        key = self._keys.get(name)
        if key is None:
            return None
        values = table[key]
        if wanted and table.names:
            values = values[:, places_in(self.path, table.names, wanted)]
        return _with_note(values, table.zeroed(key))

    def _here(self) -> FeatureTable:
        if self._table is None:
            self._table = self._opened()
            self._keys = match_ids(self._ids, self._table).found
        return self._table

    def remarks(self, manifest: Path) -> tuple[list[str], list[str]]:
        """Notes, such as the ids found in another spelling, and doubts.

        Raises
        ------
        DataError
            No id has any.
        """
        with contextlib.closing(self._opened()) as known:
            match, notes = match_ids(self._ids, known), known.notes
            example, held = next(iter(known), "nothing"), list(known)
        if not match.found:
            raise DataError(
                f"{self.path} has no features of any id in {manifest}: it has {example!r} and "
                f"others, the rows have {self._ids[0]!r} and others."
            )
        taken = set(match.found.values())
        self.found = frozenset(match.found)
        self.strays = tuple(name for name in held if name not in taken)
        doubts = [f"{self.path.name}: {d}" for d in match.doubts]
        doubts += filter(None, [source_changed(self.path)])
        return [f"{self.path.name}: {n}" for n in (*match.notes, *notes)], doubts

    def _opened(self) -> FeatureTable:
        return open_features(self.path, self._column.split("_")[0])


def uncovered(
    table: pd.DataFrame, has: pd.Series, source: str, where: str, strays: Sequence[str] = ()
) -> tuple[str, bool]:
    """Say of how many rows there are no features, and what becomes of these rows.

    Parameters
    ----------
    table
        The rows.
    has
        Whether each row has features.
    source
        Which features: ``audio_features`` and so on.
    where
        The file or column that holds them.
    strays
        Ids of the file that belong to no row.

    Returns
    -------
    The sentence, "" if every row has features; and whether it is a doubt: the rows name a recording
    or a text that is not read, or ids of the file may mean them.
    """
    lacking = table[~has]
    if lacking.empty:
        return "", False
    modality = source.split("_")[0]
    columns, what = MEDIA[modality]
    named = int((lacking[list(columns)] != "").any(axis=1).sum())
    text = (
        f"{where} has {source} of {int(has.sum()):,} of {len(table):,} rows; {modality} counts as "
        f"absent in the other {len(lacking):,} ({_some(list(lacking['id']))})"
    )
    ways = []
    if named:
        text += f", and the {what} of {named:,} of these are not read"
        ways = [f"leave {source} out, so that models read the {what}"]
    if strays:
        ids = (
            f"{len(strays):,} ids of the file belong" if strays[1:] else "1 id of the file belongs"
        )
        text += f"; {ids} to no row ({_some(strays)})"
    if not ways and not strays:
        return f"{text}.", False
    first = "Write the ids of the rows in the file" if strays else "Add the features of these rows"
    return f"{text}. {', or '.join([first, *ways])}.", True


def extent(where: str, rows: int, shapes: Sequence[tuple[int, ...]]) -> tuple[str, str]:
    """Say how many of `rows` rows have features, of which `shapes` ``[T, D]``.

    Returns
    -------
    The verdict, ``ok`` if all rows have them, else ``note``; and the sentence.
    """
    widths = sorted({shape[-1] for shape in shapes})
    steps = sorted({shape[0] for shape in shapes})
    size = f", {' or '.join(f'{w:,}' for w in widths)} wide, " if widths else ""
    if len(steps) == 1:
        size += f"{steps[0]:,} step{'s' * (steps[0] != 1)} each"
    elif steps:
        size += f"{steps[0]:,} to {steps[-1]:,} steps"
    verdict = "ok" if len(shapes) == rows else "note"
    return verdict, f"{where}: features for {len(shapes):,} of {rows:,} rows{size}"


def find_side(name: str, home: Path, imported: Path, manifest: Path) -> Path:
    """Path of a file of features: as typed, beside the manifest, or imported under this name.

    Raises
    ------
    DataError
        There is none.
    """
    for path in (Path(name), home / name, imported / name):
        if path.exists():
            return path
    raise DataError(
        f"There is no file {name}, neither here nor beside {manifest}, and nothing was "
        "imported under this name (emobench data import)."
    )


OF_TRAINING = "the model was trained with"
OF_FIRST_FILE = "the first file has"


def read_array(
    path: Path, names: Sequence[str] = (), owner: str = OF_TRAINING
) -> NDArray[np.float32] | Noted:
    """Features ``[T, D]`` of one utterance, from a file of their own; not finite becomes 0.

    Parameters
    ----------
    path
        The file.
    names
        The features that are wanted, in this order, of a file that names its columns.
    owner
        Whose features they are, for a message.

    Raises
    ------
    ClipError
        It holds anything else, or columns of other names.
    """
    try:
        values, columns = open_named_array(path)
    except DataError as error:
        raise ClipError(str(error)) from None
    if names and columns:
        values = values[:, places_in(path, columns, names, owner)]
    return finite(values)


def places_in(
    path: Path, columns: Sequence[str], names: Sequence[str], owner: str = OF_TRAINING
) -> list[int]:
    """Where in a file the features with these names stand.

    Raises
    ------
    ClipError
        It lacks some, or has others.
    """
    lost = [name for name in names if name not in columns]
    others = [name for name in columns if name not in names]
    told = [f"lacks {_shown(lost)}"] if lost else []
    told += [f"has {_shown(others)}"] if others else []
    told += [] if len(set(columns)) == len(columns) else ["has a column twice"]
    if told:
        raise ClipError(
            f"{path} {' and '.join(told)}; its columns have to be the {len(names)} features that "
            f"{owner}, in any order"
        )
    return [columns.index(name) for name in names]


def first_names(files: Iterable[Path]) -> tuple[str, ...] | None:
    """Names of the columns of the first file that is there; None where it cannot be read."""
    first = next((path for path in files if path.is_file()), None)
    with contextlib.suppress(DataError):  # which is said of its row
        return open_named_array(first)[1] if first else None
    return None


def headers_differ(files: Iterable[Path]) -> bool:
    """Whether files of named columns do not all begin with the same line."""
    lines: set[bytes] = set()
    for path in files:
        with contextlib.suppress(OSError), path.open("rb") as file:
            lines.add(file.readline(MOST_HEADER).strip())
        if len(lines) > 1:
            return True
    return False


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if names[SHOWN:] else "")


def finite(values: NDArray[np.float32]) -> NDArray[np.float32] | Noted:
    """Features with 0 for what is not finite, and a note on it."""
    good = np.isfinite(values)
    return _with_note(np.where(good, values, np.float32(0.0)), int((~good).sum()))


def told_of_cells(
    vectors: Sequence[NDArray[np.float32] | None], source: str, columns: str
) -> list[str]:
    """Say which columns became which features, how wide they are, and how many rows lack them."""
    there = [v for v in vectors if v is not None]
    absent = len(vectors) - len(there)
    names = " and ".join(map(repr, columns.split("|")))
    size = f"{there[0].shape[1]:,} numbers" if there else "nothing"
    lacking = f"; {absent:,} of {len(vectors):,} rows have none" if absent else ""
    return [f"The cells of {names} are {source}, {size} a step{lacking}."]


def _some(ids: Sequence[str]) -> str:
    return ", ".join(map(repr, ids[:SHOWN])) + (", …" if len(ids) > SHOWN else "")


def _with_note(values: NDArray[np.float32], zeroed: int) -> NDArray[np.float32] | Noted:
    if not zeroed:
        return values
    return Noted(values, f"{zeroed} of {values.size} values are NaN or infinite")
