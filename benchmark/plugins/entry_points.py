"""What installed packages offer to emobench: their entry points, looked for once in a process."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

MARK = b"[emobench."
"""The start of every group of ours in a package's ``entry_points.txt``."""


def installed(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group, such as ``emobench.models``."""
    every = _every(tuple(sys.path))
    return tuple(every.select(group=group)) if every is not None else ()


@cache
def _every(folders: tuple[str, ...]) -> Any:
    """All entry points; None where no package has any of ours, which is found out faster.

    `folders` are those of ``sys.path``: where they change, packages are looked for again.
    """
    if not any(map(_may_offer, folders)) and not _other_finders():
        return None
    # Each look opens a file of every installed package, so groups are not looked for one by one.
    from importlib.metadata import entry_points

    return entry_points()


def _may_offer(folder: str) -> bool:
    """Whether a package of this folder names a group of ours, or cannot be looked into."""
    path = Path(folder or ".")
    if not path.is_dir():
        return path.exists()  # an archive
    try:
        names = os.listdir(path)  # noqa: PTH208 - names, not paths
    except OSError:  # left to the library, which passes over it
        return True
    for name in names:
        if name.endswith(".egg"):
            return True
        if name.endswith((".dist-info", ".egg-info")):
            try:
                text = Path(path, name, "entry_points.txt").read_bytes()
            except OSError:  # it has none
                continue
            if MARK in text:
                return True
    return False


def _other_finders() -> bool:
    """Whether packages may be found elsewhere than in the folders of ``sys.path``."""
    return any(
        finder is not PathFinder and hasattr(finder, "find_distributions")
        for finder in sys.meta_path
    )
