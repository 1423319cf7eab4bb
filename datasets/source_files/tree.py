"""Lists the files below a folder and sets apart what systems and browsers leave there."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from emobench import is_litter, is_litter_folder

REPOSITORY = ".git"


@dataclass(frozen=True)
class Tree:
    """Files below a folder.

    Parameters
    ----------
    root
        The folder.
    files
        Its files, sorted.
    litter
        Files that are no part of any corpus: companions that macOS writes (``._*``), what other
        systems leave, and unfinished downloads.
    """

    root: Path
    files: tuple[Path, ...]
    litter: tuple[Path, ...]

    def of(self, suffixes: Collection[str], *folders: str) -> list[Path]:
        """Files with one of `suffixes` (small letters), in a folder of these names if any is given.

        Case makes no difference.
        """
        names = {f.casefold() for f in folders}
        return [
            p
            for p in self.files
            if p.suffix.casefold() in suffixes and (not names or p.parent.name.casefold() in names)
        ]


def told_of_litter(*trees: Tree) -> list[str]:
    """A sentence on the litter in all of `trees`, if there is any."""
    left = [path.relative_to(tree.root.parent) for tree in trees for path in tree.litter]
    if not left:
        return []
    return [
        f"passed over {len(left):,} file{'s' if len(left) > 1 else ''} that a system or an "
        f"unfinished download left there, such as {left[0]}"
    ]


def list_tree(root: Path, depth: int) -> Tree:
    """List the files of `root` and of its folders down to `depth` levels below it.

    Folders that are absent or cannot be opened have no files.
    """
    files: list[str] = []
    litter: list[str] = []
    _walk(str(root), depth, False, files, litter)
    return Tree(root, tuple(map(Path, sorted(files))), tuple(map(Path, sorted(litter))))


def _walk(folder: str, depth: int, is_left: bool, files: list[str], litter: list[str]) -> None:
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except OSError:
        return
    for entry in found:
        if _is_folder(entry):
            if depth and entry.name != REPOSITORY:
                left = is_left or is_litter_folder(entry.name)
                _walk(entry.path, depth - 1, left, files, litter)
        else:
            (litter if is_left or is_litter(entry.name) else files).append(entry.path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
