"""The column that says to which part of the split each row belongs."""

from __future__ import annotations

import re

from emobench import DataError, Table, normal_form
from emobench.datasets.manifests.columns import FILES, bare, rename, values

SPLITS = {
    "train": "train", "training": "train", "trn": "train",
    "dev": "dev", "development": "dev", "valid": "dev", "validation": "dev", "val": "dev",
    "devel": "dev", "publictest": "dev",
    "test": "test", "testing": "test", "tst": "test", "eval": "test", "evaluation": "test",
    "privatetest": "test",
}  # fmt: skip
"""The part by the normal form of its name; `publictest` and `privatetest` are FER2013's."""

SPLIT_NAMES = ("split", "partition", "subset", "set", "mode", "usage", "phase", "part")
FLAGS = {f"{before}{part}" for before in ("", "is", "in", "for") for part in SPLITS}
MOST_FOLDS = 20


def part_of(text: str) -> str:
    """The part that a word stands for (``Train``, ``val set``); empty for any other."""
    form = normal_form(text)
    short = re.sub(r"[\W_]*(?:set|split|part|data|samples)$", "", form)
    return SPLITS.get(form) or SPLITS.get(re.sub(r"[\W_]+", "", short), "")


def name_split(table: Table) -> list[str]:
    """Name the column that holds the split, by its values; return what is doubtful.

    Raises
    ------
    DataError
        Several columns could be it.
    """
    if "split" in table.header and not any(values(table, "split")):
        table.header[table.header.index("split")] = "split (empty)"
    if "split" in table.header:
        return _rivals(table)
    found = [c for c in table.header if c not in ("id", "label", "text") and _parts(table, c)]
    if len({tuple(_parts(table, c) or ()) for c in found}) > 1:
        raise DataError(
            f"{table.path}: {' and '.join(map(repr, found))} each look like the split. Rename the "
            "right one to split and remove the others."
        )
    if found:
        rename(table, found[0], "split")
        return []
    return [said for c in table.header if (said := _unread(table, c))]


def split_in_names(table: Table) -> list[str]:
    """A doubt if the folders of files, or the ids, say train and test and no column does."""
    for column in ("id", *FILES):
        if "split" in table.header or column not in table.header:
            continue
        parts = [_first_part(v) for v in values(table, column) if v]
        if parts and all(parts) and len(set(parts)) > 1:
            return [
                f"The values of {column} name {', '.join(sorted(set(parts)))}, and there is no "
                "column split, so another split is drawn: write a column split (train, dev, test)."
            ]
    return []


def _first_part(value: str) -> str:
    folders = re.split(r"[\\/]", value)[:-1] or [re.split(r"[\W_\d]", value)[0]]
    return next((p for p in map(part_of, folders) if p), "")


def _parts(table: Table, column: str) -> list[str] | None:
    """The part of each row if the column holds nothing else, and two parts at least."""
    words = values(table, column)
    parts = {w: part_of(w) for w in set(words) if w}
    if not all(parts.values()) or len(set(parts.values())) < 2:
        return None
    return [parts.get(w, "") for w in words]


def _rivals(table: Table) -> list[str]:
    given = [part_of(v) for v in values(table, "split")]
    found = []
    for column in table.header:
        parts = _parts(table, column) if column not in ("split", "id", "label", "text") else None
        differ = sum(a != b for a, b in zip(parts or given, given, strict=True))
        if differ:
            found.append(
                f"The columns 'split' and {column!r} disagree in {differ:,} rows; 'split' is "
                f"read: remove the wrong one."
            )
    return found


def _unread(table: Table, column: str) -> str:
    """What to say of a column that may be a split and cannot be read as one."""
    words = {normal_form(v) for v in values(table, column)} - {""}
    name = bare(column)
    folds = ("fold" in name or name in ("cv", "kcv")) and 1 < len(words) <= MOST_FOLDS
    if folds or (name in ("cvsplit", "foldid") and len(words) > 1):
        what = "looks like folds of a cross-validation"
    elif name in FLAGS and words <= {"0", "1", "true", "false", "yes", "no", "x"} and words:
        what = "looks like a part of the split"
    elif words and all(part_of(w) for w in words):
        what = f"names one part of the split ({', '.join(sorted(words))}) in every row"
    elif name in SPLIT_NAMES and 2 <= len(words) <= 4 and _may_be_parts(words):
        what = f"looks like the split, but holds {', '.join(sorted(words))},"
    else:
        return ""
    return (
        f"The column {column!r} {what} and is not read; another split is drawn: write a column "
        "split (train, dev, test)."
    )


def _may_be_parts(words: set[str]) -> bool:
    return any(map(part_of, words)) or words <= {"0", "1", "2", "3", "a", "b", "c"}
