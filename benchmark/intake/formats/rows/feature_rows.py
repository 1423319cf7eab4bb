"""Tables with a row of features per utterance or per time step: CSV, xlsx, ARFF, Parquet."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from emobench.errors import DataError
from emobench.intake.checks import listed
from emobench.intake.formats.content import Content, are_numbers
from emobench.intake.formats.rows.arff import read_arff
from emobench.intake.formats.rows.columns import Columns, columns_of_text
from emobench.intake.formats.rows.role import (
    BOOKKEEPING,
    EMOTIONS,
    FEATURE,
    KEY,
    KEYS,
    LABEL,
    first_of,
    role_of,
    words_of,
)
from emobench.intake.formats.rows.steps import steps_of
from emobench.intake.tables.read import file_table

UNKNOWN = ("unknown", "")
"""What openSMILE writes for the name of a file that it was not told."""


def table_content(path: Path, modality: str | None, single: bool) -> Content:
    """Features in CSV, xlsx or JSON."""
    table = file_table(path)
    columns = columns_of_text(path, table.header, table.rows, table.places, table.notes)
    _refuse_headless(path, list(columns.numbers))
    return rows_content(columns, single)


def _refuse_headless(path: Path, numeric: list[str]) -> None:
    """Numbers where the names of numeric columns should stand: the first line is a row.

    Whole numbers that ascend are what pandas and spreadsheets number columns with.
    """
    if not numeric or not are_numbers(numeric):
        return
    found = [float(name) for name in numeric]
    numbered = all(n.is_integer() and n >= 0 for n in found)
    if numbered and all(a < b for a, b in itertools.pairwise(found)):
        return
    raise DataError(
        f"{path}: the first line, which should name the columns, holds numbers "
        f"({listed(numeric)}), so it would be lost as a row. Write a line with a name for each "
        "column above it."
    )


def arff_content(path: Path, modality: str | None, single: bool) -> Content:
    """Features in Weka's ARFF, as openSMILE writes it."""
    return rows_content(columns_of_text(path, *read_arff(path), []), single)


def rows_content(columns: Columns, single: bool) -> Content:
    """Features by id, and what is no feature, named.

    Parameters
    ----------
    columns
        The table.
    single
        Whether the file is of one utterance, which it need not name: its id then is the file's
        name without suffix, unless a column has several ids.

    Raises
    ------
    DataError
        No column names the utterances, none holds features, or rows cannot be told apart.
    """
    if not columns.places:
        raise DataError(f"{columns.path} has no row.")
    key, ids = _ids(columns, single)
    choice = chosen_columns(columns, key)
    steps = steps_of(columns, ids, set(key))
    with np.errstate(over="ignore"):  # what float32 cannot hold is counted where it is read
        block = np.stack([columns.numbers[n].astype(np.float32) for n in choice.features], axis=1)
    names = list(steps.rows)
    every = list(steps.rows.values())
    if key and not single:
        steps.notes[:0] = _id_notes(key, names)
    told = [*choice.sentences(), *row_sentences(steps.total, steps.used, steps.unused)]
    told += steps.notes + columns.notes
    content = Content(names, len(choice.features), lambda place: block[every[place]])
    content.told = lambda: told
    content.rows = (steps.total, steps.used, steps.unused)
    content.columns = (choice.features, choice.left_out)
    return content


@dataclass
class Choice:
    """Which columns are features.

    Parameters
    ----------
    features
        Their names.
    left_out
        Reason to the names of the other columns, but those of ids.
    odd
        Features whose names look like classes.
    """

    features: list[str]
    left_out: dict[str, list[str]]
    odd: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        """Say what was left out."""
        return left_out_sentences(self.left_out, self.odd)


def left_out_sentences(left_out: dict[str, list[str]], odd: list[str]) -> list[str]:
    """Say which columns are no features, and why."""
    parts = [f"{listed_all(names)}{reason}" for reason, names in left_out.items() if names]
    found = [f"left out: {'; '.join(parts)}"] if parts else []
    if odd:
        found.append(
            f"The columns {listed(odd)} have names of emotions and were taken as features. If they "
            "are labels, remove them: they would leak."
        )
    return found


def listed_all(names: list[str]) -> str:
    """All names; of more than thirty the first thirty, and the number of the others."""
    more = f" and {len(names) - 30} more" if len(names) > 30 else ""
    return ", ".join(names[:30]) + more


def row_sentences(total: int, used: int, unused: dict[str, int]) -> list[str]:
    """Say how many rows are used, and why others are not."""
    if not unused:
        return []
    reasons = "; ".join(f"{count:,} {reason}" for reason, count in unused.items())
    return [f"{used:,} of {total:,} rows are used. Not used: {reasons}."]


def chosen_columns(columns: Columns, key: list[str]) -> Choice:
    """Sort columns into features and others.

    Raises
    ------
    DataError
        No column is a feature.
    """
    left: dict[str, list[str]] = {"": [], " (would leak)": [], " (no numbers)": [], " (empty)": []}
    features = []
    odd = []
    for name in columns.names:
        if name in key:
            continue
        role = role_of(name)
        values = columns.numbers.get(name)
        if role == LABEL or _is_label(columns, name):
            left[" (would leak)"].append(name)
        elif role != FEATURE:
            left[""].append(name)
        elif values is None and not any(columns.words[name]):
            left[" (empty)"].append(name)
        elif values is None:
            left[" (no numbers)"].append(name)
        else:
            features.append(name)
            odd += [name] if words_of(name) in EMOTIONS else []
    if not features:
        raise DataError(
            f"{columns.path} has no column of features. Beside the ids it has "
            f"{listed(n for n in columns.names if n not in key) or 'nothing'}; "
            "times, labels and columns that are not numeric are no features. If one of them is a "
            "feature, rename it."
        )
    return Choice(features, left, odd)


def _is_label(columns: Columns, name: str) -> bool:
    """Whether a column is a class's mark (0 and 1 under its name), or the ``y`` of a table."""
    word = words_of(name)
    if word == "y":
        return "x" not in map(words_of, columns.names)
    values = columns.numbers.get(name)
    return (
        word.removeprefix("is ") in EMOTIONS
        and values is not None
        and set(np.unique(values)) <= {0.0, 1.0}
    )


def _ids(columns: Columns, single: bool) -> tuple[list[str], list[str]]:
    """The columns that name utterances, and the id of each row."""
    roles = {n: role_of(n) for n in columns.names}
    keys = first_of([n for n in columns.names if roles[n] == KEY], KEYS)
    video = next((n for n in columns.names if words_of(n) in ("video id", "video")), None)
    clip = next((n for n in columns.names if words_of(n) in ("clip id", "clip")), None)
    if video and clip and not any(words_of(k) in ("id", "ids") for k in keys):
        pairs = zip(columns.text(video), columns.text(clip), strict=True)
        return [video, clip], [f"{v}_{c}" if v and c else "" for v, c in pairs]
    if not keys:
        words = [n for n in columns.names if n in columns.words and any(columns.words[n])]
        index = [n for n in words if roles[n] == BOOKKEEPING and words_of(n).startswith(
            ("index", "unnamed", "level"))]  # fmt: skip
        plain = [n for n in words if roles[n] == FEATURE]
        keys = index or (plain if len(plain) == 1 else [])
    own = [columns.path.name.removesuffix(".gz").rpartition(".")[0]] * len(columns.places)
    if not keys:
        if single:
            return [], own
        raise DataError(
            f"{columns.path} has no column 'id' (or file, name); it has {listed(columns.names)}. "
            "Write one, or name the folder if each file is one utterance."
        )
    ids = [value.strip() for value in columns.text(keys[0])]
    if all(i.lower() in UNKNOWN for i in ids) or (single and len(set(ids)) == 1):
        if single:
            return [keys[0]], own
        raise DataError(
            f"{columns.path} names no utterance: the column {keys[0]!r} holds {ids[0]!r} "
            "throughout. With openSMILE, give each file's name by -instname, or name the folder if "
            "each file is one utterance."
        )
    return [keys[0]], ids


def _id_notes(key: list[str], names: list[str]) -> list[str]:
    paths = [n for n in names if "/" in n or "\\" in n or _has_suffix(n)]
    column = " and ".join(map(repr, key))
    if not paths:
        return [] if words_of(key[0]) in ("id", "ids") else [f"Ids are those of {column}."]
    stem = paths[0].replace("\\", "/").rpartition("/")[2]
    stem = stem.rpartition(".")[0] or stem
    return [f"Ids are those of {column} ({paths[0]}); the name without folder and suffix "
            f"({stem}) finds them too."]  # fmt: skip


def _has_suffix(name: str) -> bool:
    return bool(Path(name).suffix[1:].isalpha())
