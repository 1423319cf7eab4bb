"""Whether what was prepared before is as it was written; what is not is made again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from emobench.atomic import sweep
from emobench.disk.seal import DamageError
from emobench.disk.sums import (
    LARGE,
    discard,
    folder_damage,
    is_sealed_folder,
    note_checked,
    seal_folder,
    tell,
    was_checked,
)
from emobench.ragged_array import Ragged

Say = Callable[[str, int, int], None]


def is_sound(folder: Path, say: Say | None = None) -> bool:
    """Whether a prepared folder is there and whole; a damaged one is removed, and named to `say`.

    Its sequences are read for that once after each time that they were written.

    Parameters
    ----------
    folder
        What `emobench.disk.sums.sealed_folder` wrote. One of a version before checksums is read
        as far as its form goes, and gets checksums as it is.
    say
        Gets a sentence, and what a step of progress gets; else `emobench.disk.sums.told` has it.
    """
    if not folder.is_dir():
        sweep(folder.parent)  # it is about to be made
        return False
    why = _damage(folder)
    if why:
        discard(folder)
        line = f"{why}: {folder.name} is made again"
        say(line, 1, 1) if say is not None else tell(line)
    elif not is_sealed_folder(folder):
        with contextlib.suppress(OSError):  # a cache that can only be read
            seal_folder(folder)
            if say is not None:
                say(f"{folder.name} is older than checksums, and gets them as it is", 1, 1)
    return not why


def _damage(folder: Path) -> str:
    if why := folder_damage(folder):
        return why
    try:
        for path in folder.rglob(LARGE):
            table = Ragged(path.parent)
            if not was_checked(path.parent):
                table.check()
                note_checked(path.parent)
    except DamageError as error:
        return str(error).split(". ")[0]
    return ""
