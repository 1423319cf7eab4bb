"""The labels of a manifest's rows: which rows have one, in which spelling, of which classes."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from emobench import DataError, normal_form, spellings
from emobench.datasets.manifests.labels import gaps, left_out, refuse_other_values, synonyms
from emobench.datasets.manifests.names import composed, one_spelling, some_lines
from emobench.datasets.manifests.rows import errors

SEPARATOR = "|"
LIKE, SLIP = 0.6, 0.8
"""Similarity from which a name is suggested, and from which two classes look the same."""


@dataclass(frozen=True)
class Labels:
    """The rows that have a label, and what is known of their classes."""

    table: pd.DataFrame
    classes: tuple[str, ...]
    several: bool
    """Whether an utterance can have several classes."""
    doubts: list[str]


def names_in(text: str) -> list[str]:
    """The classes that a cell names."""
    return [name.strip() for name in text.split(SEPARATOR) if name.strip()]


def read_labels(table: pd.DataFrame, given: tuple[str, ...], several: bool, path: Path) -> Labels:
    """Leave out the rows without a label, and write each label in one spelling.

    Parameters
    ----------
    table
        The rows.
    given
        The classes in their order, if the user named them.
    several
        Whether an utterance can have several classes; it can if a cell names two.
    path
        The manifest, for messages.

    Raises
    ------
    DataError
        Cells are no class, or there are fewer than two classes.
    """
    several = several or bool(table["label"].map(lambda text: len(names_in(text)) > 1).any())
    table, doubts = _with_label(table, given, several, path)
    parts = table["label"].map(names_in) if several else table["label"].map(lambda n: [n])
    chosen = pd.Series([n for names in parts for n in names], dtype=object)
    lines = pd.Series(
        [line for line, names in zip(table["line"], parts, strict=True) for _ in names],
        dtype=object,
    )
    shown = _shown(chosen, given)
    declared = Counter(map(normal_form, given))
    apart = chosen.map(lambda n: n in given and declared[normal_form(n)] > 1).astype(bool)
    doubts += one_spelling(chosen[~apart], "label", lines[~apart])[1]
    doubts += refuse_other_values(chosen.map(shown), given, path)
    table["label"] = [SEPARATOR.join(shown[n] for n in names) for names in parts]
    classes = _classes(table, given, several, path)
    if several:
        order = {name: i for i, name in enumerate(classes)}
        table["label"] = [
            SEPARATOR.join(sorted(set(names_in(text)), key=order.__getitem__))
            for text in table["label"]
        ]
    return Labels(table, classes, several, doubts + _slips(classes, chosen.map(shown), lines))


def _shown(chosen: pd.Series, given: tuple[str, ...]) -> dict[str, str]:
    """The spelling of each name: as the user declared it, else the commonest one."""
    forms = {form: composed(s.name) for form, s in spellings(chosen).items()}
    forms |= {normal_form(g): g for g in given}
    return {n: n if n in given else forms[normal_form(n)] for n in chosen.unique()}


def _with_label(
    table: pd.DataFrame, given: tuple[str, ...], several: bool, path: Path
) -> tuple[pd.DataFrame, list[str]]:
    absent = gaps(table["label"], given)
    if several:
        absent &= table["label"] != ""  # no class holds
    if not absent.any():
        return table.copy(), []
    if absent.all():
        raise DataError(f"No row of {path} has a label.")
    lines, cells = list(table["line"][absent]), set(table["label"][absent])
    return table[~absent].copy(), [left_out(lines, cells, path)]


def _classes(
    table: pd.DataFrame, given: tuple[str, ...], several: bool, path: Path
) -> tuple[str, ...]:
    """The classes, after a check of every label."""
    found: set[str] = set()
    wrong: list[str] = []
    for line, label in zip(table["line"], table["label"], strict=True):
        names = names_in(label) if several else [label]
        found.update(names)
        if SEPARATOR in label and not several:
            wrong.append(f"{line}: a stray {SEPARATOR} in {label!r}")
        unknown = [n for n in names if given and n not in given]
        wrong += [f"{line}: unknown label {n!r}{_like(n, given)}" for n in unknown]
    if wrong:
        known = f" Known: {', '.join(given)}." if given else ""
        listed = "\n  ".join(wrong)
        raise DataError(f"{path} has {errors(len(wrong))}.{known}\n  {listed}")
    classes = given or tuple(sorted(found - {""}))
    if len(classes) < 2:
        raise DataError(
            f"{path} has {len(classes)} class{'es' if len(classes) != 1 else ''} "
            f"({', '.join(classes) or 'no label at all'}); two at least are needed."
        )
    return classes


def _slips(classes: tuple[str, ...], labels: pd.Series, lines: pd.Series) -> list[str]:
    """Classes that look alike, or are words for one emotion; where the rarer ones stand.

    `labels` and `lines` have an item for each class of each row.
    """
    pairs = set(synonyms(classes))
    for name in classes:
        others = {normal_form(c): c for c in classes if c > name}
        close = difflib.get_close_matches(normal_form(name), others, 3, SLIP)
        near = [others[form] for form in close]
        if near and not any({name, *near} <= set(p) for p in pairs):
            pairs.add((name, *near))
    counts = Counter(labels)
    return [
        f"{' and '.join(map(repr, pair))} are different classes; is one a slip of the pen? "
        f"Write them in one way if they are one{_where(pair, counts, labels, lines)}."
        for pair in sorted(pairs)
    ]


def _where(
    names: Sequence[str], counts: Mapping[str, int], labels: pd.Series, lines: pd.Series
) -> str:
    """Say where the rarer of some classes stand."""
    rarer = sorted((n for n in names if n in counts), key=lambda n: -counts[n])[1:]
    said = [f"{n!r} is in {some_lines(lines[(labels == n).to_numpy()])}" for n in rarer]
    return f" ({'; '.join(said)})" if said else ""


def _like(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, [k for k in known if k != name], 1, LIKE)
    return f" (did you mean {near[0]!r}?)" if near else ""
