"""What the rows of a manifest have in common: files, parts of the split, widths of features."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd

from emobench import DataError, array_shape, normal_form
from emobench.datasets.manifests.classes import names_in
from emobench.datasets.manifests.columns import FILES

FEW = 10
"""Fewer texts than this may well be the same."""


def keep_together(table: pd.DataFrame) -> None:
    """Fill ``speaker`` and ``group`` in place: rows of one file stay together."""
    file = table["video"].where(table["video"] != "", table["audio"])
    shared = (file != "") & file.duplicated(keep=False)
    alone = table["id"].where(~shared, file).map("alone {}".format)
    table["speaker"] = table["speaker"].where(table["speaker"] != "", alone)
    table["group"] = table["group"].where(table["group"] != "", table["speaker"])


def shared_files(table: pd.DataFrame) -> list[str]:
    """A doubt for each column whose files serve utterances of different labels."""
    found = []
    for column in _filled(table):
        named = table[table[column] != ""]
        times = ["start", "end"] if column in ("audio", "video") else []
        labels = named.groupby([column, *times])["label"].nunique()
        several = labels[labels > 1]
        if len(several):
            first = several.index[0][0] if times else several.index[0]
            found.append(
                f"{len(several):,} files in the column {column} serve utterances of different "
                f"labels, which hear or see the same ({first}): name the segments by columns "
                "start and end in seconds, or remove the wrong rows."
            )
    return found


def one_sided(table: pd.DataFrame, classes: tuple[str, ...]) -> list[str]:
    """A doubt on classes that train or test lacks."""
    parts = {p: {n for t in table["label"][table["split"] == p] for n in names_in(t)}
             for p in ("train", "test")}  # fmt: skip
    if empty := [part for part in parts if not (table["split"] == part).any()]:
        return [
            f"The column split has no row for {' and '.join(empty)}, without which nothing can be "
            "learned and tested: add such rows, or remove the column, and a split is drawn."
        ]
    found = []
    for part, other in (("train", "test"), ("test", "train")):
        absent = [c for c in classes if c not in parts[part] and c in parts[other]]
        if absent:
            found.append(
                f"No {part} utterance has the class {', '.join(map(repr, absent))}, which {other} "
                "has: move rows, or merge the class with another."
            )
    return found


def refuse_widths(table: pd.DataFrame, home: Path, path: Path) -> None:
    """Raise if the features of rows have different numbers of features."""
    for column in (c for c in _filled(table) if c.endswith("_features")):
        named = table[table[column] != ""]
        shapes = {i: _shape(home / n) for i, n in named[column].items()}
        known = {i: s for i, s in shapes.items() if s}
        widths = Counter(s[1] for s in known.values())
        if len(widths) < 2:
            continue
        usual = widths.most_common(1)[0][0]
        other = [str(table.at[i, "id"]) for i, s in known.items() if s[1] != usual]
        heights = {s[0] for s in known.values()}
        hint = "[T, D] is wanted"
        if len(heights) == 1:
            hint += f", and all have {heights.pop()} rows: is it transposed?"
        else:
            hint += "; is it transposed?"
        raise DataError(
            f"{path}: {column} of {len(other):,} of {len(known):,} rows have another number of "
            f"features than {usual}: {', '.join(other[:5])}{', …' if other[5:] else ''}; {hint}"
        )


def shared_by_parts(table: pd.DataFrame) -> list[str]:
    """Doubts on people and files that a given split has in both train and test."""
    train, test = (table[table["split"] == part] for part in ("train", "test"))
    found = []
    if train.empty or test.empty:
        return []
    people = set(train["speaker"]) & set(test["speaker"]) - {""}
    if people:
        count = int(test["speaker"].isin(people).sum())
        found.append(
            f"{len(people):,} speakers are in both train and test ({_some(people)}), with "
            f"{count:,} of {len(test):,} test utterances: scores say little of new people."
        )
    for column in _filled(table):
        times = ["start", "end"] if column in ("audio", "video") else []
        named = [part[part[column] != ""] for part in (train, test)]
        keys = [set(map(tuple, part[[column, *times]].to_numpy())) for part in named]
        if both := keys[0] & keys[1]:
            found.append(
                f"{len(both):,} files in the column {column} are in both train and test, such as "
                f"{min(both)[0]}: the test was seen in training; remove these rows from one."
            )
    known = set(map(normal_form, train["text"])) - {""}
    copied = int(test["text"].map(lambda t: normal_form(t) in known).sum())
    if copied > len(test) / 2:
        found.append(
            f"{copied:,} of {len(test):,} test texts stand in train too, word for word: is the "
            "split right?"
        )
    return found


def poor_texts(table: pd.DataFrame) -> list[str]:
    """Doubts on texts most of which are empty or the same."""
    texts = table["text"][table["text"] != ""]
    if texts.empty:
        return []
    found = []
    if len(texts) < len(table) / 2:
        found.append(
            f"{len(table) - len(texts):,} of {len(table):,} rows have no text, which counts as "
            "absent there: is the column right?"
        )
    text, count = Counter(texts).most_common(1)[0]
    if len(texts) >= FEW and count > len(texts) / 2:
        found.append(
            f"{count:,} of {len(texts):,} texts are the same ({text[:40]!r}): is the column right?"
        )
    return found


def _filled(table: pd.DataFrame) -> list[str]:
    """The columns of files in which a row has any."""
    return [column for column in FILES if any(table[column])]


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:3]) + (", …" if len(names) > 3 else "")


def _shape(path: Path) -> tuple[int, int] | None:
    """``(T, D)`` of a file of features; None if it holds nothing, or cannot be read."""
    try:
        shape = array_shape(path)
    except DataError:
        return None  # the row is named where its features are read
    return shape if shape[0] else None
