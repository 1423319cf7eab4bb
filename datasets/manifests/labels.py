"""Cells of the column ``label`` that hold no single class."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from emobench import DataError, normal_form

GAPS = {
    "", "nan", "null", "nil", "n/a", "n.a.", "na", "#n/a", "#na", "<na>", "<none>", "<null>",
    "(null)", "(empty)", "[]", "{}", "-", "--", "\u2013", "\u2014", "?", "??", ".", "..",
    "...", "_", "*", "\\n", "#value!", "#ref!", "#name?", "#div/0!",
    "unlabeled", "unlabelled", "missing",
}  # fmt: skip
"""Normal forms of cells that say that there is no label."""

UNSURE = {"unknown", "unk", "xxx", "undefined", "undecided", "tbd", "todo", "none", "other label"}
"""Normal forms of cells that are a class, or say that there is none."""

STRONG = re.compile(r"\s*[,;/+&\\\n\u3001\uff0c\uff1b]\s*|\s+(?:and|or|und|oder|vs\.?)\s+")
WEAK = re.compile(r"[\s_\-.:]+")
SOFT = re.compile(
    r"[^\W\d]\w*[\"']?\s*[:=]\s*\d*[.,]?\d+|[^\W\d]\w*\s*\(?\s*(?:0?\.\d+|1\.0+|\d+\s*%)"
    r"|(?:\b0?\.\d+|\d\s*%)\s*\*?\s*[^\W\d]"
)
LONGEST_LABEL = 1000
"""Characters that the name of a class can have."""
MOST_CLASSES = 20
"""More whole numbers than this are measurements."""


def gaps(labels: pd.Series, given: tuple[str, ...]) -> pd.Series:
    """Whether each cell says that there is no label, unless that is a class of `given`.

    ``None`` is a gap if it is written in another case than the other labels, as programs do.
    """
    classes = {normal_form(g) for g in given}
    words = {text: normal_form(text) for text in labels.unique()}
    empty = {text for text, form in words.items() if form in GAPS - classes}
    nones = {text for text, form in words.items() if form == "none"}
    others = [text for text in words if text not in empty | nones]
    if "none" not in classes and others:
        empty |= {n for n in nones if _case(n) not in {_case(o) for o in others}}
    return labels.isin(empty)


def refuse_other_values(labels: pd.Series, given: tuple[str, ...], path: Path) -> list[str]:
    """Raise if cells hold measurements, lists, weights or sentences; return what is doubtful.

    `labels` has no gaps; what is among the classes `given` is a class.
    """
    counts = Counter(labels[~labels.isin(given)])
    if long := next((c for c in counts if len(c) > LONGEST_LABEL), None):
        raise DataError(
            f"{path} has a label of {len(long):,} characters, {long[:60]!r}…; no class is called "
            "like that: are two columns swapped?"
        )
    _refuse_numbers(counts, path)
    soft = [c for c in counts if SOFT.search(c) or _weights(c)]
    if soft:
        raise DataError(
            f"{path}: {_rows(counts, soft)} give classes with weights ({soft[0]!r}), which is not "
            "read: write the strongest class, or all that hold as a|b, or list the cell in "
            "classes= if it is one class."
        )
    lists = [c for c in counts if c[:1] in "[{(" and c[-1:] in "]})"] or _lists(counts, given)
    if lists:
        raise DataError(
            f"{path}: {_rows(counts, lists)} look like lists of classes ({lists[0]!r}). Write "
            "them as a|b (multilabel=true), or list the cell in classes= if it is one class."
        )
    number = counts.total()
    if number >= 20 and len({normal_form(c) for c in counts}) > 0.8 * number:
        raise DataError(
            f"{path} has {len(counts):,} labels in {number:,} rows, such as "
            f"{next(iter(counts))[:60]!r}: are two columns swapped? List them in classes= if "
            "they are meant."
        )
    return _doubts(counts)


def _refuse_numbers(counts: Counter[str], path: Path) -> None:
    known = [n for n in map(_number, counts) if n is not None]
    odd = any(not n.is_integer() for n in known) or len(set(known)) > MOST_CLASSES
    if odd and len(known) > len(counts) / 2:
        raise DataError(
            f"{path}: the labels look like numbers (valence, sentiment), not classes: "
            f"{_listed(list(counts))}. Put them into bins and write the bin's name, or list them "
            "in classes=, joined by |, if they are meant as classes. If another column names the "
            "classes, call that one label."
        )


def _doubts(counts: Counter[str]) -> list[str]:
    """What is read as a class and may be none."""
    found = []
    joined = [c for c in counts if len([p for p in STRONG.split(c) if p]) > 1]
    if joined:
        found.append(
            f"{_listed(joined)} {'is' if len(joined) == 1 else 'are each'} read as one class "
            f"({_rows(counts, joined)}): write a|b with multilabel=true where several classes hold."
        )
    numbers = {c: n for c in counts if (n := _number(c)) is not None}
    if numbers and len(numbers) < len(counts):
        found.append(
            f"{_listed(list(numbers))} beside words {'is' if len(numbers) == 1 else 'are'} read as "
            f"a class ({_rows(counts, numbers)}): write the classes' names."
        )
    elif numbers and (
        min(numbers.values()) < 0
        or max(numbers.values()) - min(numbers.values()) + 1 > 2 * len(set(numbers.values()))
    ):
        found.append(
            f"The labels {_listed(sorted(numbers, key=lambda c: numbers[c]))} are read as classes "
            "without an order: if they measure something, put them into bins with names."
        )
    unsure = [c for c in counts if normal_form(c) in UNSURE | GAPS]
    if unsure:
        found.append(
            f"{_listed(unsure)} {'is' if len(unsure) == 1 else 'are'} read as a class "
            f"({_rows(counts, unsure)}): leave the cell empty where there is no label."
        )
    return found


def _case(text: str) -> str:
    if text.isupper():
        return "upper"
    return "title" if text[:1].isupper() else "lower"


def _lists(counts: Counter[str], given: tuple[str, ...]) -> list[str]:
    """Cells of several parts, each of which occurs in another cell too, or is a class."""
    parts = {c: [normal_form(p) for p in STRONG.split(c) if p] for c in counts}
    cells = Counter(p for c in parts for p in set(parts[c]))
    cells.update({normal_form(g): 2 for g in given})
    found = [c for c in counts if len(parts[c]) > 1 and all(cells[p] > 1 for p in parts[c])]
    whole = {normal_form(c) for c in (*counts, *given)}
    words = {c: [normal_form(p) for p in WEAK.split(c) if p] for c in counts}
    return found or [
        c for c in counts
        if len(words[c]) > 1 and len(set(words[c])) > 1 and not _number(c)
        and set(words[c]) <= whole and not all(w.isdigit() for w in words[c])
    ]  # fmt: skip


def _weights(text: str) -> bool:
    """Whether a cell holds nothing but several numbers."""
    parts = [p for p in re.split(r"[\s,;|/\[\]()]+", text) if p]
    return len(parts) > 1 and all(_number(p) is not None for p in parts) and _number(text) is None


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", ".").removesuffix("%"))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names[:5])) + (", …" if len(names) > 5 else "")


def _rows(counts: Counter[str], cells: Iterable[str]) -> str:
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
