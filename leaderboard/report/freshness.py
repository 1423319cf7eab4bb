"""Whether the page shows already what is stored, so that a run that did nothing renders nothing."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from emobench.atomic import replace_json
from emobench.store import records

MADE = "made_of.json"
"""The file beside the page that says of what it was made."""
FILES = ("index.html", "leaderboard.md", "leaderboard.csv")
SOURCES = (".py", ".j2", ".css", ".js")
STORED = ("grids", "corpora", "transfers", "trainings", "cells", "shards", "plans")


def lines_of_fresh_page(root: Path) -> list[str] | None:
    """The lines that were said of the page, if it shows what is stored now; else None."""
    folder = root / "leaderboard"
    try:
        made = json.loads((folder / MADE).read_bytes())
        fresh = made["page"] == _page(folder) and made["state"] == state(root)
        return [str(line) for line in made["lines"]] if fresh else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(root: Path, before: str, lines: Sequence[str]) -> None:
    """Note that the page was made of the state `before`, and what was said of it."""
    folder = root / "leaderboard"
    made = {"page": _page(folder), "state": before, "lines": list(lines)}
    replace_json(folder / MADE, made)


def state(root: Path) -> str:
    """Digest of the names, sizes and times of all that a page is made of, and of our own code."""
    digest = hashlib.sha256(_code().encode())
    for name in STORED:
        digest.update(f"\n{name}\n".encode())
        for line in sorted(_listed(f"{root}/{name}")):
            digest.update(line.encode())
    return digest.hexdigest()


def _page(folder: Path) -> list[list[int]]:
    found = [(folder / name).stat() for name in FILES]
    return [[one.st_size, one.st_mtime_ns] for one in found]


def _listed(folder: str) -> Iterator[str]:
    """A line for each file in a folder, and for each folder in it with all its files."""
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield f"{entry.name}: " + " ".join(sorted(_listed(entry.path)))
        else:
            status = entry.stat()
            yield f"{entry.name} {status.st_size} {status.st_mtime_ns}\n"


@functools.cache
def _code() -> str:
    """Digest of the files that make a page of what is stored."""
    digest = hashlib.sha256()
    places = (Path(__file__).parents[1], Path(records.__file__).parent)
    for folder in places:
        for path in sorted(p for p in folder.rglob("*") if p.suffix in SOURCES):
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
