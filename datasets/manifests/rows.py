"""Reads a manifest and reports every bad row, not only the first."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import DataError, Table, joined_vectors, read_table, visible_name
from emobench.datasets.manifests import columns, split_column, time_columns
from emobench.datasets.manifests.columns import FILES, KNOWN
from emobench.datasets.manifests.names import (
    id_form,
    near_ids,
    one_spelling,
    without_gaps,
    without_nobody,
)
from emobench.datasets.manifests.paths import as_relative, finder, with_suffix
from emobench.datasets.manifests.row_checks import marked_rows, nameless_rows, people_unread
from emobench.datasets.manifests.segments import problems, unlikely_times

LIKE = 0.75
"""Similarity from which an unknown column is taken for a misspelt known one."""


@dataclass(frozen=True)
class ManifestRows:
    """The rows of a manifest, and what there is to say of them."""

    table: pd.DataFrame
    """Every value as text, an empty string where a column or a value is absent; ``line``."""
    unread: list[str]
    """Columns that mean nothing here."""
    home: Path
    """The folder to which paths are relative."""
    notes: list[str]
    """What was taken for what."""
    doubts: list[str]
    """What may be misread, and the remedy."""
    files: list[Path]
    """The files that were read to make the table."""
    vectors: dict[str, list[NDArray[np.float32] | None]]
    """Name of the features to those that stood in the cells of each row, ``[T, D]``."""


def read_manifest(
    path: Path,
    has_features: bool = False,
    chosen: Mapping[str, str] | None = None,
    vectors: Mapping[str, Sequence[str]] | None = None,
    media: Sequence[str] | None = None,
) -> ManifestRows:
    """Read a manifest.

    Parameters
    ----------
    path
        The file or folder.
    has_features
        Whether features of all rows come from elsewhere, so that no column has to name any.
    chosen
        Our name of a column to the file's, as the user chose.
    vectors
        Name of features to the columns whose cells hold them.
    media
        None for a corpus. Else the rows are clips for a trained model, and these are further
        columns that name a file: neither labels nor a split are needed, and a file that is not
        there is left to whoever reads that clip.

    Raises
    ------
    DataError
        The file is absent or no table, or its header or rows are wrong; of rows, all are named.
    """
    clips = media is not None
    source = read_table(path, labelled=not clips)
    typed = list(source.header)
    cells = _take_cells(source, vectors or {})
    named_files = _take_files(source, media or ())
    columns.choose(source, chosen or {})
    doubts = source.doubts + _name_columns(source)
    _check_header(path, source, typed, has_features or bool(cells or named_files), clips)
    table, said = _cleaned(source, named_files)
    doubts, notes = doubts + said, list(source.notes)
    wrong = list(_problems(table, "split" in source.header and not clips))
    missing = _find_files(table, source.home, notes, (*FILES, *named_files))
    if clips or not missing:
        wrong += problems(table, source.home, with_ends=not clips)
    if wrong or (missing and not clips):
        absent = [] if clips else missing
        count = len(wrong) + sum(n for n, _ in absent)
        raise _bad_rows(path, count, [text for _, text in absent], wrong)
    table["split"] = "" if clips else table["split"].map(split_column.part_of)
    doubts += unlikely_times(table) + near_ids(table)
    named = table["speaker"] != ""
    for column in ("speaker", "group"):
        table[column], said = without_nobody(table[column], column)
        table[column], merged = one_spelling(table[column], column)
        doubts += [] if clips else said + merged
    table["language"], merged = one_spelling(table["language"], "language")
    notes += merged
    unread = [c for c in source.header if c not in KNOWN]
    doubts += [] if clips else _unread_doubts(table, named, unread)
    files, inside = list(source.files), _vectors(cells, source.places, path)
    return ManifestRows(table, unread, source.home, notes, doubts, files, inside)


def _cleaned(source: Table, files: Mapping[str, Sequence[str]]) -> tuple[pd.DataFrame, list[str]]:
    """The rows with every known column, and what was emptied; `files`: further columns."""
    table = pd.DataFrame(source.rows, columns=source.header, dtype=str)
    table["line"] = source.places
    for column in KNOWN:
        table[column] = table[column].fillna("").str.strip() if column in source.header else ""
    for column, cells in files.items():
        table[column] = list(cells)
    doubts = []
    for column in (c for c in ("text", "start", "end", *FILES, *files) if any(table[c])):
        table[column], said = without_gaps(table[column], table["line"], column)
        doubts += said
    return table, doubts


def _take_files(table: Table, names: Sequence[str]) -> dict[str, list[str]]:
    """Take the columns with these names out of a table, as far as it has them."""
    here = [name for name in names if name in table.header]
    return columns.take(table, here, "") if here else {}


def _unread_doubts(table: pd.DataFrame, named: pd.Series, unread: list[str]) -> list[str]:
    """Doubts on rows without speakers and on what columns that are not read may say."""
    told = nameless_rows(table, named) + marked_rows(table, unread)
    return told + people_unread(table, unread)


def _take_cells(
    table: Table, vectors: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, list[str]]]:
    """Take the columns that hold features out of a table: features to column to its cells."""
    return {
        name: columns.take(table, chosen, name.replace("features", "vectors"))
        for name, chosen in vectors.items()
    }


def _vectors(
    cells: Mapping[str, Mapping[str, Sequence[str]]], places: Sequence[str], path: Path
) -> dict[str, list[NDArray[np.float32] | None]]:
    """The features that stand in cells; all that is wrong with them is one error."""
    found, wrong = {}, list[str]()
    for name, columns_of_it in cells.items():
        try:
            found[name] = joined_vectors(columns_of_it, places)
        except DataError as error:
            wrong.append(str(error))
    if wrong:
        raise DataError(f"{path}: " + "\n".join(wrong))
    return found


def _name_columns(table: Table) -> list[str]:
    """Rename the columns to ours where their meaning is plain; return what is doubtful."""
    columns.respell(table)
    columns.name_mmsa(table)
    doubts = split_column.name_split(table)
    doubts += time_columns.name_times(table)
    doubts += columns.name_files(table)
    columns.name_id(table)
    doubts += columns.name_others(table)
    doubts += columns.unread_vectors(table)
    doubts += time_columns.unread(table)
    return doubts + columns.rivals(table) + split_column.split_in_names(table)


def _check_header(
    path: Path, table: Table, typed: list[str], has_features: bool, clips: bool = False
) -> None:
    header = table.header
    twice = sorted({c for c in header if header.count(c) > 1})
    if twice:
        raise DataError(f"{path} has the column {', '.join(map(repr, twice))} more than once.")
    odd = []
    for column in header:
        near = difflib.get_close_matches(column.lower(), KNOWN, 1, LIKE)
        if column not in KNOWN and near and near[0] not in header:
            odd.append(f"{column!r} (did you mean {near[0]!r}?)")
    if odd:
        raise DataError(f"{path} has the column{'s' if odd[1:] else ''} {', '.join(odd)}.")
    if "label" not in header and not clips:
        raise DataError(
            f"{path} lacks the column 'label'; it has {', '.join(typed) or 'no header'}. "
            f"{columns.instead_of_label(table)} Known columns: {', '.join(KNOWN)}."
        )
    if not has_features and not set(header) & {"text", *FILES}:
        raise DataError(
            f"{path} has none of the columns {', '.join(('text', *FILES))}: nothing to "
            f"{'hear, see or read' if clips else 'learn from'}. "
            f"It has {', '.join(typed)}. Features of all rows can be named behind the path: "
            f"{path.name}:audio_features=FILE, or '{path.name}:audio_vectors=COLUMN' if the cells "
            "of a column hold them."
        )
    if not table.rows:
        raise DataError(f"{path} has a header and no row.")


def _problems(table: pd.DataFrame, split: bool) -> Iterator[str]:
    """The errors of ids and splits, row by row."""
    seen: dict[str, tuple[str, str]] = {}
    for place, name, part in zip(table["line"], table["id"], table["split"], strict=True):
        form = id_form(name)
        if not name:
            yield f"{place}: no id"
        elif form in seen:
            other, first = seen[form]
            like = "" if other == name else f", written {visible_name(other)}"
            yield f"{place}: the id {visible_name(name)} occurs in {first} already{like}"
        seen.setdefault(form, (name, place))
        if split and not split_column.part_of(part):
            yield f"{place}: unknown split {part!r} (train, dev and test are known)"


def _find_files(
    table: pd.DataFrame, home: Path, notes: list[str], names: Sequence[str] = FILES
) -> list[tuple[int, str]]:
    """Write the paths that there are into `table`; return the absent ones, a sentence a column."""
    find = finder(home)
    absent: list[tuple[int, str]] = []
    for column in (c for c in names if any(table[c])):
        named = table[column][table[column] != ""]
        found = named.map(find)
        lost = found[found.isna()].index
        if len(lost):
            names = list(dict.fromkeys(named[lost]))
            lines = ", ".join(table["line"][lost[:10]]) + (", …" if len(lost) > 10 else "")
            hint = with_suffix(home, names[0])
            absent.append(
                (len(lost), f"{column}: there is no file {_some_files(names)} ({lines}){hint}")
            )
        known = found.dropna()
        other = known[known != named[known.index].map(lambda name: as_relative(home, name))]
        if len(other):
            notes.append(
                f"{len(other):,} paths in {column} were found in another form: "
                f"{named[other.index[0]]!r} is {other.iloc[0]!r}."
            )
        table.loc[known.index, column] = known
    return absent


def _some_files(names: Sequence[str]) -> str:
    """One file, two by their names, or the first and how many others."""
    if len(names) == 2:
        return f"{names[0]} and no {names[1]}"
    return names[0] + (f" and {len(names) - 1:,} others" if names[1:] else "")


def _bad_rows(path: Path, count: int, absent: list[str], wrong: list[str]) -> DataError:
    """One error of everything; `absent`: files that are not there, `wrong`: what else is."""
    listed = "\n  ".join(absent + wrong)
    ways = "Mend or remove these rows"
    if absent:
        ways += (
            ", or leave the cell empty where there is no such file: what it would name is then "
            "absent in that row"
        )
    return DataError(f"{path} has {errors(count)}. {ways}.\n  {listed}")


def errors(number: int) -> str:
    """Say how many."""
    return f"{number} error{'' if number == 1 else 's'}"
