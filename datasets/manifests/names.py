"""Names in several spellings, and names that stand for nobody."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import pandas as pd

from emobench import normal_form, spellings, visible_name

NOBODY = {"", "unknown", "?", "-", "--", "n/a", "na", "nan", "none", "null", "unk", "#n/a", "\\n"}
"""Normal forms of names that name nobody."""

WRITTEN_GAPS = ("nan", "NaN", "NAN", "null", "NULL", "<NA>", "<null>", "\\N", "#N/A")
"""What programs write where there is no value; people say none of these."""

UNSEEN = "\u200b\u2060\ufeff\u00ad\u200e\u200f"


SHOWN = 5
"""So many spellings or lines are named."""


def one_spelling(
    names: pd.Series, what: str, lines: pd.Series | None = None
) -> tuple[pd.Series, list[str]]:
    """Write each name in its commonest spelling, composed; say what was merged.

    With `lines`, the place of each name, it is said where the rarer spellings stand.
    """
    known = spellings(n for n in names if n)
    shown = {form: composed(found.name) for form, found in known.items()}
    merged = [f for f in known.values() if len(f.counts) > 1]
    said = []
    if merged:
        places = [_places(f.name, f.counts, names, lines) for f in merged[:SHOWN]]
        listed = "; ".join(f"{f}{p}" for f, p in zip(merged, places, strict=False))
        listed += "; …" if len(merged) > SHOWN else ""
        said = [
            f"{len(merged)} {what}{'s' * (len(merged) > 1)} written in several ways "
            f"{'were' if len(merged) > 1 else 'was'} read as one: {listed}. Write each in one way."
        ]
    return names.map(lambda n: shown[normal_form(n)] if n else ""), said


def _places(usual: str, counts: Iterable[str], names: pd.Series, lines: pd.Series | None) -> str:
    """Say where the spellings beside the usual one stand, if that is known."""
    if lines is None:
        return ""
    rarer = names.isin([name for name in counts if name != usual])
    return f" in {some_lines(lines[rarer.to_numpy()])}"


def some_lines(lines: pd.Series) -> str:
    """The first places, of which each is written as ``line 3``."""
    return ", ".join(lines[:SHOWN]) + (", …" if len(lines) > SHOWN else "")


def composed(name: str) -> str:
    """The name in NFC, with single blanks and without letters that cannot be seen."""
    text = "".join(c for c in unicodedata.normalize("NFC", name) if c not in UNSEEN)
    return " ".join(text.split())


def without_gaps(cells: pd.Series, lines: pd.Series, what: str) -> tuple[pd.Series, list[str]]:
    """Empty the cells in which a program wrote that there is no value; say how many."""
    gap = cells.isin(set(WRITTEN_GAPS))
    if not gap.any():
        return cells, []
    words = ", ".join(map(repr, sorted(set(cells[gap]))))
    shown = ", ".join(lines[gap][:5]) + (", …" if gap.sum() > 5 else "")
    return cells.where(~gap, ""), [
        f"The column {what} has {words} in {int(gap.sum()):,} rows ({shown}), which counts as "
        "empty: leave the cell empty, or write the value."
    ]


def without_nobody(names: pd.Series, what: str) -> tuple[pd.Series, list[str]]:
    """Empty the names that stand for no one (``unknown``, ``?``); say how many."""
    nobody = names.map(lambda n: normal_form(n) in NOBODY)
    count = int((nobody & (names != "")).sum())
    if not count:
        return names, []
    words = ", ".join(map(repr, sorted(set(names[nobody]) - {""})))
    return names.where(~nobody, ""), [
        f"{count:,} rows have {words} as {what}, which names nobody: each counts as a {what} of "
        "its own. Write who it is where you know."
    ]


def id_form(name: str) -> str:
    """The form under which two ids are one: case differs in a video site's ids, and is kept."""
    text = "".join(
        c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf"
    )
    return re.sub(r"^0*(\d+)\.0*$", r"\1", " ".join(text.split()))


def near_ids(table: pd.DataFrame) -> list[str]:
    """A doubt on ids that differ in spelling alone, with their lines."""
    forms = table["id"].map(normal_form)
    twice = table[forms.duplicated(keep=False)]
    if twice.empty:
        return []
    pair = twice[forms[twice.index] == forms[twice.index[0]]]
    listed = " and ".join(
        f"{visible_name(n)} ({line})" for n, line in zip(pair["id"], pair["line"], strict=True)
    )
    return [
        f"{len(twice):,} ids differ from others in spelling alone, such as {listed}, and count as "
        "different utterances: remove repeated rows if they are the same."
    ]
