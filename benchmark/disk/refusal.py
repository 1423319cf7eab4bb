"""What a file system answers when it takes nothing more, in words."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import Final

REFUSALS: Final = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file would be larger than is allowed",
    errno.EROFS: "the file system is read-only",
}
"""Errors that come from the place where is written, whatever is written there."""

LOST: Final = {
    errno.EIO: "input/output error",
    errno.ESTALE: "the network file system has lost the file",
    errno.ETIMEDOUT: "the file system does not answer",
    errno.ENOTCONN: "the file system is not connected",
    errno.EHOSTDOWN: "the file server is down",
}
"""Errors of a file system that is away or broken, whatever is read or written there."""

REASONS: Final = {
    **REFUSALS,
    **LOST,
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.ENOTDIR: "not a folder",
    errno.ENOENT: "no folder can be made there",
}


def reason(error: OSError) -> str:
    """Return why something cannot be written, as the end of a sentence."""
    return REASONS.get(error.errno or 0) or error.strerror or str(error)


def refusal(error: BaseException) -> OSError | None:
    """Return the error if its place takes nothing more, or its file is away; else None.

    Errors of libraries in other languages, which only print the system's number, are told by that.
    """
    if isinstance(error, OSError) and (
        error.errno in REFUSALS or (error.errno in LOST and error.filename is not None)
    ):
        return error  # a connection that a model has lost names no file
    found = re.search(r"\bos error (\d+)\)", str(error))
    number = int(found[1]) if found is not None else 0
    return OSError(number, REASONS[number]) if number in (*REFUSALS, *LOST) else None


def raise_refusal(error: BaseException, path: Path) -> None:
    """Raise `error` with the place where was written, if that takes nothing more or is away."""
    if (found := refusal(error)) is not None:
        raise OSError(found.errno, found.strerror, found.filename or str(path)) from error


def _lasting(path: Path) -> Path:
    """The path without the temporary folder that was written in, which is gone by now."""
    for number, part in enumerate(path.parts):
        if part.startswith(".partial-"):
            return Path(*path.parts[:number], path.name)
    return path


def refusal_text(error: OSError) -> str:
    """Return what a user reads where a run ends for a `refusal`."""
    path = _lasting(Path(str(error.filename))) if error.filename else None
    if error.errno in LOST:
        return (
            f"{path or 'A file'} cannot be reached: {reason(error)}. What was finished before is "
            "stored; the same command goes on from there."
        )
    place = f" in {path if path.is_dir() else path.parent}" if path else ""
    return (
        f"Nothing more can be written{place}: {reason(error)}. What was finished before is stored, "
        "and nothing half-written is left. Make room or name another place; then the same command "
        "goes on from there."
    )
