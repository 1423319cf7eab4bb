"""Files that rows name, found whatever the form in which another system writes their paths."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from emobench import NameIndex, normal_form

MOST_FOLDERS = 2000
"""So many folders are searched for a file of which the table gives the bare name."""

Find = Callable[[str], str | None]


def finder(home: Path) -> Find:
    """Return what gives the existing path that a cell means, or None.

    Slashes of Windows, case, composed letters, a suffix that is left out, and a path of another
    machine of which the end lies under `home` are seen through; so is a bare name of which there is
    one file below `home`. A file that is there as written is taken as it is.
    """

    @cache
    def inside(folder: Path) -> NameIndex:
        try:
            return NameIndex(p.name for p in folder.iterdir())
        except OSError:
            return NameIndex(())

    def walk(parts: list[str]) -> str | None:
        place = home
        found = []
        for number, part in enumerate(parts, 1):
            name = part if part == ".." else inside(place).find(part)
            if name is None and number == len(parts):
                name = _only(p for p in _entries(place) if _stem(p) == normal_form(part))
            if name is None:
                return None
            found.append(name)
            place /= name
        return "/".join(found) if found and place.is_file() else None

    @cache
    def everywhere() -> dict[str, list[str]]:
        return below(home)

    @cache
    def find(name: str) -> str | None:
        if "\0" in name:
            return None
        try:
            if (home / name).is_file():
                return as_relative(home, name)
        except OSError:
            return None
        if name.lower().startswith("file:"):  # ELAN and Praat write addresses
            name = unquote(name[5:]).lstrip("/")
            name = name if re.match("[A-Za-z]:", name) else f"/{name}"
        text = name.replace("\\", "/")
        elsewhere = bool(re.match(r"[A-Za-z]:|/", text))
        parts = [p for p in re.sub(r"^[A-Za-z]:", "", text).split("/") if p not in ("", ".")]
        starts = range(len(parts)) if elsewhere else range(1)
        there = next((f for s in starts if (f := walk(parts[s:]))), None)
        if there is None and len(parts) == 1:
            return _only(everywhere().get(normal_form(parts[0]), ()))
        return there

    return find


def below(home: Path) -> dict[str, list[str]]:
    """Paths of the files below a folder, by their names' normal forms; those of most folders."""
    found: dict[str, list[str]] = {}
    for count, (folder, _, names) in enumerate(os.walk(home)):
        if count == MOST_FOLDERS:
            break
        for name in names:
            path = Path(folder, name).relative_to(home).as_posix()
            found.setdefault(normal_form(name), []).append(path)
    return found


def _entries(folder: Path) -> list[str]:
    try:
        return [p.name for p in folder.iterdir() if not p.name.startswith(".")]
    except OSError:
        return []


def _stem(name: str) -> str:
    return normal_form(Path(name).stem) if Path(name).suffix else ""


def _only(found: Iterable[str]) -> str | None:
    """The only one, if there is one alone."""
    several = list(found)
    return several[0] if len(several) == 1 else None


def as_relative(home: Path, name: str) -> str:
    """One way to write the path of a file that is there, so that rows of one file are known."""
    path = Path(name)
    if path.is_absolute() and path.is_relative_to(home.absolute()):
        path = path.relative_to(home.absolute())
    return path.as_posix()


def with_suffix(home: Path, name: str) -> str:
    """Files of this name elsewhere or with a suffix, as a hint; empty if there is none."""
    if several := below(home).get(normal_form(name), []):
        listed = " and ".join(sorted(several)[:3])
        return f"; there is {listed}: write the folder too"
    path = home / name.replace("\\", "/")
    try:
        near = sorted(p.name for p in path.parent.iterdir() if p.stem == path.name)
    except OSError:
        return ""
    return f"; there is {near[0]}: write the suffix too" if near and path.name else ""
