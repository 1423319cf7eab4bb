"""Finds whose features are whose, where ids are written in two ways or are paths of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from emobench.intake.formats.kind import BY_SUFFIX
from emobench.intake.tables.folders.media_columns import SUFFIXES
from emobench.normal_form import normal_form, visible_name
from emobench.wording import and_more, counted

_SHOWN = 3
_FILES = frozenset(BY_SUFFIX) | {s for kinds in SUFFIXES.values() for s in kinds.split()}

Parts = tuple[str, ...]


@dataclass(frozen=True)
class IdMatch:
    """Which features are an utterance's.

    Parameters
    ----------
    found
        Id of an utterance to the id of its features; no features serve two utterances.
    notes
        Sentences on ids that are written in another way.
    doubts
        Sentences on ids that could mean several, which are not used.
    """

    found: dict[str, str]
    notes: tuple[str, ...]
    doubts: tuple[str, ...]


def match_ids(wanted: Iterable[str], known: Iterable[str]) -> IdMatch:
    """Match ids of utterances with ids of features.

    As written first; then by normal form (`emobench.normal_form`); then as paths, without suffix
    and as far as both name folders: ``u1`` is ``clips/u1.wav``, and ``a/u1`` is not ``b/u1``; then
    with other marks between the parts of an id.

    Parameters
    ----------
    wanted
        Ids of utterances.
    known
        Ids of features.
    """
    asked, there = list(dict.fromkeys(wanted)), dict.fromkeys(known)
    found = {name: name for name in asked if name in there}
    notes: list[str] = []
    doubts: list[str] = []
    ways: tuple[tuple[str, Callable[[str, str], bool], Callable[[str], str]], ...] = (
        ("in another spelling", lambda a, b: True, normal_form),
        ("by the name of a file", _same_path, lambda name: _parts(name)[-1]),
        ("with other marks between its parts", lambda a, b: True, _unmarked),
    )
    for way, alike, key in ways:
        taken = set(found.values())
        pairs, unsure = _pairs(
            [n for n in asked if n not in found], [n for n in there if n not in taken], alike, key
        )
        found |= pairs
        if pairs:
            shown = [f"{visible_name(a)} is {visible_name(b)}" for a, b in pairs.items()]
            notes.append(f"{counted(len(pairs), 'id')} found {way}: {and_more(shown, _SHOWN)}.")
        if unsure:
            shown = [f"{visible_name(a)} can be {' or '.join(map(visible_name, b[:3]))}"
                     if len(b) > 1 else f"{visible_name(b[0])} can be of {visible_name(a)} and "
                     "others" for a, b in unsure.items()]  # fmt: skip
            doubts.append(
                f"{counted(len(unsure), 'id')} of features can be read in two ways, and are not "
                f"used: {and_more(shown, _SHOWN)}. Write the ids as the features have them."
            )
    return IdMatch(found, tuple(notes), tuple(doubts))


def _pairs(
    asked: list[str],
    there: list[str],
    alike: Callable[[str, str], bool],
    key: Callable[[str], str],
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Pairs that mean each other alone, and ids with several that they can mean."""
    by_key: dict[str, list[str]] = {}
    for name in there:
        by_key.setdefault(key(name), []).append(name)
    can = {a: [b for b in by_key.get(key(a), ()) if alike(a, b)] for a in asked}
    claims: dict[str, int] = {}
    for names in can.values():
        for name in names:
            claims[name] = claims.get(name, 0) + 1
    pairs = {a: b[0] for a, b in can.items() if len(b) == 1 and claims[b[0]] == 1}
    return pairs, {a: b for a, b in can.items() if b and a not in pairs}


def _parts(name: str) -> Parts:
    """Folders and name, without suffix, in normal form."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.suffix.lower() in _FILES:
        path = path.with_suffix("")
    return tuple(normal_form(p) for p in path.parts if p not in (".", "/")) or ("",)


def _unmarked(name: str) -> str:
    """The name with one mark between its parts: ``V$_$3``, ``V[3]`` and ``V/3`` agree."""
    return re.sub(r"(\$_\$|[\[\]/_-])+", "_", "/".join(_parts(name))).strip("_")


def _same_path(one: str, other: str) -> bool:
    a, b = _parts(one), _parts(other)
    shared = min(len(a), len(b))
    return a[-shared:] == b[-shared:]
