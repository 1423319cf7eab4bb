"""Says what lies near the place where a corpus was expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from emobench.datasets.source_files.tree import list_tree

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".rar", ".7z", ".gz")
DEPTH = 5
MOST = 3


def seen_instead(root: Path, expected: Callable[[Path], bool]) -> str:
    """Sentences on what is there instead, each followed by a blank; "" if nothing is.

    Parameters
    ----------
    root
        The corpus's folder, which lacks files.
    expected
        Whether such a file would be one of them, by its name.
    """
    told = [*_other_names(root), *_archives(root)]
    tree = list_tree(root, DEPTH)
    folders: dict[Path, list[str]] = {}
    for path in tree.files:
        if expected(path):
            folders.setdefault(path.parent, []).append(path.name)
    for folder, names in list(folders.items())[:MOST]:
        more = f"{len(names):,} such files lie" if len(names) > 1 else "such a file lies"
        told.append(f"But {more} in {folder} ({names[0]}).")
    if len(folders) > MOST:
        told.append(f"So it is with {len(folders) - MOST:,} more folders.")
    return "".join(f"{sentence} " for sentence in told)


def _other_names(root: Path) -> list[str]:
    """Folders whose name means the corpus but is spelled in another way."""
    if root.is_dir():
        return []
    return [
        f"There is a folder {path}: rename it to {root.name!r}."
        for path in _listed(root.parent)
        if path.is_dir() and _plain(path.name) == _plain(root.name)
    ]


def _archives(root: Path) -> list[str]:
    inside = [p for p in list_tree(root, 1).files if _is_archive(p)]
    beside = [
        p
        for p in list_tree(root.parent, 0).files
        if _is_archive(p) and _plain(root.name) in _plain(p.name)
    ]
    found = [*inside, *beside]
    if not found:
        return []
    names = ", ".join(str(p) for p in found[:MOST])
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    verb = "is an archive that is" if len(found) == 1 else "are archives that are"
    return [f"{names}{more} {verb} not unpacked."]


def _is_archive(path: Path) -> bool:
    return path.name.casefold().endswith(ARCHIVES)


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
