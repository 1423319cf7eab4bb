"""Files that rows name, found whatever the form in which another system writes their paths."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from emobench import NameIndex

Find = Callable[[str], str | None]


def finder(home: Path) -> Find:
    """Return what gives the existing path that a cell means, or None.

    Slashes of Windows, case, composed letters, and a path of another machine of which the end
    lies under `home` are seen through; a file that is there as written is taken as it is.
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
        for part in parts:
            name = part if part == ".." else inside(place).find(part)
            if name is None:
                return None
            found.append(name)
            place /= name
        return "/".join(found) if found and place.is_file() else None

    @cache
    def find(name: str) -> str | None:
        if "\0" in name:
            return None
        try:
            if (home / name).is_file():
                return as_relative(home, name)
        except OSError:
            return None
        text = name.replace("\\", "/")
        elsewhere = bool(re.match(r"[A-Za-z]:|/", text))
        parts = [p for p in re.sub(r"^[A-Za-z]:", "", text).split("/") if p not in ("", ".")]
        starts = range(len(parts)) if elsewhere else range(1)
        return next((f for s in starts if (f := walk(parts[s:]))), None)

    return find


def as_relative(home: Path, name: str) -> str:
    """One way to write the path of a file that is there, so that rows of one file are known."""
    path = Path(name)
    if path.is_absolute() and path.is_relative_to(home.absolute()):
        path = path.relative_to(home.absolute())
    return path.as_posix()


def with_suffix(home: Path, name: str) -> str:
    """The file of this name with a suffix, as a hint; empty if there is none."""
    path = home / name.replace("\\", "/")
    try:
        near = sorted(p.name for p in path.parent.iterdir() if p.stem == path.name)
    except OSError:
        return ""
    return f"; there is {near[0]}: write the suffix too" if near and path.name else ""
