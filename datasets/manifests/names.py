"""Names in several spellings, and names that stand for nobody."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import pandas as pd

from emobench import normal_form, spellings

NOBODY = {"", "unknown", "?", "-", "--", "n/a", "na", "nan", "none", "null", "unk", "#n/a", "\\n"}


def one_spelling(names: pd.Series, what: str) -> tuple[pd.Series, list[str]]:
    """Write each name in its commonest spelling, composed; say what was merged."""
    known = spellings(n for n in names if n)
    shown = {form: composed(found.name) for form, found in known.items()}
    merged = [f for f in known.values() if len(f.counts) > 1]
    said = []
    if merged:
        listed = "; ".join(map(str, merged[:5])) + ("; …" if len(merged) > 5 else "")
        said = [
            f"{len(merged)} {what}{'s' * (len(merged) > 1)} written in several ways "
            f"{'were' if len(merged) > 1 else 'was'} read as one: {listed}. Write each in one way."
        ]
    return names.map(lambda n: shown[normal_form(n)] if n else ""), said


def composed(name: str) -> str:
    """The name in NFC, with single blanks."""
    return " ".join(unicodedata.normalize("NFC", name).split())


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
    return re.sub(r"^(\d+)\.0*$", r"\1", composed(name))


def near_ids(ids: Iterable[str]) -> list[str]:
    """A doubt on ids that differ in spelling alone."""
    twice = [f for f in spellings(ids).values() if len(f.counts) > 1]
    if not twice:
        return []
    listed = ", ".join(map(repr, twice[0].counts))
    return [
        f"{len(twice):,} ids differ from others in spelling alone ({listed}) and count as "
        "different utterances: remove repeated rows if they are the same."
    ]
