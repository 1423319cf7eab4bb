"""The common class of each label of a manifest, as declared by its owner."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from emobench import CANONICAL, DataError, NameIndex, normal_form, read_table
from emobench.datasets.manifests.rows import errors

COLUMNS = ("label", "canonical")
LIKE = 0.6
"""Similarity from which a name is suggested."""


def label_map(text: str, home: Path, classes: tuple[str, ...]) -> dict[str, str]:
    """Class to common class, in the order of `classes`.

    Parameters
    ----------
    text
        ``Ärger=angry|Freude=happy``, or a file with the columns ``label`` and ``canonical``: as
        typed, or beside the manifest. An empty ``canonical`` says that there is no counterpart.
    home
        The manifest's folder.
    classes
        The manifest's classes.

    Raises
    ------
    DataError
        A file is absent or unreadable, a label or a common class is unknown, or a label is
        repeated; every wrong entry is named.
    """
    path = map_file(text, home)
    where = str(path) if path else f"canonical={text}"
    pairs = _read(path) if path else _typed_pairs(text)
    found: dict[str, str] = {}
    wrong = []
    index, commons = NameIndex(classes), NameIndex(CANONICAL)
    for place, written, meant in pairs:
        label, common = index.find(written) or written, commons.find(meant) or meant
        problems = []
        if label not in classes:
            problems.append(f"no utterance has the label {label!r}{_suggestion(label, classes)}")
        if label in found:
            problems.append(f"{label!r} is mapped there already")
        if common and common not in CANONICAL:
            problems.append(f"unknown common class {common!r}{_suggestion(common, CANONICAL)}")
        wrong += [f"{place}: {problem}" for problem in problems]
        found.setdefault(label, common)
    if wrong:
        listed = "\n  ".join(wrong)
        raise DataError(
            f"{where} has {errors(len(wrong))}. Labels: {', '.join(classes)}. Common classes: "
            f"{', '.join(CANONICAL)}.\n  {listed}"
        )
    return {c: found[c] for c in classes if found.get(c)}


def guessed(classes: tuple[str, ...]) -> dict[str, str]:
    """Classes with the name of a common class, whatever their spelling."""
    return {c: normal_form(c) for c in classes if normal_form(c) in CANONICAL}


def map_file(text: str, home: Path) -> Path | None:
    """The file that `text` names, or None if it holds the pairs themselves.

    Raises
    ------
    DataError
        It does neither.
    """
    for path in (Path(text), home / text):
        if len(text) < 256 and path.is_file():
            return path
    if "=" in text:
        return None
    raise DataError(
        f"canonical={text}: there is no such file, neither here nor beside the manifest. Name a "
        "CSV with the columns label and canonical, or write canonical=LABEL=COMMON|LABEL=COMMON."
    )


def _typed_pairs(text: str) -> list[tuple[str, str, str]]:
    """Place, label and common class of each pair."""
    pairs = []
    for word in text.split("|"):
        label, _, common = word.rpartition("=")
        pairs.append((word.strip(), label.strip(), common.strip()))
    return pairs


def _read(path: Path) -> list[tuple[str, str, str]]:
    """Place, label and common class of each row."""
    table = read_table(path)
    if absent := [c for c in COLUMNS if c not in table.header]:
        raise DataError(
            f"{path} lacks the column {' and '.join(map(repr, absent))}; it has "
            f"{', '.join(table.header) or 'no header'}."
        )
    label, common = map(table.header.index, COLUMNS)
    return [
        (place, row[label].strip(), row[common].strip())
        for place, row in zip(table.places, table.rows, strict=True)
    ]


def _suggestion(name: str, known: Iterable[str]) -> str:
    written = {k.lower(): k for k in known}
    near = difflib.get_close_matches(name.lower(), written, 1, LIKE)
    return f" (did you mean {written[near[0]]!r}?)" if near else ""
