"""Cells of the column ``label`` that hold no single class."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pandas as pd

from emobench import DataError, normal_form

GAPS = {"", "nan", "null", "n/a", "na", "#n/a", "-", "--", "?", "\\n", "<na>", "#na"}
"""Normal forms of cells that say that there is no label."""

SEPARATORS = re.compile(r"\s*[,;/+&]\s*")
SOFT = re.compile(r"[^\W\d]\w*[\"']?\s*[:=]\s*\d*\.?\d+")
MOST_CLASSES = 20
"""More whole numbers than this are measurements."""


def gaps(labels: pd.Series, given: tuple[str, ...]) -> pd.Series:
    """Whether each cell says that there is no label, unless that is a class of `given`."""
    classes = {normal_form(g) for g in given}
    words = GAPS - classes
    found = labels.map(lambda text: normal_form(text) in words)
    # Python writes None for a gap; a corpus that has a class of this name writes all like it.
    others = [n for n in labels[~found] if n != "None"]
    if "none" not in classes and others and not all(n[:1].isupper() for n in others):
        found |= labels == "None"
    return found


def refuse_other_values(labels: pd.Series, path: Path) -> None:
    """Raise if cells hold measurements, lists, weights or sentences; `labels` has no gaps."""
    counts = Counter(labels)
    numbers = [_number(text) for text in counts]
    known = [n for n in numbers if n is not None]
    odd = any(n < 0 or not n.is_integer() for n in known) or len(set(known)) > MOST_CLASSES
    if odd and len(known) > len(counts) / 2:
        raise DataError(
            f"{path}: the labels look like numbers (valence, sentiment), not classes: "
            f"{_listed(list(counts))}. Put them into bins and write the bin's name, or list them "
            "in classes=, joined by |, if they are meant as classes."
        )
    soft = [c for c in counts if SOFT.search(c)]
    if soft:
        raise DataError(
            f"{path}: {_rows(counts, soft)} give classes with weights ({soft[0]!r}), which is not "
            "read: write the strongest class, or all that hold as a|b."
        )
    lists = [c for c in counts if c[:1] in "[{(" and c[-1:] in "]})"] or _lists(counts)
    if lists:
        raise DataError(
            f"{path}: {_rows(counts, lists)} look like lists of classes ({lists[0]!r}). Write "
            "them as a|b (multilabel=true), or list the cell in classes= if it is one class."
        )
    if len(labels) >= 20 and len({normal_form(c) for c in counts}) > 0.8 * len(labels):
        raise DataError(
            f"{path} has {len(counts):,} labels in {len(labels):,} rows, such as "
            f"{next(iter(counts))[:60]!r}: are two columns swapped? List them in classes= if "
            "they are meant."
        )


def _lists(counts: Counter[str]) -> list[str]:
    """Cells of several parts, each of which occurs in another cell too."""
    parts = {c: [normal_form(p) for p in SEPARATORS.split(c) if p] for c in counts}
    cells = Counter(p for c in parts for p in set(parts[c]))
    return [c for c in counts if len(parts[c]) > 1 and all(cells[p] > 1 for p in parts[c])]


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names[:5])) + (", …" if len(names) > 5 else "")


def _rows(counts: Counter[str], cells: list[str]) -> str:
    number = sum(counts[c] for c in cells)
    return f"the labels of {number:,} row{'s' * (number != 1)}"


def left_out(lines: list[str], cells: set[str], path: Path) -> str:
    """The doubt on rows without a label."""
    shown = ", ".join(lines[:10]) + (", …" if len(lines) > 10 else "")
    words = ", ".join(sorted(repr(c) if c else "empty" for c in cells))
    return (
        f"{len(lines):,} row{'s' * (len(lines) != 1)} of {path.name} without a label ({words}) "
        f"{'were' if len(lines) != 1 else 'was'} left out: {shown}. Write the label, or list the "
        "word in classes= if it is a class."
    )


SAME = (
    ("sad", "sadness"), ("happy", "happiness", "joy", "joyful"), ("angry", "anger", "mad"),
    ("fear", "fearful", "afraid", "scared"), ("disgust", "disgusted"),
    ("surprise", "surprised"), ("neutral", "calm", "no emotion"), ("contempt", "contemptuous"),
)  # fmt: skip
"""Words for one emotion."""


def synonyms(classes: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Classes that are words for one emotion; ``neutral`` and ``calm`` often stand apart."""
    forms = {c: normal_form(c) for c in classes}
    found = (tuple(c for c in classes if forms[c] in words) for words in SAME)
    return [f for f in found if len(f) > 1 and {forms[c] for c in f} != {"neutral", "calm"}]
