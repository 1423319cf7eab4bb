"""What the rows of a manifest have in common: files, parts of the split, widths of features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from emobench import DataError, array_shape
from emobench.datasets.manifests.rows import FILES

Values = TypeVar("Values", bound=np.ndarray)


def segment(values: Values, row: pd.Series, rate: float) -> Values:
    """The part of `values` between the row's ``start`` and ``end``, in seconds; at least one."""
    start, end = row.get("start", ""), row.get("end", "")
    first = round(float(start) * rate) if start else 0
    first = min(first, max(len(values) - 1, 0))
    last = max(round(float(end) * rate), first + 1) if end else len(values)
    return values[first:last]  # type: ignore[return-value]


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
    for column in FILES:
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


def one_sided(
    table: pd.DataFrame, classes: tuple[str, ...], names: Callable[[str], list[str]]
) -> list[str]:
    """A doubt on classes that train or test lacks."""
    parts = {p: {n for t in table["label"][table["split"] == p] for n in names(t)}
             for p in ("train", "test")}  # fmt: skip
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
    for column in (c for c in FILES if c.endswith("_features")):
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


def _shape(path: Path) -> tuple[int, int] | None:
    """``(T, D)`` of a file of features; None if it holds nothing of the kind."""
    try:
        shape = array_shape(path)
    except DataError:
        return None  # the row is named where its features are read
    return shape if shape[0] else None
