"""Rows and columns that are read, and may not be what they are read as."""

from __future__ import annotations

import pandas as pd

from emobench import normal_form
from emobench.datasets.manifests.columns import FILES

REFUSED = {
    "reject", "rejected", "ignore", "ignored", "exclude", "excluded", "discard", "discarded",
    "invalid", "skip", "skipped", "unusable",
}  # fmt: skip
"""Words by which people and tools (Prodigy, Label Studio) mark rows that do not count."""

MOST_MARKS = 6
SHOWN = 5
WORDS = 3
"""A text of so many words is said once by chance; ``Yes`` is said by many, in many moods."""
SHARE = 0.05
NAME = 20
"""Letters of the longest name of a person."""


def without_content(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Leave out the few rows with a label and nothing to read, such as a line of totals.

    Where many rows have nothing, their modality is absent, and that is said elsewhere.
    """
    empty = (table[["text", *FILES]] == "").all(axis=1) & (table["label"] != "")
    if not empty.any() or empty.mean() > SHARE:
        return table, []
    lines = table["line"][empty]
    return table[~empty].copy(), [
        f"{len(lines):,} row{'s' * (len(lines) > 1)} with a label and neither text nor a file "
        f"{'were' if len(lines) > 1 else 'was'} left out ({_some(lines)}): remove "
        f"{'them' if len(lines) > 1 else 'it'} if that is right, as it is of a line of totals."
    ]


def marked_rows(table: pd.DataFrame, unread: list[str]) -> list[str]:
    """A doubt on each column that marks rows as refused, which are read all the same."""
    found = []
    for column in unread:
        words = table[column].fillna("").map(normal_form)
        refused = words.isin(REFUSED)
        if refused.any() and words.nunique() <= MOST_MARKS:
            named = ", ".join(sorted(set(table[column][refused])))
            found.append(
                f"The column {column!r} says {named} in {int(refused.sum()):,} rows "
                f"({_some(table['line'][refused])}), which are read all the same: remove these "
                "rows, or the column."
            )
    return found


def contradicting_texts(table: pd.DataFrame) -> list[str]:
    """A doubt if many texts, where a row has nothing else, stand in rows of different labels."""
    alone = table[(table[list(FILES)] == "").all(axis=1) & (table["text"] != "")]
    if alone.empty:
        return []
    forms = alone["text"].map(normal_form)
    long = forms.map(lambda t: len(t.split()) >= WORDS)
    labels = alone[long].groupby(forms[long])["label"].nunique()
    several = labels[labels > 1].index
    rows = alone[forms.isin(several)]
    if len(rows) <= SHARE * len(table):
        return []
    return [
        f"{len(several):,} texts stand in several rows with different labels ({len(rows):,} rows: "
        f"{_some(rows['line'])}): a row is one utterance. If they are the votes of raters, write "
        "one row with the label that you decide on; if they are corrections, keep the last."
    ]


def nameless_rows(table: pd.DataFrame, named: pd.Series) -> list[str]:
    """A doubt if some rows name their speaker and others do not; `named`: which have any word.

    A row that has nothing else either, such as a line of totals, is not counted.
    """
    filled = (table[["text", *FILES]] != "").any(axis=1)
    nobody = ~named & (filled | (not filled.any()))
    if not nobody.any() or nobody.all():
        return []
    lines = table["line"][nobody]
    return [
        f"{len(lines):,} of {len(table):,} rows name no speaker ({_some(lines)}), so one person "
        "can be in both train and test: write the name in every row, also where it stands once "
        "above several."
    ]


def people_unread(table: pd.DataFrame, unread: list[str]) -> list[str]:
    """A doubt if no column names speakers and one that is not read may."""
    if (table["speaker"] != "").any():
        return []
    found = [c for c in unread if _names_people(table[c].fillna("").str.strip())]
    if not found:
        return []
    kinds = f"{table[found[0]].nunique():,} values in {len(table):,} rows"
    return [
        f"No column names the speakers, and {', '.join(map(repr, found[:SHOWN]))} ({kinds}) may: "
        "call it speaker, so that one person is not in both train and test, or remove it."
    ]


def _names_people(names: pd.Series) -> bool:
    """Whether values look like names or codes of people who speak several times each."""
    counts = names[names != ""].value_counts()
    if not 5 <= len(counts) <= len(names) / 3 or (names == "").mean() > 0.1:
        return False
    codes = [n for n in counts.index if any(map(str.isalpha, n)) and len(n) <= NAME]
    return len(codes) == len(counts)


def _some(lines: pd.Series) -> str:
    return ", ".join(lines[:SHOWN]) + (", …" if len(lines) > SHOWN else "")
